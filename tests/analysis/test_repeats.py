"""Repeats: bars that come back are found, at pitch, transposed or varied, each after its source."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.analysis.form import likeness
from componium.analysis.repeats import ALIKE, EXACT, WIDEST, Run, likenesses, runs_of
from componium.music.score import Score, Track, notes

type_pitches = list[list[int]]


def score_of(bars: type_pitches) -> Score:
    """Return a score of bars in 4/4, each of eight eighths."""
    return Score((Track(notes([(240 * at, 240, pitch) for at, pitch in enumerate(chain(*bars))])),))


FIRST, SECOND = [60, 62, 64, 65, 67, 69, 71, 72], [72, 60, 70, 59, 68, 57, 66, 55]


@pytest.mark.parametrize(("bars", "runs"), [
    ([FIRST, SECOND], []),
    ([FIRST, SECOND, FIRST, SECOND], [Run(2, 2, 0, 0, 1.0)]),
    ([FIRST, SECOND, [pitch - 5 for pitch in FIRST]], [Run(2, 1, 0, -5, 1.0)]),
    ([FIRST, SECOND, [*FIRST[:7], 60]], [Run(2, 1, 0, 0, round(7 / 9, 2))]),
    ([FIRST, FIRST, FIRST], [Run(1, 2, 0, 0, 1.0)]),
    ([FIRST, [pitch + WIDEST + 1 for pitch in FIRST]], []),
])  # fmt: skip
def test_the_earlier_bar_that_a_bar_is_most_like(bars: type_pitches, runs: list[Run]) -> None:
    assert runs_of(score_of(bars)) == runs


@given(st.lists(st.lists(st.integers(58, 64), min_size=8, max_size=8), min_size=1, max_size=12))
def test_runs_are_apart_and_follow_their_sources(bars: type_pitches) -> None:
    runs, end = runs_of(score_of(bars)), 1
    for run in runs:
        assert end <= run.start and 0 <= run.source < run.start and ALIKE <= run.alike <= 1
        end = run.start + run.length
    assert end <= len(bars)


@given(st.lists(st.frozensets(st.tuples(st.integers(0, 3), st.integers(58, 64))), min_size=1, max_size=6))
def test_likeness_is_that_of_the_form(bars: list[frozenset[tuple[int, int]]]) -> None:
    found = likenesses(bars)
    for shift in (-WIDEST, -2, 0, 5):
        for at, bar in enumerate(bars):
            for to, other in enumerate(bars):
                moved = frozenset((place, pitch + shift) for place, pitch in other)
                expected = likeness(bar, moved) if bar or moved else 0
                assert found[shift + WIDEST, at, to] == pytest.approx(expected)
    assert EXACT > ALIKE and np.all(found <= 1)
