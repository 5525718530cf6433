"""Chance: each law holds, by a test of goodness of fit."""

import math

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.methods import make
from componium.methods.stochastic import (
    GRID,
    draw_arrivals,
    draw_durations,
    draw_linear,
    draw_matrix,
    draw_walk,
    nearest_in_scale,
)
from componium.music.pitch import parse_key


def kolmogorov(values: np.ndarray, cdf: np.ndarray) -> float:
    """Kolmogorov and Smirnov's distance times the root of n; above 1.95 has p < 0.001. `cdf` at the sorted values."""
    n = len(values)
    return math.sqrt(n) * max(np.abs(cdf - np.arange(n) / n).max(), np.abs(cdf - np.arange(1, n + 1) / n).max())


def test_the_cells_of_achorripsis() -> None:
    """Xenakis, Formalized Music, p. 29: of 196 cells 107 hold no event, 65 one, 19 two, 4 three, 1 four."""
    counts = np.bincount(draw_matrix(np.random.default_rng(0), 7, 28, 0.6).ravel(), minlength=5)
    assert np.abs(counts - np.array([107, 65, 19, 4, 1])).max() <= 1 and counts.sum() == 196


@pytest.mark.parametrize("mean", [0.1, 1.0, 4.0])
def test_cells_follow_poisson_s_law(mean: float) -> None:
    matrix = draw_matrix(np.random.default_rng(1), 50, 80, mean)
    assert matrix.shape == (50, 80) and matrix.mean() == pytest.approx(mean, abs=0.01)
    for units in range(6):
        wanted = 4000 * math.exp(-mean) * mean**units / math.factorial(units)
        assert abs((matrix == units).sum() - wanted) < 1.5


def test_waiting_times_follow_the_exponential_law() -> None:
    times = draw_arrivals(np.random.default_rng(2), 0.25, 20_000)
    waits = np.sort(np.diff(times))
    assert kolmogorov(waits, 1 - np.exp(-0.25 * waits)) < 1.95
    assert len(times) == pytest.approx(5000, abs=4 * math.sqrt(5000))  # a Poisson count
    assert (times[:-1] < times[1:]).all() and times[0] >= 0 and times[-1] < 20_000
    assert len(draw_arrivals(np.random.default_rng(0), 0.0, 10)) == 0


def test_intervals_follow_the_linear_law() -> None:
    sizes = np.sort(draw_linear(np.random.default_rng(3), 18.0, 5000))
    assert kolmogorov(sizes, 2 * sizes / 18 - (sizes / 18) ** 2) < 1.95


def test_durations_follow_the_exponential_law_on_their_grid() -> None:
    """Chi squared: a duration of k sixteenths has the chance that an exponential one rounds to k (0 becomes 1)."""
    mean = 4.0
    found = draw_durations(np.random.default_rng(5), 1.0, 8000) // GRID
    edges = np.exp(-(np.arange(1, 20) + 0.5) / mean)  # the chance of more than k sixteenths
    chances = np.concatenate([[1 - edges[0]], edges[:-1] - edges[1:], edges[-1:]])
    counts = np.bincount(np.minimum(found, 20), minlength=21)[1:]
    assert found.min() == 1 and ((counts - 8000 * chances) ** 2 / (8000 * chances)).sum() < 43.82  # 19 d.f., p = 0.001


def test_what_is_heard_lasts_as_the_law_says_or_to_the_next_sound() -> None:
    """Where one sound is all that a part has, nothing cuts it short: the law is seen in the scores themselves."""
    method = make("stochastic", mean_events=0.3, cell_bars=1, density=1.0)
    scores = method.generate(Request(Controls(bars=16)), 150, rng=np.random.default_rng(8))
    lasting, cut = [], 0
    for score in scores:
        for track in score.tracks:
            room = np.diff(track.notes["onset"])
            inner = track.notes["duration"][:-1]
            cut += int((inner > room).sum())
            lasting += inner[room >= 12 * GRID].tolist()  # long room: durations below it are all seen
    sixteenths = np.array(lasting) // GRID
    for k in (1, 2, 4, 8):
        assert (sixteenths > k).mean() == pytest.approx(np.exp(-(k + 0.5) / 4), abs=4 * math.sqrt(0.25 / len(lasting)))
    assert cut == 0 and len(lasting) > 500


def test_a_walk_stays_in_its_range_and_leaps_no_wider() -> None:
    pitches = draw_walk(np.random.default_rng(4), 3000, 12, 55, 79)
    assert pitches.min() >= 55 and pitches.max() <= 79 and np.abs(np.diff(pitches)).max() <= 12
    assert set(range(55, 80)) == set(pitches.tolist())


def test_a_key_moves_each_pitch_to_its_scale_by_a_semitone_at_most() -> None:
    pitches = np.arange(40, 90)
    moved = nearest_in_scale(pitches, parse_key("D major"), 40, 90)
    assert set((moved % 12).tolist()) == {2, 4, 6, 7, 9, 11, 1} and np.abs(moved - pitches).max() == 1


def test_as_many_sounds_as_the_matrix_says() -> None:
    scores = make("stochastic", density=4.0).generate(Request(Controls(bars=56)), 20, rng=np.random.default_rng(6))
    units = sum(int(word) for score in scores for word in score.about("densities").replace(";", "").split())
    sounding = sum(score.n_notes for score in scores)
    # Two sounds of a part on one sixteenth are one: with 8 sounds of 16 places a cell's bar loses some.
    assert 0.7 * units * 2 * 4.0 < sounding <= 1.05 * units * 2 * 4.0


def test_no_key_is_claimed_unless_one_is_asked_for() -> None:
    plain, = make("stochastic").generate(Request(Controls(bars=4)), 1, rng=np.random.default_rng(0))
    asked, = make("stochastic").generate(Request(Controls(bars=4, key=parse_key("A"))), 1, rng=np.random.default_rng(0))
    assert plain.keys == () and asked.keys[0].fifths == 3
