"""Closes whose features are known from their notes."""

import math

import pytest

from componium.metrics import cadence
from componium.music.score import Meter, Score, Track, notes

Q = 480
SCALE = [(Q * at, Q, pitch) for at, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]  # C major, two bars


def closing_with(*pitches: int) -> Score:
    """A C major scale and a last bar of two half notes for each voice, V and then I."""
    before, last = pitches
    tune = [*SCALE, (8 * Q, 2 * Q, before), (10 * Q, 2 * Q, last)]
    return Score((Track(notes(tune)),), meters=(Meter(0, 4, 4),))


@pytest.mark.parametrize(
    ("before", "last", "tonic", "approach", "leap"),
    [(71, 72, 1, 1, 0), (74, 72, 1, 1, 0), (67, 72, 1, 1, 1), (69, 72, 1, 0, 0), (72, 64, 0, 0, 1)],
)
def test_closes_of_a_tune(before: int, last: int, tonic: int, approach: int, leap: int) -> None:
    score = closing_with(before, last)
    found = cadence.final_tonic(score), cadence.final_approach(score), cadence.ends_by_leap(score)
    assert found == (tonic, approach, leap)
    assert cadence.final_length(score) == 0.5 and math.isnan(cadence.final_triad(score))


@pytest.mark.parametrize(("chord", "expected"), [((48, 64, 67), 1), ((48, 60, 64), 1), ((45, 60, 64), 1),
                                                 ((52, 60, 67), 0), ((48, 60, 67), 0), ((48, 65, 69), 0)])
def test_only_triads_in_root_position_with_a_third_count(chord: tuple[int, ...], expected: int) -> None:
    score = Score(tuple(Track(notes([(0, 4 * Q, pitch)])) for pitch in chord))
    assert cadence.final_triad(score) == expected


def test_one_pitch_is_approached_from_nowhere() -> None:
    assert math.isnan(cadence.final_approach(Score((Track(notes([(0, Q, 60), (Q, Q, 60)])),))))
