"""Windows: the last bars, with the pickup before them."""

import numpy as np

from componium.analysis.meter import pickup_ticks
from componium.evaluation.windows import as_written, last_bars, n_whole_bars, windows
from componium.metrics.form import recurrence
from componium.music.score import Meter, Score, Track, notes

UPBEAT = Score(
    (Track(notes([(240 * at, 240, 60 + at % 12) for at in range(1 + 6 * 7 + 5)])),),
    meters=(Meter(0, 1, 8), Meter(240, 6, 8)),
)  # a tune of eight bars and a pickup, which the last bar makes room for


def test_the_pickup_is_no_bar():
    assert (UPBEAT.n_bars, n_whole_bars(UPBEAT)) == (9, 8)


def test_a_window_begins_with_the_upbeat_before_it():
    window = last_bars(UPBEAT, 4)
    assert n_whole_bars(window) == 4 and pickup_ticks(window) == 240
    assert [str(meter) for meter in window.meters] == ["1/8", "6/8"] and window.meters[1].tick == 240
    assert window.tracks[0].notes["pitch"].tolist() == UPBEAT.tracks[0].notes["pitch"].tolist()[-24:]


def test_without_a_pickup_it_begins_at_the_bar_line():
    score = Score((Track(notes([(480 * at, 480, 60) for at in range(16)])),))
    assert last_bars(score, 2).n_notes == 8 and pickup_ticks(last_bars(score, 2)) == 0


def test_a_change_of_meter_inside_stays_in_its_place():
    meters = (Meter(0, 1, 4), Meter(480, 4, 4), Meter(480 + 2 * 1920, 3, 4))
    score = Score((Track(notes([(480 * at, 480, 60) for at in range(1 + 8 + 6)])),), meters=meters)
    window = last_bars(score, 3)
    assert [(meter.tick, str(meter)) for meter in window.meters] == [(0, "1/4"), (480, "4/4"), (2400, "3/4")]


def test_shorter_pieces_are_left_out_and_whole_ones_unchanged():
    assert windows([UPBEAT, Score(), last_bars(UPBEAT, 4)], 8) == [UPBEAT]


def test_a_bar_that_a_player_repeats_comes_back():
    beat = [(240 * at, 240, 36 if at % 4 else 38) for at in range(8 * 8)]
    late = np.random.default_rng(0).integers(-20, 21, len(beat)).tolist()
    played = [(max(onset + by, 0), length, pitch) for (onset, length, pitch), by in zip(beat, late, strict=True)]
    score, human = (Score((Track(notes(rows), is_drum=True),), meters=(Meter(0, 4, 4),)) for rows in (beat, played))
    assert recurrence(human, 4) < 0.5 and recurrence(as_written(human), 4) == recurrence(score, 4) == 1.0
    assert as_written(score) is score
    assert [window.n_notes for window in windows([human, score], 4)] == [32, 32]
