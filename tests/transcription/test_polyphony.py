"""Polyphony: note decoding on posteriors made by hand, and the model where it is at hand."""

import numpy as np
import pytest

from componium.errors import FormatError, MissingExtraError
from componium.transcription import Sound, detect_notes, model, polyphony

RATE = model.RATE / model.HOP


def posteriors(rows, frames=200):
    onset, note = np.zeros((frames, 88), dtype=np.float32), np.zeros((frames, 88), dtype=np.float32)
    for start, stop, pitch in rows:
        onset[start, pitch - 21] = 0.9
        note[start:stop, pitch - 21] = 0.8
    return model.Posteriors(onset, note)


def test_notes_begin_at_peaks_and_last_while_they_sound():
    notes = polyphony.decode(posteriors([(10, 50, 60), (10, 90, 64), (60, 90, 60)]))
    assert notes["pitch"].tolist() == [60, 64, 60]
    assert np.allclose(notes["onset_second"] * RATE, [10, 10, 60], atol=0.01)
    assert np.allclose(notes["offset_second"] * RATE, [50, 90, 90], atol=1.01)


def test_a_key_struck_again_while_it_sounds_is_two_notes():
    notes = polyphony.decode(posteriors([(10, 50, 60), (50, 90, 60)]))
    assert np.allclose(notes["offset_second"] * RATE, [50, 90], atol=1.01)


def test_what_is_too_short_or_silent_is_no_note():
    assert not len(polyphony.decode(posteriors([(10, 13, 60)])))
    assert not len(polyphony.decode(posteriors([])))
    assert not len(polyphony.detect_notes(Sound(np.zeros(5000, dtype=np.float32), 22_050)))


def test_without_the_model_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(model, "find", lambda: None)
    with pytest.raises(MissingExtraError, match="transcribe --fetch"):
        detect_notes(Sound(np.ones(5000, dtype=np.float32), 22_050), "poly")


def test_another_file_is_not_run(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(b"something else")
    monkeypatch.setattr(model, "find", lambda: tmp_path / "model.onnx")
    with pytest.raises(FormatError, match="fetch it again"):
        model.predict(Sound(np.ones(5000, dtype=np.float32), 22_050))


@pytest.mark.skipif(not model.ready(), reason="needs the extra `transcribe` and `componium transcribe --fetch`")
def test_the_model_detects_chords_across_its_windows():
    time = np.arange(22_050) / 22_050
    chords_played = [(60, 64, 67), (62, 65, 69), (59, 62, 67), (60, 64, 72)]
    def struck(pitch):
        return sum(np.sin(2 * np.pi * k * 440 * 2 ** ((pitch - 69) / 12) * time) / k**2 for k in range(1, 6))

    samples = np.concatenate([sum(map(struck, chord)) * np.exp(-3 * time) for chord in chords_played])
    notes, texture = detect_notes(Sound((samples / np.abs(samples).max()).astype(np.float32), 22_050), "auto")
    assert texture == "poly"
    for second, chord in enumerate(chords_played):
        near = np.abs(notes["onset_second"] - second) < 0.06
        assert set(chord) <= set(notes["pitch"][near].tolist())
