import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.analysis.histograms import interval_profile
from componium.analysis.lines import lines, sonorities
from componium.metrics import describe
from componium.metrics.pitch import (
    in_scale_rate,
    interval_entropy,
    leap_rate,
    longest_repeated_note,
    longest_repeated_quarters,
    n_pitch_classes_used,
    n_pitches_used,
    pitch_class_entropy,
    pitch_entropy,
    pitch_range,
    polyphony,
    scale_consistency,
    step_rate,
)
from componium.music.pitch import parse_key
from componium.music.score import Score, Track, notes
from componium.music.transform import stretch, transpose
from strategies import scores

C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72]


def melody(*pitches, duration=480):
    return Score(tracks=(Track(notes([(duration * i, duration, pitch) for i, pitch in enumerate(pitches)])),))


def chord(*pitches):
    return Score(tracks=(Track(notes([(0, 480, pitch) for pitch in pitches])),))


def test_a_major_scale_by_the_book():
    scale = melody(*C_MAJOR)
    assert pitch_range(scale) == 12
    assert n_pitches_used(scale) == 8
    assert n_pitch_classes_used(scale) == 7
    assert pitch_entropy(scale) == pytest.approx(3)  # eight alike: log2(8)
    assert pitch_class_entropy(scale) == pytest.approx(2.75)  # six of 1/8, C of 1/4
    assert scale_consistency(scale) == 1
    assert polyphony(scale) == 1
    assert step_rate(scale) == 1
    assert leap_rate(scale) == 0
    assert interval_profile(scale)[[13, 14]].tolist() == [2 / 7, 5 / 7]


def test_all_twelve_notes_have_the_entropy_of_twelve():
    chromatic = melody(*range(60, 72))
    assert pitch_class_entropy(chromatic) == pytest.approx(math.log2(12))
    assert scale_consistency(chromatic) == pytest.approx(7 / 12)


def test_one_note_has_none():
    assert pitch_entropy(melody(60, 60)) == 0
    assert pitch_range(melody(60)) == 0
    assert interval_entropy(melody(60, 62)) == 0


def test_in_scale_rate():
    assert in_scale_rate(melody(*C_MAJOR), parse_key("C")) == 1
    assert in_scale_rate(melody(*C_MAJOR), parse_key("G")) == 7 / 8
    assert in_scale_rate(melody(57, 66, 68, 58), parse_key("A minor")) == 3 / 4  # the raised sixth and seventh belong


def test_polyphony_is_over_sounding_time():
    assert polyphony(chord(60, 64, 67)) == 3
    halves = Score(tracks=(Track(notes([(0, 960, 60), (480, 480, 64), (9600, 480, 60)])),))
    assert polyphony(halves) == pytest.approx((480 + 2 * 480 + 480) / 1440)


def test_intervals_wider_than_an_octave_count_as_octaves():
    profile = interval_profile(melody(40, 80, 20))
    assert profile.shape == (25,)
    assert profile[[0, 24]].tolist() == [0.5, 0.5]
    assert leap_rate(melody(60, 65, 71)) == 0.5  # a fourth is no leap, a tritone is


def test_voices_are_lines_of_their_own():
    two = Score(tracks=(Track(notes([(0, 480, 60, 0, 1), (0, 480, 72, 0, 0), (480, 480, 60, 0, 1), (480, 480, 74)])),))
    assert [line["pitch"].tolist() for line in lines(two)] == [[72, 74], [60, 60]]
    assert interval_profile(two)[[12, 14]].tolist() == [0.5, 0.5]


def test_a_chord_in_a_line_is_read_by_its_highest_note():
    assert [line["pitch"].tolist() for line in lines(chord(60, 67, 64))] == [[67]]


def test_longest_run_of_one_note():
    score = melody(60, 62, 62, 62, 60, 60)
    assert longest_repeated_note(score) == 3
    assert longest_repeated_quarters(score) == 3
    assert longest_repeated_quarters(melody(60, duration=4800)) == 10
    assert longest_repeated_note(Score()) == 0
    rests = Score(tracks=(Track(notes([(0, 480, 60), (48_000, 480, 60), (96_000, 480, 62)])),))
    assert longest_repeated_note(rests) == 2
    assert longest_repeated_quarters(rests) == 2  # rests don't count


def test_drums_have_no_pitch():
    score = Score(tracks=(Track(notes([(0, 480, 36), (480, 480, 38)]), is_drum=True),))
    assert math.isnan(pitch_range(score))
    assert n_pitches_used(score) == 0
    assert lines(score) == []


@given(scores(pitches=(12, 115), drums=False, chords=False), st.integers(-12, 12))
def test_no_metric_of_pitch_but_range_knows_the_key_it_is_in(score, semitones):
    moved = transpose(score, semitones)
    unmoved = (pitch_range, pitch_entropy, pitch_class_entropy, scale_consistency, polyphony, longest_repeated_note)
    for function in unmoved:
        assert function(moved) == pytest.approx(function(score), nan_ok=True)
    assert interval_profile(moved) == pytest.approx(interval_profile(score))


@given(scores(), st.integers(2, 4))
def test_no_metric_of_pitch_knows_the_tempo_it_is_played_at(score, factor):
    slow = stretch(score, factor)
    for function in (polyphony, pitch_entropy, interval_entropy, longest_repeated_note):
        assert function(slow) == pytest.approx(function(score), nan_ok=True)


@given(scores(n_tracks=(0, 3), max_notes=8))
def test_sonorities_are_those_of_the_plain_loop(score):
    ticks, sounding = sonorities(score)
    array = [note for track in score.tracks if not track.is_drum for note in track.notes.tolist()]
    assert ticks.tolist() == sorted({onset for onset, *_ in array})
    for tick, row in zip(ticks.tolist(), sounding, strict=True):
        expected = {pitch for onset, duration, pitch, *_ in array if onset <= tick < onset + duration}
        assert set(np.flatnonzero(row).tolist()) == expected


def test_shares_of_intervals_are_exact():
    """Nothing but leaps is a share of 1, not of 1 and a rounding error."""
    leaps = [(at, 1, pitch) for at, pitch in enumerate((0, 6, 0, 12, 0, 6, 0))]
    assert leap_rate(Score((Track(notes(leaps)),))) == 1.0


@given(scores())
def test_every_scalar_metric_takes_every_score(score):
    found = describe(score)
    assert all(isinstance(value, float) for value in found.values())
    assert not any(math.isinf(value) for value in found.values())
    shares = [name for name in found if name.endswith("_rate") or name in ("gaps", "scale_consistency")]
    assert all(math.isnan(found[name]) or 0 <= found[name] <= 1 for name in shares)
