import dataclasses
import tracemalloc

import numpy as np
import pytest
from hypothesis import given

from componium.errors import ScoreError
from componium.music.score import MAX_TICK, NOTE, Chord, Key, Meter, Score, Tempo, Track, notes
from strategies import notes_arrays, scores


@given(notes_arrays())
def test_a_track_keeps_its_notes_in_order_whatever_order_they_came_in(array):
    shuffled = array[np.random.default_rng(0).permutation(len(array))]
    track = Track(shuffled)
    assert track == Track(array)
    assert hash(track) == hash(Track(array))
    order = ["onset", "pitch", "duration", "velocity", "voice"]
    assert track.notes[order].tolist() == sorted(array[order].tolist())


def test_making_a_track_never_touches_the_callers_array():
    array = notes([(480, 10, 60), (0, 10, 61)])
    track = Track(array)
    array["pitch"] = 0
    assert track.notes["pitch"].tolist() == [61, 60]
    assert array.flags.writeable


def test_notes_are_frozen():
    track = Track(notes([(0, 1, 60)]))
    with pytest.raises(ValueError, match="read-only"):
        track.notes["pitch"] = 61
    with pytest.raises(dataclasses.FrozenInstanceError):
        track.program = 3


@pytest.mark.parametrize(
    "row", [(-1, 1, 60), (0, 0, 60), (0, -5, 60), (0, 1, 128), (0, 1, -1), (0, 1, 60, 128), (0, 1, 60, 0, -1),
            (0, 1, 70_000), (2**70, 1, 60), (MAX_TICK + 1, 1, 60), (0, 2**62, 60)],
)
def test_notes_that_cannot_exist_are_refused(row):
    with pytest.raises(ScoreError):
        Track(notes([row]))


@pytest.mark.parametrize("row", [(0, 1, 0), (0, 1, 127), (0, 1, 60, 127), (MAX_TICK, 1, 60)])
def test_notes_at_the_borders_are_taken(row):
    assert len(Track(notes([row])).notes) == 1


@pytest.mark.parametrize(
    "fields",
    [{"ticks_per_quarter": 0}, {"ticks_per_quarter": 40_000}, {"tempos": [Tempo(0, 0.0)]},
     {"tempos": [Tempo(-1, 60.0)]},
     {"tempos": [Tempo(0, float("nan"))]}, {"meters": [Meter(0, 0, 4)]}, {"meters": [Meter(0, 4, 3)]},
     {"keys": [Key(0, 8)]}, {"keys": [Key(0, 0, "blues")]}, {"chords": [Chord(-1, "C")]},
     {"meters": [Meter(2**60, 3, 4)]}],
)
def test_scores_that_cannot_exist_are_refused(fields):
    with pytest.raises(ScoreError):
        Score(**fields)


def test_a_program_outside_general_midi_is_refused():
    with pytest.raises(ScoreError, match="program 128"):
        Track(program=128)


@given(scores())
def test_a_score_equals_its_copy_and_no_score_with_one_thing_changed(score):
    copy = dataclasses.replace(score)
    assert copy == score
    assert hash(copy) == hash(score)
    assert dataclasses.replace(score, title=score.title + "!") != score
    for at, track in enumerate(score.tracks):
        if len(track.notes):
            other = track.notes.copy()
            other["duration"][0] += 1
            tracks = (*score.tracks[:at], dataclasses.replace(track, notes=other), *score.tracks[at + 1:])
            assert dataclasses.replace(score, tracks=tracks) != score


@given(scores())
def test_end_and_count_are_those_of_the_plain_loop(score):
    every = [note for track in score.tracks for note in track.notes.tolist()]
    assert score.n_notes == len(every)
    assert score.end == max((onset + duration for onset, duration, *_ in every), default=0)


def test_events_are_ordered_and_the_last_one_given_at_a_tick_wins():
    score = Score(tempos=(Tempo(480, 90.0), Tempo(0, 60.0), Tempo(480, 100.0)))
    assert score.tempos == (Tempo(0, 60.0), Tempo(480, 100.0))


def test_info_is_sorted_pairs_and_empty_ones_are_dropped():
    score = Score(info={"rhythm": "jig", "composer": "", "area": "Éire"})
    assert score.info == (("area", "Éire"), ("rhythm", "jig"))
    assert score.about("rhythm") == "jig"
    assert score.about("composer") == ""


def test_a_note_costs_22_bytes_and_200_000_stay_one_array():
    assert NOTE.itemsize == 22
    array = np.zeros(200_000, dtype=NOTE)
    array["onset"] = np.arange(200_000)[::-1] * 10
    array["duration"], array["pitch"] = 10, 60
    tracemalloc.start()
    try:
        track = Track(array)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1.1 * 22 * 200_000
    assert track.end == 2_000_000


def test_pitches_are_signed_so_that_falling_intervals_are_negative():
    track = Track(notes([(0, 1, 67), (1, 1, 60)]))
    assert np.diff(track.notes["pitch"]).tolist() == [-7]


@pytest.mark.parametrize(
    ("fifths", "mode", "tonic"),
    [(0, "major", 0), (0, "minor", 9), (0, "dorian", 2), (0, "phrygian", 4), (0, "lydian", 5), (0, "mixolydian", 7),
     (0, "locrian", 11), (1, "major", 7), (-1, "minor", 2), (-7, "major", 11), (7, "major", 1), (-3, "minor", 0)],
)
def test_the_tonic_of_a_key_signature(fifths, mode, tonic):
    assert Key(0, fifths, mode).tonic == tonic


def test_what_a_track_is_not_equal_to():
    assert Track() != "a track"
    assert Track() != Track(program=1)
    assert Track(is_drum=True) != Track()


def test_a_score_says_what_it_is_in_one_line():
    tune = Track(notes([(0, 480, 64), (480, 1920, 69)]))
    score = Score((tune,), title="Ode", meters=(Meter(0, 1, 4), Meter(480, 4, 4)), keys=(Key(0, 0, "minor"),))
    assert repr(score) == "<Score 'Ode': 1 track, 2 bars, 2 notes, A minor, 4/4>"
    assert repr(Score()) == "<Score: 0 tracks, 0 bars, 0 notes, 4/4>"
    assert score.n_bars == 2
