"""Music theory: textbook values, and fast forms against naive ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.music.pitch import parse_key
from componium.music.score import MODES
from componium.music.theory import (
    CONSONANT,
    CONSONANT_ABOVE_BASS,
    DEGREES,
    IMPERFECT,
    PERFECT,
    SCALES,
    best_octave,
    fold,
    is_parallel,
    scale_pitch_classes,
)

pitches = st.integers(0, 127)
ranges = st.tuples(pitches, pitches).map(lambda ends: (min(ends), max(ends)))


def test_the_modes_by_the_book():
    assert set(DEGREES) == set(SCALES) == set(MODES)
    assert all(len(degrees) == 7 and degrees[0] == 0 for degrees in DEGREES.values())
    assert DEGREES["major"] == SCALES["major"] == (0, 2, 4, 5, 7, 9, 11)
    assert DEGREES["minor"] == (0, 2, 3, 5, 7, 8, 10)
    assert set(SCALES["minor"]) - set(DEGREES["minor"]) == {9, 11}
    assert DEGREES["phrygian"] == (0, 1, 3, 5, 7, 8, 10)


@pytest.mark.parametrize(("key", "scale"), [
    ("C major", {0, 2, 4, 5, 7, 9, 11}),
    ("A minor", {0, 2, 4, 5, 6, 7, 8, 9, 11}),
    ("F# minor", {6, 8, 9, 11, 1, 2, 3, 4, 5}),
    ("D dorian", {0, 2, 4, 5, 7, 9, 11}),
    ("G mixolydian", {0, 2, 4, 5, 7, 9, 11}),
    ("Eb", {3, 5, 7, 8, 10, 0, 2}),
])
def test_the_scale_of_a_key(key, scale):
    found = scale_pitch_classes(parse_key(key)).tolist()
    assert found == sorted(scale)


def test_consonances_by_the_book():
    assert set(CONSONANT) == set(PERFECT) | set(IMPERFECT) == {0, 3, 4, 7, 8, 9}
    assert set(CONSONANT_ABOVE_BASS) - set(CONSONANT) == {5}
    assert all((12 - interval) % 12 in CONSONANT_ABOVE_BASS for interval in CONSONANT_ABOVE_BASS)


@pytest.mark.parametrize(("gap", "upper", "lower", "parallel"), [
    (7, 2, 2, True),
    (19, -1, -1, True),  # a twelfth is a fifth
    (0, 5, 5, True),
    (12, -2, -2, True),
    (7, 14, 2, True),  # from a fifth to a compound one, both upward
    (7, 0, 0, False),  # repeated
    (7, 5, -7, False),  # contrary motion
    (5, 2, 2, False),  # fourths
    (4, 2, 2, False),
    (7, 3, 2, False),  # to a sixth
])
def test_parallels_by_the_book(gap, upper, lower, parallel):
    assert is_parallel(gap, upper, lower) == parallel
    assert is_parallel(np.array([gap]), np.array([upper]), np.array([lower])).tolist() == [parallel]


def test_intervals_that_count_as_parallel_can_be_chosen():
    assert is_parallel(7, 2, 2, (7,))
    assert not is_parallel(7, 2, 2, (0,))


@given(pitches, ranges)
def test_folding_keeps_the_pitch_class_and_moves_as_little_as_possible(pitch, limits):
    low, high = limits
    same = [other for other in range(low, high + 1) if (other - pitch) % 12 == 0]
    nearest = min(same or limits, key=lambda other: abs(other - pitch))
    assert fold(pitch, low, high) == nearest
    assert fold([pitch, low, high], low, high).tolist() == [nearest, low, high]


@given(st.lists(pitches, min_size=1, max_size=8), ranges)
def test_the_best_octave_puts_the_most_pitches_into_the_range(line, limits):
    low, high = limits

    def inside(shift):
        return sum(low <= pitch + shift <= high for pitch in line)

    shift = best_octave(line, low, high)
    assert shift % 12 == 0
    assert inside(shift) == max(inside(12 * octaves) for octaves in range(-3, 4))
    assert inside(0) < inside(shift) or shift == 0
