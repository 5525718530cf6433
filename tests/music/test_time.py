from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.music.score import Meter, Score, Tempo, Track, notes
from componium.music.time import (
    bar_lines,
    bar_quarters,
    beat_lines,
    beat_quarters,
    duration_seconds,
    meters_of,
    n_bars,
    second_to_tick,
    tick_to_second,
)
from strategies import scores


def naive_bar_lines(score, stop):
    """Bar by bar, as one would count aloud."""
    lines = [0]
    changes = {meter.tick: meter for meter in meters_of(score)}
    begun, count, meter = 0, 0, changes[0]
    while lines[-1] < stop:
        count += 1
        length = Fraction(4 * meter.numerator * score.ticks_per_quarter, meter.denominator)
        line = begun + int(count * length)
        cuts = [tick for tick in changes if lines[-1] < tick <= line]
        if cuts:
            begun, count, meter, line = min(cuts), 0, changes[min(cuts)], min(cuts)
        lines.append(line)
    return lines


@given(scores(n_tracks=(1, 2)), st.integers(0, 3000))
def test_bar_lines_are_those_counted_aloud(score, extra):
    assert bar_lines(score).tolist() == naive_bar_lines(score, score.end)
    stop = score.end + extra
    assert bar_lines(score, stop).tolist() == naive_bar_lines(score, stop)


@given(scores(n_tracks=(0, 2)))
def test_bar_lines_rise_strictly_and_cover_the_score(score):
    lines = bar_lines(score)
    assert lines[0] == 0
    assert (np.diff(lines) > 0).all()
    assert lines[-1] >= score.end
    assert len(lines) == 1 or lines[-2] < score.end
    assert n_bars(score) == len(lines) - 1


@given(scores(n_tracks=(0, 2)))
def test_every_bar_line_is_a_beat(score):
    beats = beat_lines(score)
    assert (np.diff(beats) > 0).all()
    assert set(bar_lines(score).tolist()) <= set(beats.tolist())


def score_until(end, *meters, ticks_per_quarter=480):
    return Score(tracks=(Track(notes([(0, end, 60)])),), meters=meters, ticks_per_quarter=ticks_per_quarter)


@pytest.mark.parametrize(
    ("end", "meters", "lines"),
    [
        (1, (), [0, 1920]),
        (1920, (), [0, 1920]),
        (1921, (), [0, 1920, 3840]),
        (3000, (Meter(0, 6, 8),), [0, 1440, 2880, 4320]),
        (1900, (Meter(0, 1, 4), Meter(480, 3, 4)), [0, 480, 1920]),  # a pickup of a quarter
        (3000, (Meter(0, 4, 4), Meter(960, 3, 4)), [0, 960, 2400, 3840]),  # a bar cut short
        (960, (Meter(0, 4, 4), Meter(960, 3, 4)), [0, 960]),  # the change falls on the end
        (480, (Meter(0, 4, 4), Meter(960, 3, 4)), [0, 960]),  # or after it
        (2000, (Meter(1920, 2, 4),), [0, 1920, 2880]),  # 4/4 where nothing is said
    ],
)
def test_bar_lines_by_hand(end, meters, lines):
    assert bar_lines(score_until(end, *meters)).tolist() == lines


def test_an_empty_score_has_one_bar_line():
    assert bar_lines(Score()).tolist() == [0]
    assert beat_lines(Score()).tolist() == [0]
    assert n_bars(Score()) == 0
    assert duration_seconds(Score()) == 0.0


def test_bars_shorter_than_a_tick_still_rise():
    assert bar_lines(score_until(3, Meter(0, 1, 128), ticks_per_quarter=1)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("meter", "bar", "beat"),
    [((4, 4), 4, 1), ((3, 4), 3, 1), ((2, 2), 4, 2), ((6, 8), 3, Fraction(3, 2)),
     ((9, 8), Fraction(9, 2), Fraction(3, 2)),
     ((12, 8), 6, Fraction(3, 2)), ((3, 8), Fraction(3, 2), Fraction(1, 2)), ((7, 8), Fraction(7, 2), Fraction(1, 2)),
     ((6, 4), 6, 1)],
)
def test_bars_and_beats_of_the_usual_meters(meter, bar, beat):
    assert bar_quarters(Meter(0, *meter)) == bar
    assert beat_quarters(Meter(0, *meter)) == beat


def test_beats_of_a_compound_bar_are_two_even_where_ticks_do_not_divide():
    assert beat_lines(score_until(15, Meter(0, 6, 8), ticks_per_quarter=5)).tolist() == [0, 7, 15]


@given(scores(), st.lists(st.integers(0, 20_000), min_size=2))
def test_seconds_rise_with_ticks_and_lead_back_to_them(score, ticks):
    ticks = np.unique(ticks)
    seconds = tick_to_second(score, ticks)
    assert (np.diff(seconds) > 0).all()
    assert second_to_tick(score, seconds).tolist() == ticks.tolist()


@given(scores())
def test_seconds_are_the_integral_of_the_tempo(score):
    ticks = np.arange(0, 3000, 7)
    qpm = np.full(3000, 120.0)
    for tempo in score.tempos:
        qpm[tempo.tick:] = tempo.qpm
    naive = np.concatenate([[0.0], np.cumsum(60 / qpm / score.ticks_per_quarter)])[ticks]
    assert tick_to_second(score, ticks) == pytest.approx(naive)


def test_a_quarter_lasts_half_a_second_at_120_and_a_second_at_60():
    score = Score(tempos=(Tempo(480, 60.0),))
    assert tick_to_second(score, [[0, 480], [720, 960]]).tolist() == [[0.0, 0.5], [1.0, 1.5]]
    assert second_to_tick(score, 1.0) == 720


@given(scores())
def test_bars_are_counted_without_their_lines(score):
    assert n_bars(score) == len(bar_lines(score)) - 1
    assert n_bars(Score((Track(notes([(2**47, 1, 60)])),))) == 2**47 // 1920 + 1
