"""Phrases: rests after a sonority, made less likely unless it is a triad in root position."""

from math import log

import numpy as np
import pytest

from componium.codecs.events.grid import POSITIONS
from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.phrases import Phrases
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.instruments import DRUMS
from componium.music.score import Key, Meter

PLAN = Plan(Key(0, 0), Meter(0, 4, 4), 8, (40, 42, DRUMS), ((0, 127),) * 3)
TRIAD, SIXTH = (64, 48), (72, 52)


def profile(share: float) -> StyleProfile:
    return StyleProfile(parts={"critics": {"phrase_triad_rate": (share, 0.1)}})


def bias(kind: str, position: int, pitches: tuple[int, ...], *, bar: bool = False) -> np.ndarray:
    """Return the bias of what comes after pitches at a position, or of the first onset in the next bar."""
    phrases, context = Phrases.build(PLAN, profile(0.9)), Context(PLAN)
    assert phrases is not None
    context.set_meter("4/4")
    context.begin_bar(8)
    context.begin_onset(position)
    phrases.observe("position", position, context)
    for context.voice, pitch in enumerate((*pitches, 37)):  # the last is a drum
        context.begin_note(pitch)
    if bar:
        context.begin_bar(7)
    choice = Choice(kind, POSITIONS if kind == "position" else np.zeros(3, dtype=np.int64))
    phrases.bias(choice, context)
    return choice.bias


def test_onsets_two_beats_away_are_favored_after_a_triad_in_root_position_and_penalized_after_others() -> None:
    triad, sixth = bias("position", 0, TRIAD), bias("position", 0, SIXTH)
    assert np.array_equal(triad > 0, POSITIONS >= 48) and np.array_equal(sixth < 0, POSITIONS >= 48)
    assert (triad.max(), sixth.min()) == pytest.approx((log(1.8), log(0.2)))


def test_the_next_bar_is_penalized_where_nothing_else_can_come_for_two_beats() -> None:
    assert bias("bar", 48, SIXTH).all()
    assert not bias("bar", 72, SIXTH).any()
    assert np.array_equal(bias("position", 72, SIXTH, bar=True) < 0, POSITIONS >= 24)


@pytest.mark.parametrize(("share", "penalty"), [(0.98, log(0.04)), (1.0, log(0.02)), (0.4, None)])
def test_the_penalty_is_that_of_the_style(share: float, penalty: float | None) -> None:
    built = Phrases.build(PLAN, profile(share))
    assert (built is None) == (penalty is None)
    assert built is None or built.penalty == pytest.approx(penalty)


def test_a_style_of_single_lines_has_no_such_ends() -> None:
    assert Phrases.build(PLAN, StyleProfile()) is None
