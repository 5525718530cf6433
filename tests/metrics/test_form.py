"""Form: what comes back, pickups, strains, motifs and imitation, on pieces small enough to count by hand."""

import math

import pytest

from componium.analysis.meter import pickup_ticks, whole_bar_lines
from componium.metrics.form import imitation, motif_economy, pickup, recurrence, recurrence_4, strain_contrast
from componium.metrics.melody import climax_place, final_leap, leap_recovery, melodic_range, turn_rate
from componium.metrics.rhythm import bar_rhythm_entropy, commonest_bar_rhythm, density_variation, silence_rate
from componium.music.score import Meter, Score, Track, notes

A, B = (60, 62, 64, 65), (67, 65, 64, 62)


def line(pitches, start=0, duration=480):
    return Track(notes([(start + duration * at, duration, pitch) for at, pitch in enumerate(pitches)]))


def bars(*each):
    return Score(tracks=(line([pitch for bar in each for pitch in bar]),))


def test_bars_that_come_back_after_four():
    assert recurrence_4(bars(A, B, A, B, A, B, A, B)) == 1
    assert recurrence(bars(A, B, A, B), 1) == pytest.approx(1 / 7)  # E on the third beat, of seven notes
    half = bars(A, (60, 62, 67, 69))
    assert recurrence(half, 1) == pytest.approx(2 / 6)  # two of six different notes
    assert math.isnan(recurrence_4(bars(A, B, A, B)))


def test_a_pickup_shifts_the_bars_and_is_measured():
    whole = bars(A, B, A, B, A, B, A, B).tracks[0].notes.copy()
    whole["onset"] += 480
    upbeat = notes([(0, 480, 55)])
    meters = (Meter(0, 1, 4), Meter(480, 4, 4))
    score = Score((Track(notes([*map(tuple, upbeat.tolist()), *map(tuple, whole.tolist())])),), meters=meters)
    assert pickup_ticks(score) == 480 and len(whole_bar_lines(score)) == 9
    assert pickup(score) == 0.25
    assert recurrence_4(score) == 1
    assert pickup(bars(A, B)) == 0


def test_a_change_of_meter_is_no_pickup():
    score = Score(bars(A, B).tracks, meters=(Meter(0, 4, 4), Meter(1920, 3, 4)))
    assert pickup_ticks(score) == 0


def test_the_second_strain_lies_higher():
    assert strain_contrast(bars(A, A, tuple(pitch + 5 for pitch in A), tuple(pitch + 5 for pitch in A))) == 5
    assert math.isnan(strain_contrast(Score()))


def test_motifs_that_return():
    assert motif_economy(bars((60, 61, 63, 66), (70, 75, 81, 88))) == 0
    assert motif_economy(bars(A, A, A, A)) == 1
    assert math.isnan(motif_economy(bars(A)))


def test_a_canon_is_imitated_and_one_voice_is_not():
    theme = [60, 62, 65, 64, 67, 72, 71, 69]
    canon = Score((line(theme), line([pitch - 7 for pitch in theme], start=1920)))
    assert imitation(canon) == 0.5  # each figure of the second voice
    assert imitation(Score((line(theme), line([pitch - 7 for pitch in theme])))) == 0  # together
    assert imitation(Score((line(theme), line(theme, start=1920 * 5)))) == 0  # too late
    assert math.isnan(imitation(Score((line(theme),))))


def test_rhythms_of_bars():
    even, dotted = [(0, 480), (480, 480), (960, 480), (1440, 480)], [(0, 720), (720, 240), (960, 960)]
    rows = [(1920 * bar + onset, duration, 60) for bar, rhythm in enumerate([even, even, even, dotted])
            for onset, duration in rhythm]  # fmt: skip
    score = Score((Track(notes(rows)),))
    assert commonest_bar_rhythm(score) == 0.75
    assert bar_rhythm_entropy(score) == pytest.approx(0.8113, abs=1e-4)  # of 3/4 and 1/4
    assert density_variation(score) == 0  # the last bar, of three notes, may be a part of one
    assert silence_rate(score) == 0
    assert silence_rate(Score((Track(notes([(480, 480, 60), (1440, 480, 60)])),))) == pytest.approx(1 / 3)


def test_the_shape_of_a_melody():
    score = bars((60, 67, 65, 64), (62, 64, 60, 72))
    assert melodic_range(score) == 12 and final_leap(score) == 12
    assert climax_place(score) == 7 / 8
    assert leap_recovery(score) == 1  # the fifth up is followed by a step down; nothing follows the octave
    assert turn_rate(score) == pytest.approx(4 / 6)
