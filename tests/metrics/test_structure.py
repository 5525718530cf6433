import math

import pytest
from hypothesis import given

from componium.metrics.structure import longest_loop, ngram_repetition, repeated_bar_rate, transposed_bar_rate
from componium.music.score import Score, Track, notes
from componium.music.transform import concatenate, transpose
from strategies import scores

A, B = (60, 62, 64, 65), (67, 65, 64, 62)


def bars(*each):
    rows = [(1920 * bar + 480 * i, 480, pitch) for bar, pitches in enumerate(each) for i, pitch in enumerate(pitches)]
    return Score(tracks=(Track(notes(rows)),))


def up(bar, semitones):
    return tuple(pitch + semitones for pitch in bar)


def test_repeated_bars():
    assert repeated_bar_rate(bars(A, B, A, B)) == pytest.approx(2 / 3)
    assert repeated_bar_rate(bars(A, B)) == 0
    assert repeated_bar_rate(bars(A, A, A)) == 1
    assert math.isnan(repeated_bar_rate(bars(A)))
    assert repeated_bar_rate(bars(A, (), A)) == 1  # an empty bar is neither new nor repeated


def test_repeated_on_other_pitches():
    sequence = bars(A, up(A, 2), up(A, -3))
    assert repeated_bar_rate(sequence) == 0
    assert transposed_bar_rate(sequence) == 1


def test_two_parts_must_move_together():
    low = bars(A, up(A, 2)).tracks
    together = Score(tracks=(*low, *bars(up(A, 12), up(A, 14)).tracks))
    apart = Score(tracks=(*low, *bars(up(A, 12), up(A, 15)).tracks))
    assert transposed_bar_rate(together) == 1
    assert transposed_bar_rate(apart) == 0


def test_drums_stay_where_they_are():
    drums = Track(notes([(0, 480, 36), (1920, 480, 38)]), is_drum=True)
    assert transposed_bar_rate(Score(tracks=(drums,))) == 0


def test_the_longest_loop():
    assert longest_loop(bars(A, B, B, B, A, A)) == 3
    assert longest_loop(bars(A, B)) == 1
    assert longest_loop(bars(A, (), A)) == 1
    assert longest_loop(Score()) == 0


def test_runs_of_intervals_that_come_back():
    assert ngram_repetition(bars((60, 61, 63, 66, 70, 75))) == 0
    assert ngram_repetition(bars((60, 62, 60, 62), (60, 62, 60, 62)), n=2) == pytest.approx(4 / 5)
    assert math.isnan(ngram_repetition(bars(A), n=4))


@given(scores(n_tracks=(1, 2), max_notes=8, pitches=(12, 100), changes=False))
def test_a_piece_played_twice_repeats_half_of_its_bars_at_least(score):
    twice = concatenate(score, score)
    if score.n_notes:
        assert repeated_bar_rate(twice) >= 0.5
        assert transposed_bar_rate(twice) >= repeated_bar_rate(twice)
        assert repeated_bar_rate(transpose(twice, 5)) == repeated_bar_rate(twice)
