"""Chords, progressions, cadences and voice leading, on textbook progressions."""

import math

import pytest

from componium.analysis.chords import beat_chords, progression
from componium.analysis.phrases import phrase_ends
from componium.metrics.progression import (
    bigrams,
    cadences,
    degrees_of,
    final_authentic,
    harmonic_rhythm,
    phrase_triad_rate,
    rate_i_iv_v_i,
    rate_ii_v_i,
)
from componium.metrics.voice_leading import contrary_motion_rate, dissonance_resolution
from componium.music.score import Score, Track, notes

I, II6, IV, V, V7, VI = ((48, 64, 67, 72), (53, 62, 69, 74), (53, 65, 69, 72), (43, 62, 67, 71), (43, 62, 65, 71),
                         (45, 60, 64, 72))  # fmt: skip


def chords(*each, lengths=None):
    """A score in four parts with a chord a beat, or as long as stated in beats."""
    lengths = lengths or [1] * len(each)
    starts = [480 * sum(lengths[:at]) for at in range(len(each))]
    parts = [[(start, 480 * length, chord[part]) for start, length, chord in zip(starts, lengths, each, strict=True)]
             for part in range(4)]  # fmt: skip
    return Score(tuple(Track(notes(part)) for part in parts))


def test_roots_qualities_and_basses():
    found = beat_chords(chords(I, II6, V7, I))
    assert [(chord.root, chord.quality, chord.bass) for chord in found] == [
        (0, "major", 0), (2, "minor", 5), (7, "dominant", 7), (0, "major", 0)]  # fmt: skip


def test_a_seventh_added_makes_no_new_chord():
    assert degrees_of(chords(I, V, V7, I)) == [0, 7, 0]
    assert harmonic_rhythm(chords(I, V, V7, I)) == 2


def test_passing_notes_make_no_new_chord():
    soprano = [(0, 480, 72), (480, 240, 72), (720, 240, 74), (960, 960, 76)]
    score = Score((Track(notes(soprano)), *(Track(notes([(0, 1920, pitch)])) for pitch in (67, 64, 48))))
    assert [chord.root for chord in progression(beat_chords(score))] == [0]


def test_a_single_line_has_no_chords():
    tune = Score((Track(notes([(0, 480, 60), (480, 480, 64)])),))
    assert beat_chords(tune) == [] and not bigrams(tune).any() and not cadences(tune)
    assert math.isnan(final_authentic(tune)) and math.isnan(phrase_triad_rate(tune))


def test_shares_of_progressions():
    score = chords(I, IV, V, I, II6, V7, I)
    assert rate_i_iv_v_i(score) == pytest.approx(1 / 4)
    assert rate_ii_v_i(score) == pytest.approx(1 / 5)
    assert bigrams(score)[7, 0] == 2 and bigrams(score).sum() == 6


def test_cadences_by_their_last_two_chords():
    score = chords(I, V, I, IV, V, V7, VI, IV, I, lengths=[1, 1, 2, 1, 3, 1, 2, 1, 4])
    assert phrase_ends(score).tolist() == [480 * at for at in (2, 5, 9, 12)]
    assert cadences(score) == {"authentic": 1, "half": 1, "deceptive": 1, "plagal": 1}
    assert final_authentic(score) == 0
    assert final_authentic(chords(I, IV, V7, I)) == 1


def test_a_cadence_is_that_of_the_phrase_though_its_chord_sounds_on():
    assert cadences(chords(I, V, I, V, I, lengths=[1, 1, 4, 1, 3])) == {"authentic": 2}


def test_phrases_that_end_on_triads_in_root_position():
    assert phrase_triad_rate(chords(I, V, I, II6, lengths=[1, 1, 2, 4])) == 0.5


def test_a_suspension_that_resolves_and_one_that_does_not():
    def with_upper(pitch):
        upper = [(0, 480, 72), (480, 480, 72), (960, 480, pitch), (1440, 480, 67)]
        return Score((Track(notes(upper)), Track(notes([(0, 480, 57), (480, 480, 62), (960, 960, 55)]))))

    assert dissonance_resolution(with_upper(71)) == 1  # C over D, a seventh, falls to B
    assert dissonance_resolution(with_upper(74)) == 0
    assert math.isnan(dissonance_resolution(chords(I, I)))


def test_motion_of_two_parts():
    def two(*pitches):
        return Score(tuple(Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(part)])) for part in pitches))

    assert contrary_motion_rate(two((72, 74, 76), (60, 59, 57))) == 1
    assert contrary_motion_rate(two((72, 74, 72), (60, 62, 64))) == 0.5
    assert math.isnan(contrary_motion_rate(two((72, 74), (60, 60))))  # oblique
