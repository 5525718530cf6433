"""Kit: drums strike those of the piece's kit alone."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.kit import MOST_KITS, Kit
from componium.decoding.context import Context
from componium.decoding.style.kits import draw_kit, kit_of
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.instruments import DRUMS
from componium.music.score import Key, Meter, Score, Track, notes

KIT = (36, 38, 42)
PLAN = Plan(Key(0, 0), Meter(0, 4, 4), 1, programs=(40, DRUMS), ranges=((55, 79), (0, 127)), kit=KIT)
PROFILE = StyleProfile(parts={"kit": {"kits": ((36, 38, 42), (35, 40, 46, 49))}})


def beat(*drums: int, strokes: int = 100) -> Score:
    """Return a tune over drums; the first drum has all strokes but one a further drum."""
    struck = [*[drums[0]] * (strokes - len(drums) + 1), *drums[1:]]
    rows = [(240 * at, 240, drum) for at, drum in enumerate(struck)]
    return Score((Track(notes([(0, 960, 60)]), 40), Track(notes(rows), is_drum=True)))


@pytest.mark.parametrize(("voice", "allowed"), [(0, list(range(128))), (1, list(KIT))])
def test_drums_strike_their_kit_and_other_voices_are_free(voice: int, allowed: list[int]) -> None:
    kit, context, choice = Kit.build(PLAN, StyleProfile()), Context(PLAN), Choice("pitch", np.arange(128))
    context.voice = voice
    kit.allow(choice, context)
    assert np.flatnonzero(choice.mask).tolist() == allowed


@pytest.mark.parametrize(("last", "is_open"), [(36, True), (38, True), (42, False), (81, False)])
def test_a_chord_ends_at_the_highest_drum(last: int, is_open: bool) -> None:
    kit, context, choice = Kit.build(PLAN, StyleProfile()), Context(PLAN), Choice("voice", np.arange(2))
    context.voice, context.last[1] = 1, last
    kit.allow(choice, context)
    assert choice.mask.tolist() == [True, is_open]


def test_a_plan_without_a_kit_limits_nothing() -> None:
    assert Kit.build(Plan(Key(0, 0), Meter(0, 4, 4), 1, (DRUMS,), ((0, 127),)), PROFILE) is None


def test_kits_are_those_of_pieces_without_rare_drums_and_small_kits() -> None:
    scores = [beat(36, 38, 42, strokes=100), beat(36, 38, 42, 49, strokes=300), beat(36), Score()]
    assert Kit.measure(scores) == {"kits": [KIT]}  # of 300 strokes one of 38, 42 and 49 each is rare
    assert Kit.measure([beat(36), Score()]) == {"kits": [(36,)]}
    assert Kit.measure([Score()]) == {}
    assert len(Kit.measure([beat(36, 38, drum) for drum in range(40, 60)] * 9)["kits"]) == MOST_KITS


def test_a_kit_is_drawn_and_has_the_drums_of_what_is_given() -> None:
    rng, profiles = np.random.default_rng(0), {"": StyleProfile(), "rock": PROFILE}
    drawn = {draw_kit("rock", profiles, (40, DRUMS), rng) for _ in range(20)}
    assert drawn == set(PROFILE.part("kit")["kits"])
    assert {draw_kit("rock", profiles, (DRUMS,), rng, beat(81)) for _ in range(20)} == {(*kit, 81) for kit in drawn}
    assert draw_kit("rock", profiles, (40,), rng) == draw_kit("jig", profiles, (DRUMS,), rng) == ()
    assert kit_of(beat(36, 38, strokes=1000)) == (36,)


def test_a_style_without_drums_has_the_kits_of_all() -> None:
    profiles = {"": PROFILE, "jig": StyleProfile()}
    for style in ("jig", "tango"):
        kits = {draw_kit(style, profiles, (40, DRUMS), np.random.default_rng(seed)) for seed in range(20)}
        assert kits == set(PROFILE.part("kit")["kits"])
