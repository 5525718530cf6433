"""Keys judged from signature, notes and ending: cases a musician can check by ear, and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.corpora._key import estimate_key, estimate_keys
from componium.music.pitch import name_to_pitch, str_key
from componium.music.score import Key, Score, Track, notes
from componium.music.transform import transpose
from strategies import scores


def chords(*names, length=480):
    """A score of chords, each a string of note names: "C3 E4 G4"."""
    rows = [(n * length, length, name_to_pitch(name)) for n, chord in enumerate(names) for name in chord.split()]
    return Score((Track(notes(rows)),))


MAJOR = chords("C3 E4 G4 C5", "F3 F4 A4 C5", "G3 D4 G4 B4", "C3 E4 G4 C5")
PICARDY = chords(
    "A2 E4 A4 C5", "D3 F4 A4 D5", "E3 E4 G#4 B4", "A2 E4 A4 C5", "D3 D4 A4 F5", "E3 E4 B4 G#4",
    "A2 E4 A4 C#5",
)
# G minor with one flat in the signature: E flat is written into the music.
DORIAN = chords(
    "G3 D4 G4 Bb4", "C3 Eb4 G4 C5", "D3 D4 F#4 A4", "G3 D4 G4 Bb4", "Eb3 Eb4 G4 Bb4", "D3 D4 F#4 A4",
    "G2 D4 G4 B4",
)
# A Phrygian close on E: what stands before is A minor, which it hangs from.
PHRYGIAN = chords(
    "A3 E4 A4 C5", "D3 F4 A4 D5", "E3 E4 G#4 B4", "A3 E4 A4 C5", "F3 F4 A4 C5", "D3 F4 A4 D5",
    "E3 E4 G#4 B4",
)


@pytest.mark.parametrize(("score", "fifths", "name"), [
    (MAJOR, 0, "C major"),
    (PICARDY, 0, "A minor"),
    (DORIAN, -1, "G minor"),
    (PHRYGIAN, 0, "A minor"),
    (MAJOR, 1, "C major"),
])
def test_keys_as_a_musician_names_them(score, fifths, name):
    assert str_key(estimate_key(score, fifths)) == name


def test_without_a_signature_the_notes_decide():
    assert str_key(estimate_keys(MAJOR, "nothing").keys[0]) == "C major"
    assert str_key(estimate_keys(PICARDY, "nothing").keys[0]) == "A minor"
    says_c = Score(transpose(MAJOR, 4).tracks, keys=(Key(0, 0),))  # what a MIDI file says that means nothing
    assert str_key(estimate_keys(says_c, "nothing").keys[0]) == "E major"


def test_what_abc_says_is_kept():
    dorian = Score(MAJOR.tracks, keys=(Key(0, 1, "dorian"),))
    assert estimate_keys(dorian, "mode").keys == (Key(0, 1, "dorian"),)


def test_enharmonic_keys_are_spelled_as_in_the_signature():
    up = transpose(MAJOR, 6)
    assert str_key(estimate_key(up, -6)) == "Gb major"
    assert str_key(estimate_key(up, 6)) == "F# major"


def test_each_signature_has_its_stretch():
    lower = MAJOR.tracks[0].notes
    later = transpose(MAJOR, 2).tracks[0].notes.copy()
    later["onset"] += 1920
    both = Score((Track(lower), Track(later)), keys=(Key(0, 0), Key(1920, 2), Key(3000, 2)))
    assert [(key.tick, str_key(key)) for key in estimate_keys(both).keys] == [(0, "C major"), (1920, "D major")]


@given(st.integers(-12, 12))
def test_transposing_music_transposes_its_key(semitones):
    for score in (MAJOR, PICARDY, DORIAN, PHRYGIAN):
        one = estimate_key(score)
        other = estimate_key(transpose(score, semitones))
        assert (other.tonic - one.tonic) % 12 == semitones % 12
        assert other.mode == one.mode


@given(scores(), st.sampled_from(["mode", "signature", "nothing"]))
def test_any_score_gets_a_key_from_its_start_unless_it_has_no_pitch(score, trust):
    keyed = estimate_keys(score, trust)
    assert keyed.tracks == score.tracks
    pitched = any(len(track.notes) and not track.is_drum for track in score.tracks)
    assert not pitched or keyed.keys[0].tick == 0
    assert estimate_keys(keyed, trust).keys[0].tick == 0 if pitched else keyed == estimate_keys(keyed, trust)
