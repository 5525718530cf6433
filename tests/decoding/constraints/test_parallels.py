"""Parallels: which pitches make them, and that takes of a style that avoids them have few."""

from itertools import product
from math import log

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.parallels import Parallels, parallel
from componium.decoding.context import Context
from componium.decoding.motion import Motion
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.metrics.harmony import parallel_fifths, parallel_octaves
from componium.music.score import Key, Meter, Score, Track, notes

PITCHES = np.arange(36, 84)


def counted(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Parallels between two chords, one note a voice, as the metrics count them."""
    parts = [Track(notes([(0, 480, one), (480, 480, other)])) for one, other in zip(first, second, strict=True)]
    score = Score(tuple(parts))
    return parallel_fifths(score) + parallel_octaves(score)


@pytest.mark.parametrize("before", [(67, 60), (72, 60), (60, 60), (79, 60), (65, 60)])
@pytest.mark.parametrize("upper", [58, 66, 69, 74])
def test_what_it_finds_is_what_the_metrics_count(before: tuple[int, int], upper: int) -> None:
    moves = Motion()
    for voice, pitch in enumerate(before):
        moves.begin(voice, pitch, 0)
    moves.begin(0, upper, 24)
    found = parallel(moves, 1, PITCHES, 24)
    below = min(upper, *before, 71) > PITCHES  # the metrics take as the lower voice what is lower on average
    for pitch, is_found in zip(PITCHES[below].tolist(), found[below].tolist(), strict=True):
        assert is_found == (counted(before, (upper, pitch)) > 0), pitch


def test_a_lower_voice_that_moved_first_counts_too() -> None:
    moves = Motion()
    for voice, pitch, now in ((0, 67, 0), (1, 60, 0), (1, 62, 24)):
        moves.begin(voice, pitch, now)
    assert PITCHES[parallel(moves, 0, PITCHES, 24)].tolist() == [69, 81]


def test_voices_that_stay_begin_or_moved_earlier_make_none() -> None:
    for story in product([(0, 67, 0)], [(1, 60, 0), (1, 60, 24)], [(0, 67, 24), (0, 69, 12), (2, 50, 24)]):
        moves = Motion()
        for move in sorted(story, key=lambda move: move[2]):
            moves.begin(*move)
        assert not parallel(moves, 1, PITCHES, 24).any()


def test_of_a_chord_in_one_voice_the_first_note_counts() -> None:
    moves = Motion()
    for voice, pitch, now in ((0, 67, 0), (0, 71, 0), (1, 60, 0), (0, 69, 24), (0, 72, 24)):
        moves.begin(voice, pitch, now)
    assert 62 in PITCHES[parallel(moves, 1, PITCHES, 24)]


@pytest.mark.parametrize(("rate", "penalty"), [(1.0, None), (4.0, None), (0.1, 2.0 * log(0.1)), (0.0, 2.0 * log(0.02))])
def test_the_fewer_a_style_has_the_larger_the_penalty(rate: float, penalty: float | None) -> None:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=4, programs=(0, 0), ranges=((0, 127),) * 2)
    parallels = Parallels.build(plan, StyleProfile(parts={"parallels": {"rate": rate}}))
    assert (parallels is None) == (penalty is None)
    if parallels is not None:
        context, choice = Context(plan), Choice("pitch", PITCHES)
        for context.voice, pitch, context.line in ((0, 67, 0), (1, 60, 0), (0, 69, 24)):
            context.begin_note(pitch)
        context.voice = 1
        parallels.bias(choice, context)
        assert PITCHES[choice.bias < 0].tolist() == [62, 74]
        assert choice.bias.min() == pytest.approx(penalty)
