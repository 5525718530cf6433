from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from componium.errors import ScoreError
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_lines, n_bars, tick_to_second
from componium.music.transform import (
    change_ticks_per_quarter,
    concatenate,
    merge,
    quantize,
    slice_bars,
    slice_ticks,
    stretch,
    transpose,
)
from strategies import scores

SIXTEENTHS_AND_TRIPLETS = [Fraction(k, 12) for k in (0, 3, 4, 6, 8, 9)]
grids = st.lists(st.integers(0, 23), min_size=1, max_size=6).map(lambda places: [Fraction(n, 24) for n in places])


def one_track(*rows, **fields):
    return Score(tracks=(Track(notes(rows)),), **fields)


def sounding(score, length):
    """For each track, which pitch sounds at which tick: what is heard, however it is cut into notes."""
    rolls = []
    for track in score.tracks:
        roll = np.zeros((length, 128), dtype=bool)
        for onset, duration, pitch, *_ in track.notes.tolist():
            roll[onset:onset + duration, pitch] = True
        rolls.append(roll)
    return rolls


@given(scores(pitches=(12, 115), chords=False), st.integers(-12, 12))
def test_transposing_there_and_back_changes_no_note(score, semitones):
    back = transpose(transpose(score, semitones), -semitones)
    assert back.tracks == score.tracks
    assert [(key.tonic, key.mode) for key in back.keys] == [(key.tonic, key.mode) for key in score.keys]


@given(scores(pitches=(12, 115)), st.integers(-12, 12))
def test_transposing_moves_every_pitch_and_tonic_and_leaves_drums(score, semitones):
    moved = transpose(score, semitones)
    for old, new in zip(score.tracks, moved.tracks, strict=True):
        shift = 0 if old.is_drum else semitones
        assert (new.notes["pitch"] == old.notes["pitch"] + shift).all()
    assert [(key.tonic + semitones) % 12 for key in score.keys] == [key.tonic for key in moved.keys]


@pytest.mark.parametrize("semitones", [-61, 68, 200, 70_000, -70_000])
def test_a_transposition_out_of_range_is_refused(semitones):
    with pytest.raises(ScoreError):
        transpose(one_track((0, 1, 60)), semitones)


@given(scores(), grids)
def test_quantizing_is_idempotent_and_lands_on_the_grid(score, grid):
    once = quantize(score, grid)
    assert quantize(once, grid) == once
    tpq = score.ticks_per_quarter
    places = {round(float(place) * tpq) for place in grid}
    for track in once.tracks:
        for onset, duration, *_ in track.notes.tolist():
            assert onset % tpq in places or onset in places
            assert (onset + duration) % tpq in {place % tpq for place in places}


@given(scores(ticks_per_quarter=480, last_onset=4000))
def test_quantizing_moves_an_onset_by_half_a_gap_at_most(score):
    fine = quantize(score, SIXTEENTHS_AND_TRIPLETS)
    for old, new in zip(score.tracks, fine.tracks, strict=True):
        assert np.abs(np.sort(old.notes["onset"]) - np.sort(new.notes["onset"])).max(initial=0) <= 60


@pytest.mark.parametrize("grid", [[], [1.0], [-0.25], [0, 7]])
def test_a_grid_outside_the_quarter_is_refused(grid):
    with pytest.raises(ScoreError, match="grid"):
        quantize(Score(), grid)


@given(scores(n_tracks=(1, 3), ticks_per_quarter=24, last_onset=400, longest=100, max_notes=8), st.data())
def test_two_slices_put_together_sound_as_the_whole(score, data):
    bars = n_bars(score)
    assume(bars >= 2)
    at = data.draw(st.integers(1, bars - 1))
    lines = bar_lines(score)
    filler = Track(notes([(int(lines[at]) - 1, 1, 0), (int(lines[bars]) - 1, 1, 0)]))
    score = replace(score, tracks=(*score.tracks, filler))
    joined = concatenate(slice_bars(score, 0, at), slice_bars(score, at, bars))
    assert bar_lines(joined).tolist() == lines.tolist()
    assert tick_to_second(joined, lines) == pytest.approx(tick_to_second(score, lines))
    length = int(lines[-1])
    for ours, whole in zip(sounding(joined, length), sounding(score, length), strict=True):
        assert (ours == whole).all()


def test_a_slice_keeps_the_meter_key_and_tempo_in_force():
    score = one_track(
        (0, 7000, 60), tempos=(Tempo(0, 100.0),), meters=(Meter(0, 4, 4), Meter(1920, 3, 4)), keys=(Key(0, 2),),
        chords=(Chord(0, "D"), Chord(3000, "A")),
    )
    part = slice_bars(score, 2, 3)
    assert part == one_track(
        (0, 1440, 60), tempos=(Tempo(0, 100.0),), meters=(Meter(0, 3, 4),), keys=(Key(0, 2),), chords=(Chord(0, "A"),)
    )


@pytest.mark.parametrize(("first", "stop"), [(0, 0), (-1, 1), (1, 1), (0, 3), (2, 1)])
def test_bars_that_are_not_there_are_refused(first, stop):
    with pytest.raises(ScoreError, match="bars"):
        slice_bars(one_track((0, 3840, 60)), first, stop)


def test_slicing_cuts_notes_that_reach_across():
    part = slice_ticks(one_track((0, 100, 60), (90, 20, 62), (200, 10, 64)), 50, 100)
    assert part.tracks[0].notes[["onset", "duration", "pitch"]].tolist() == [(0, 50, 60), (40, 10, 62)]


def test_what_follows_keeps_its_own_meter_and_the_first_says_nothing_beyond_its_end():
    meters, tempos = (Meter(0, 3, 4), Meter(1440, 2, 4)), (Tempo(0, 90.0), Tempo(9999, 5.0))
    waltz = one_track((0, 1440, 60), meters=meters, tempos=tempos)
    both = concatenate(waltz, one_track((0, 1920, 62)))
    assert bar_lines(both).tolist() == [0, 1440, 3360]
    assert both.tempos == (Tempo(0, 90.0),)


def test_concatenating_counts_the_second_in_the_ticks_of_the_first():
    both = concatenate(one_track((0, 480, 60)), one_track((0, 24, 62), ticks_per_quarter=24))
    assert both.tracks[0].notes[["onset", "duration"]].tolist() == [(0, 480), (1920, 480)]


@given(scores(ticks_per_quarter=(24, 120)))
def test_finer_ticks_and_back_change_nothing(score):
    assert change_ticks_per_quarter(change_ticks_per_quarter(score, 960), score.ticks_per_quarter) == score


@given(scores(), st.integers(1, 5))
def test_stretching_there_and_back_changes_nothing(score, factor):
    stretched = stretch(score, factor)
    assert stretched.end == factor * score.end
    assert stretch(stretched, 1 / factor).tracks == score.tracks


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_stretch_that_makes_no_sense_is_refused(factor):
    with pytest.raises(ScoreError, match="stretch"):
        stretch(Score(), factor)


def test_merging_keeps_every_track_and_the_first_ones_title():
    first, second = one_track((0, 480, 60), title="a"), one_track((0, 24, 62), ticks_per_quarter=24, title="b")
    both = merge([first, second])
    assert both.title == "a"
    assert [track.end for track in both.tracks] == [480, 480]
    assert merge([]) == Score()


@given(scores(pitches=(12, 115)))
def test_no_transform_changes_its_argument(score):
    before = [track.notes.tobytes() for track in score.tracks]
    transpose(score, 1)
    quantize(score, [0, 0.5])
    stretch(score, 1.5)
    slice_ticks(score, 100, 1000)
    assert [track.notes.tobytes() for track in score.tracks] == before
