"""MIDI files of performances: read as the score that is in them while they are unchanged."""

import mido
import pytest

from componium.errors import RepairWarning
from componium.formats import midi
from componium.formats.midi.embedding import embed_score, find_score
from componium.music.score import Score, Track, notes
from componium.performance.perform import perform

SCORE = Score((Track(notes([(480 * at, 480, 60 + at % 5) for at in range(16)]), program=40, name="Violin"),))
PLAYED = perform(SCORE, "air")


def test_other_programs_read_what_is_played(tmp_path):
    path = tmp_path / "played.mid"
    path.write_bytes(midi.dumps(PLAYED))
    track = mido.MidiFile(path).tracks[1]
    velocities = [message.velocity for message in track if message.type == "note_on"]
    assert velocities == PLAYED.sounding.tracks[0].notes["velocity"].tolist()
    assert len([message for message in mido.MidiFile(path).tracks[0] if message.type == "set_tempo"]) > 10


def test_once_edited_the_played_notes_are_read():
    data = bytearray(midi.dumps(PLAYED))
    at = data.rfind(bytes([0x90, 64]))  # the last note-on of this pitch
    data[at + 1] = 65
    edited = bytes(data).replace(bytes([0x80, 64, 64]), bytes([0x80, 65, 64]))
    assert find_score(edited) is None
    with pytest.warns(RepairWarning):
        score = midi.loads(edited)
    assert score.n_notes == SCORE.n_notes and len(score.tempos) > 10


def test_a_score_alone_has_no_score_in_it():
    assert find_score(midi.dumps(SCORE)) is None
    assert find_score(b"") is None


CUTS = [lambda data: data[:-9], lambda data: data[:22] + b"\0\xff\x7f", lambda data: data[:26] + b"\xff" * 40]


@pytest.mark.parametrize("damage", CUTS)
def test_a_damaged_one_is_passed_over(damage):
    assert find_score(damage(midi.dumps(PLAYED))) is None


def test_a_score_too_large_is_passed_over(monkeypatch):
    monkeypatch.setattr("componium.formats.midi.embedding.MAX_BYTES", 10)
    assert find_score(embed_score(midi.dumps(SCORE), midi.dumps(SCORE))) is None
