"""Chord labels: textbook progressions, silence, and the reference labeler of the data folder."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from componium import corpora
from componium.analysis.chord_labels import chord_beats, label_beats, label_chords, vote_chords
from componium.codecs.events import Events
from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.time import bar_lines

QUALITIES = {"": "maj", "m": "min"}  # where the reference names one otherwise
DATA = os.environ.get("COMPONIUM_DATA")


def chorale(*chords, key=None):
    """A score of chords, a quarter each, one track a voice from the top."""
    voices = zip(*(reversed(chord) for chord in chords), strict=True)
    tracks = [Track(notes((at * 480, 480, pitch) for at, pitch in enumerate(voice))) for voice in voices]
    return Score(tuple(tracks), keys=(key,) if key else (), meters=(Meter(0, 4, 4),))


def test_votes_are_counted_beat_by_beat():
    tonic, subdominant, dominant = (48, 55, 64, 72), (53, 57, 65, 69), (55, 59, 62, 67)
    settings = [chorale(tonic, subdominant, tonic), chorale(tonic, dominant, tonic), chorale(tonic, dominant, dominant)]
    assert vote_chords(settings) == label_chords(chorale(tonic, dominant, tonic))
    assert vote_chords(settings[:1] * 3) == label_chords(settings[0])


def test_a_cadence_is_named():
    score = chorale((48, 55, 64, 72), (53, 57, 65, 69), (55, 59, 65, 74), (48, 55, 64, 72))
    assert [chord.symbol for chord in label_chords(score)] == ["C", "F", "G7", "C"]
    assert [chord.tick for chord in label_chords(score)] == [0, 480, 960, 1440]


def test_roots_are_spelled_for_the_key():
    score = chorale((46, 58, 62, 65), (51, 58, 63, 67), key=Key(0, -3))
    assert [chord.symbol for chord in label_chords(score)] == ["Bb", "Eb"]


def test_drums_have_no_chord():
    kit = Track(notes([(0, 480, 36), (480, 480, 38)]), is_drum=True)
    assert label_beats(Score((kit,))) == []


def test_a_bar_of_three_eighths_is_one_beat():
    score = Score((Track(notes([(0, 1440, 60)])),), meters=(Meter(0, 3, 8),))
    edges, is_line = chord_beats(score)
    assert edges.tolist() == [0, 720, 1440]
    assert is_line.all()


@pytest.mark.data
@pytest.mark.corpora
@pytest.mark.skipif(not DATA or not (Path(DATA).parent / "flagship").is_dir(), reason="needs the reference labeler")
@pytest.mark.parametrize("name", ["chorales", "fiddle"])
def test_labels_are_those_of_the_reference(name):
    spec = importlib.util.spec_from_file_location("harmony", Path(DATA).parent / "flagship" / "harmony.py")
    harmony = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harmony)
    for piece in corpora.load(name).pieces[:20]:
        score = Events().canonicalize(piece.score)
        lines = np.array(bar_lines(score))
        expected = [(int(tick), harmony.NAMES[at]) for tick, at in harmony.label(score, lines)]
        labels = label_beats(score)
        kept = [label for at, label in enumerate(labels)
                if at == 0 or label.tick in lines or label.chord != labels[at - 1].chord]
        found = [(tick, (chord.root, QUALITIES.get(chord.quality, chord.quality)) if chord else ("N", ""))
                 for tick, chord in kept]
        assert found == expected
