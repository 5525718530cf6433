"""Form: strains as letters, AABB, whatever the pickup and the endings."""

import numpy as np
import pytest

from componium.analysis.form import bar_contents, form_of, letters_of
from componium.analysis.meter import counted_bars, last_line
from componium.music.score import Meter, Score, Track, notes


def tune(form: str, strain: int, upbeat: int = 0, seed: int = 0) -> Score:
    """Return a tune in 2/4 of eighths, each strain ended by an ending of its own."""
    rng = np.random.default_rng(seed)
    music = {letter: rng.integers(60, 84, 4 * strain) for letter in sorted(set(form))}
    pitches = []
    for at, letter in enumerate(form):
        pitches += [*music[letter][:-1].tolist(), 40 + at]
    rows = [(0, 240, 72)] * (upbeat > 0) + [(upbeat + 240 * at, 240, pitch) for at, pitch in enumerate(pitches)]
    rows = rows[:-1] if upbeat else rows
    meters = (Meter(0, 1, 8), Meter(240, 2, 4)) if upbeat else (Meter(0, 2, 4),)
    return Score((Track(notes(rows)),), meters=meters)


@pytest.mark.parametrize("form", ["AABB", "ABA", "AABBCC", "ABCB", "AA"])
@pytest.mark.parametrize(("strain", "upbeat"), [(8, 0), (8, 240), (4, 240), (16, 0)])
def test_strains_are_found_at_their_length(form: str, strain: int, upbeat: int) -> None:
    score = tune(form, strain, upbeat)
    assert form_of(score) == form
    assert len(bar_contents(score)) == counted_bars(score) == strain * len(form)


def test_a_piece_in_which_nothing_comes_back_is_one_strain() -> None:
    assert form_of(tune("ABCD", 8)) == form_of(tune("A", 7)) == form_of(Score()) == "A"


def test_a_strain_may_differ_a_little_but_not_much() -> None:
    bars = bar_contents(tune("AA", 8))
    changed = [*bars[:9], frozenset({*list(bars[9])[1:], (0, 1)}), *bars[10:]]
    assert letters_of(changed, 8) == "AA"
    assert letters_of([*bars[:9], frozenset(), frozenset(), *bars[11:]], 8) == "AB"


def test_a_last_bar_that_does_not_complete_the_pickup_counts() -> None:
    rows = [(0, 240, 60), (240, 960, 62), (1200, 960, 64)]
    full = Score((Track(notes(rows)),), meters=(Meter(0, 1, 8), Meter(240, 2, 4)))
    assert (counted_bars(full), full.n_bars) == (3, 3)
    short = Score((Track(notes([*rows[:2], (1200, 720, 64)])),), meters=full.meters)
    assert (counted_bars(short), short.n_bars, last_line(short)) == (2, 3, 1920)
    assert last_line(full) == 2160
