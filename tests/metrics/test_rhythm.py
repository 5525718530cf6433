import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.analysis.histograms import onset_positions
from componium.metrics.rhythm import (
    bars_exact,
    duration_entropy,
    empty_bar_rate,
    gaps,
    groove_consistency,
    longest_gap,
    meter_exact,
    n_bars,
    notes_per_bar,
    notes_per_quarter,
    onset_entropy,
)
from componium.music.score import Meter, Score, Track, notes
from componium.music.time import bar_lines
from strategies import scores


def rhythm(*spans, meters=()):
    return Score(tracks=(Track(notes([(onset, duration, 60) for onset, duration in spans])),), meters=meters)


def test_density():
    score = rhythm((0, 480), (480, 480), (1920, 480))
    assert n_bars(score) == 2
    assert notes_per_bar(score) == 1.5
    assert notes_per_quarter(score) == 3 / 8
    assert math.isnan(notes_per_bar(Score()))


def test_gaps_reach_to_the_last_bar_line():
    assert gaps(rhythm((0, 1920))) == 0
    assert gaps(rhythm((0, 960))) == 0.5
    assert gaps(rhythm((480, 480), (1440, 480))) == 0.5
    assert longest_gap(rhythm((0, 480), (1440, 480))) == 2
    assert gaps(rhythm((0, 1900), (100, 10), (1910, 10))) == pytest.approx(10 / 1920)


def test_empty_bars():
    assert empty_bar_rate(rhythm((0, 480), (5760, 480))) == 0.5
    assert empty_bar_rate(rhythm((0, 4000), (5760, 1920))) == 0  # bars 2 and 3 hold a note on, for a while
    assert empty_bar_rate(rhythm((0, 1920))) == 0


@given(scores(n_tracks=(1, 3), ticks_per_quarter=24, last_onset=600, longest=60, max_notes=8))
def test_silence_is_that_of_the_plain_loop(score):
    bars = bar_lines(score)
    heard = np.zeros(int(bars[-1]), dtype=bool)
    for track in score.tracks:
        for onset, duration, *_ in track.notes.tolist():
            heard[onset:onset + duration] = True
    if len(heard):
        assert gaps(score) == pytest.approx(1 - heard.mean())
        empty = [not heard[start:stop].any() for start, stop in pairwise(bars)]
        assert empty_bar_rate(score) == pytest.approx(np.mean(empty))


def test_entropies_in_bits():
    assert duration_entropy(rhythm((0, 480), (480, 240), (720, 240), (960, 480))) == 1
    assert onset_entropy(rhythm(*((480 * i, 480) for i in range(8)))) == 2  # four places of the bar alike


def test_onset_positions():
    assert onset_positions(rhythm((0, 480), (960, 480)), 4).tolist() == [0.5, 0, 0.5, 0]
    waltz = rhythm((0, 480), (480, 480), (960, 480), (1440, 480), meters=(Meter(0, 3, 4),))
    assert onset_positions(waltz, 3).tolist() == [0.5, 0.25, 0.25]
    assert onset_positions(Score()).tolist() == [0] * 48


def test_the_same_groove_in_every_bar_is_wholly_consistent():
    bar = [(0, 240), (720, 240), (960, 240)]
    same = rhythm(*((onset + 1920 * i, length) for i in range(4) for onset, length in bar))
    assert groove_consistency(same) == 1
    other = rhythm((0, 480), (1920, 480), (1920 + 480, 480))
    assert groove_consistency(other) == pytest.approx(1 - 1 / 48)
    assert math.isnan(groove_consistency(rhythm((0, 480))))


def test_bars_exact():
    assert bars_exact(rhythm((0, 1920)), 1)
    assert not bars_exact(rhythm((0, 1921)), 1)


def test_meter_exact():
    waltz = rhythm((0, 2880), meters=(Meter(0, 3, 4),))
    assert meter_exact(waltz, Meter(0, 3, 4)) == 1
    assert meter_exact(waltz, Meter(0, 6, 8)) == 0  # as long, but another meter
    pickup = rhythm((0, 480 + 3 * 1440), meters=(Meter(0, 1, 4), Meter(480, 3, 4)))
    assert meter_exact(pickup, Meter(0, 3, 4)) == 0.75
    completed = rhythm((0, 3 * 1440), meters=(Meter(0, 1, 4), Meter(480, 3, 4)))  # the last bar is two quarters
    assert meter_exact(completed, Meter(0, 3, 4)) == 1 and bars_exact(completed, 3) and not bars_exact(pickup, 3)
    cut = rhythm((0, 3000), meters=(Meter(0, 3, 4), Meter(1000, 3, 4)))
    assert meter_exact(cut, Meter(0, 3, 4)) == pytest.approx(2 / 3)


@given(scores(), st.integers(1, 64))
def test_onset_positions_are_shares(score, bins):
    shares = onset_positions(score, bins)
    assert shares.shape == (bins,)
    assert shares.sum() == pytest.approx(1 if score.n_notes else 0)
