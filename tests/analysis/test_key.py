import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.analysis.key import PROFILES, find_key, key_correlations, key_profile, same_key
from componium.analysis.lines import pitched
from componium.errors import ScoreError, UnknownNameError
from componium.metrics.key import key_clarity
from componium.music.pitch import name_to_pitch, parse_key, str_key
from componium.music.score import Key, Score, Track, notes
from componium.music.transform import transpose
from strategies import common_keys, scores

TUNES = {  # openings that everybody knows, as (quarters, name) in one line
    "C major": "1 E4 1 E4 1 F4 1 G4 1 G4 1 F4 1 E4 1 D4 1 C4 1 C4 1 D4 1 E4 1.5 E4 .5 D4 2 D4 1 E4 1 E4 1 F4 1 G4 1 G4 "
               "1 F4 1 E4 1 D4 1 C4 1 C4 1 D4 1 E4 1.5 D4 .5 C4 2 C4",  # Ode to Joy
    "G major": "1 D4 .5 G4 .5 G4 1 G4 1 A4 1 B4 1 B4 1 B4 1 A4 1 G4 1 F#4 1 E4 1 D4 1 D4 1 G4 1 A4 1 B4 2 G4",
    "A minor": "1 A4 1 C5 .5 D5 .5 C5 1 E5 1 F5 .5 E5 1 D5 1 B4 .5 G4 .5 A4 1 B4 1 C5 .5 A4 .5 A4 1 G#4 .5 A4 1 B4 "
               "1 G#4 1 E4 2 A4",  # Greensleeves
    "D minor": "2 D4 2 A4 2 F4 2 D4 2 C#4 1 D4 1 E4 2 F4 .5 G4 .5 F4 .5 E4 1 D4",  # the Art of Fugue
}


def line(text):
    words = text.split()
    at, rows = 0, []
    for quarters, name in zip(words[::2], words[1::2], strict=True):
        rows.append((at, int(float(quarters) * 480), name_to_pitch(name)))
        at += int(float(quarters) * 480)
    return Score(tracks=(Track(notes(rows)),))


def cadence(key):
    """I-IV-V-I in four parts: the textbook's own proof of a key."""
    minor = key.mode == "minor"
    third, sixth = (3, 8) if minor else (4, 9)
    chords = [(0, 12, 12 + third, 19), (5, 12, 17, 12 + sixth), (7, 11, 14, 19), (0, 12, 12 + third, 19)]
    rows = [(960 * i, 960, 48 + key.tonic + step) for i, chord in enumerate(chords) for step in chord]
    return Score(tracks=(Track(notes(rows)),))


@pytest.mark.parametrize("profile", PROFILES)
@given(key=common_keys)
def test_a_cadence_is_in_its_key_with_every_profile(profile, key):
    assert same_key(find_key(cadence(key), profile=profile), key)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", TUNES)
def test_tunes_everybody_knows(name, profile):
    assert str_key(find_key(line(TUNES[name]), profile=profile)) == name


@pytest.mark.parametrize("name", TUNES)
def test_tunes_everybody_knows_by_their_notes_alone(name):
    assert str_key(find_key(line(TUNES[name]), final=0)) == name


def test_the_modes_of_the_white_keys():
    names = "1 {0} 1 E4 1 F4 1 G4 1 A4 1 B4 1 C5 1 D5 2 {1} 2 {0}"
    modes = ("major", "minor", "dorian", "mixolydian")
    found = {tonic: str_key(find_key(line(names.format(tonic, fifth)), modes=modes))
             for tonic, fifth in (("C4", "G4"), ("D4", "A4"), ("G3", "D4"), ("A3", "E4"))}
    assert found == {"C4": "C major", "D4": "D dorian", "G3": "G mixolydian", "A3": "A minor"}


def test_published_figures():
    assert key_profile("major", "krumhansl")[[0, 7]].tolist() == [6.35, 5.19]
    assert key_profile("minor", "albrecht")[[0, 3]].tolist() == [0.220, 0.123]
    for mode in ("major", "minor"):  # shares of notes: they sum to one, but for rounding
        assert key_profile(mode, "albrecht").sum() == pytest.approx(1, abs=0.006)


@given(scores(pitches=(12, 115), chords=False), st.integers(-12, 12))
def test_the_key_moves_with_the_notes(score, semitones):
    marks, moved = key_correlations(pitched(score)), key_correlations(pitched(transpose(score, semitones)))
    assert np.roll(marks, semitones, axis=1) == pytest.approx(moved)
    assert np.abs(marks).max() <= 1 + 1e-9


def test_correlations_are_numpys():
    score = line(TUNES["D minor"])
    weights = np.zeros(12)
    for _, duration, pitch, *_ in score.tracks[0].notes.tolist():
        weights[pitch % 12] += duration
    naive = [[np.corrcoef(weights, np.roll(key_profile(mode), tonic))[0, 1] for tonic in range(12)]
             for mode in ("major", "minor")]
    assert key_correlations(pitched(score)) == pytest.approx(np.array(naive))


def test_what_cannot_be_asked():
    with pytest.raises(ScoreError, match="no notes"):
        find_key(Score())
    with pytest.raises(UnknownNameError, match="did you mean krumhansl"):
        key_profile("major", "krumhansel")
    with pytest.raises(UnknownNameError, match="mode"):
        key_profile("blues")
    assert key_clarity(Score()) == 0


def test_same_key_hears_no_spelling():
    assert same_key(Key(0, 6), Key(480, -6))
    assert not same_key(parse_key("C"), parse_key("A minor"))


@pytest.mark.corpora
@pytest.mark.parametrize("number", ["66.6", "7.7", "269", "347", "153.1"])
def test_krumhansls_profiles_find_what_music21_finds(number):
    from music21 import corpus

    parsed = corpus.parse(f"bwv{number}")
    rows = [
        (round(float(note.getOffsetInHierarchy(parsed)) * 480), round(float(note.quarterLength) * 480), pitch.midi)
        for note in parsed.flatten().notes if note.quarterLength > 0
        for pitch in note.pitches
    ]
    ours = find_key(Score(tracks=(Track(notes(rows)),)), profile="krumhansl", final=0)
    theirs = parsed.analyze("key.krumhanslschmuckler")
    assert (ours.tonic, ours.mode) == (theirs.tonic.pitchClass, theirs.mode)
