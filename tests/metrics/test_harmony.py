import math

import pytest

from componium.analysis.cadence import ends_on_tonic, final_pitches, final_root
from componium.metrics.harmony import (
    consonance_rate,
    final_consonance,
    final_third,
    parallel_fifths,
    parallel_octaves,
    voice_crossing_rate,
)
from componium.music.pitch import name_to_pitch, parse_key
from componium.music.score import Score, Track, notes


def parts(*lines):
    """One track a line, each a text of note names, all in quarters; `.` is a rest."""
    tracks = []
    for line in lines:
        rows = [(480 * i, 480, name_to_pitch(name)) for i, name in enumerate(line.split()) if name != "."]
        tracks.append(Track(notes(rows)))
    return Score(tracks=tuple(tracks))


@pytest.mark.parametrize(
    ("names", "rate"),
    [("C4 E4", 1), ("C4 G4", 1), ("C4 C5", 1), ("C4 A5", 1), ("C4 D4", 0), ("C4 F#4", 0), ("C4 B4", 0),
     ("C4 F4", 0), ("C4 E4 G4", 1), ("E4 G4 C5", 1), ("G4 C5 E5", 2 / 3), ("C4 E4 G4 Bb4", 4 / 6)],
)
def test_consonance_by_the_book(names, rate):
    assert consonance_rate(parts(*names.split())) == pytest.approx(rate)


def test_consonance_of_what_sounds_alone_is_undefined():
    assert math.isnan(consonance_rate(parts("C4 D4 E4")))
    assert math.isnan(consonance_rate(Score()))


def test_held_notes_sound_with_those_that_enter():
    score = Score(tracks=(Track(notes([(0, 960, 60), (480, 480, 61)])),))
    assert consonance_rate(score) == 0


def test_the_final_sonority_of_a_chorale_and_of_a_tune():
    cadence = parts("B4 C5", "D4 E4", "G3 G3", "G2 C3")
    assert final_pitches(cadence).tolist() == [48, 55, 64, 72]
    assert final_root(cadence) == 0
    assert final_third(cadence) == 4
    assert final_consonance(cadence) == 1
    assert ends_on_tonic(cadence, parse_key("C"))
    assert ends_on_tonic(cadence, parse_key("C minor"))  # a Picardy third
    assert not ends_on_tonic(cadence, parse_key("A minor"))
    tune = parts("G4 A4 B4 G4")
    assert ends_on_tonic(tune, parse_key("G"))
    assert math.isnan(final_third(tune))


def test_a_suspension_that_resolves_belongs_to_the_final_chord():
    rows = [[(0, 1920, 48)], [(0, 1920, 55)], [(0, 480, 65), (480, 1440, 64)]]
    score = Score(tracks=tuple(Track(notes(row)) for row in rows))
    assert final_pitches(score).tolist() == [48, 55, 64]


def test_no_ending_without_notes():
    assert not ends_on_tonic(Score(), parse_key("C"))
    assert math.isnan(final_root(Score()))


def test_voices_cross():
    assert voice_crossing_rate(parts("C5 C5 C5 C5", "E4 E4 E4 E4")) == 0
    assert voice_crossing_rate(parts("C5 C5 C5 C5", "E4 E4 D5 E4")) == 0.25
    assert voice_crossing_rate(parts("E4 E4 D5 E4", "C5 C5 C5 C5")) == 0.25  # whatever the order of the tracks
    assert math.isnan(voice_crossing_rate(parts("C4")))


@pytest.mark.parametrize(
    ("upper", "lower", "fifths", "octaves"),
    [
        ("G4 A4", "C4 D4", 1, 0),  # parallel fifths
        ("C5 D5", "C4 D4", 0, 1),  # parallel octaves
        ("C4 D4", "C4 D4", 0, 1),  # parallel unisons
        ("G4 G4", "C4 C4", 0, 0),  # repeated, not moved
        ("G5 A4", "C4 D4", 0, 0),  # by contrary motion
        ("G4 F4", "C4 D4", 0, 0),
        ("D6 E6", "G4 A4", 1, 0),  # a twelfth counts as a fifth
        ("G4 A4 B4 C5", "C4 D4 E4 F4", 3, 0),
    ],
)
def test_parallels_by_the_book(upper, lower, fifths, octaves):
    score = parts(upper, lower)
    assert parallel_fifths(score) == fifths
    assert parallel_octaves(score) == octaves
    assert parallel_fifths(parts(lower, upper)) == fifths


def test_parallels_need_two_parts():
    assert math.isnan(parallel_fifths(parts("C4 D4")))
