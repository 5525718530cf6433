"""Coverage: notes a minute and silence, of the recording and not only of the score."""

import numpy as np
import pytest

from componium.music.score import Score, Tempo, Track, notes
from componium.transcription import Sound, coverage, model, transcribe


def scored(rows, seconds):
    return Score((Track(notes(rows)),), tempos=(Tempo(0, 60.0),), info=((coverage.SECONDS, str(seconds)),))


def test_silence_is_what_no_note_covers():
    ticks = Score().ticks_per_quarter  # a second each, at 60 quarters a minute
    one = scored([(0, 2 * ticks, 60), (ticks, 2 * ticks, 64), (5 * ticks, ticks, 60)], 10)
    covered = coverage.measure([one, scored([], 10)])
    assert (covered.n_notes, covered.seconds) == (3, 20)
    assert covered.notes_per_minute == pytest.approx(9)
    assert covered.silence == pytest.approx(1 - 4 / 20)


def test_no_recording_is_all_silence():
    covered = coverage.measure([])
    assert (covered.n_notes, covered.notes_per_minute, covered.silence) == (0, 0, 1)


def test_a_transcription_states_the_length_of_its_recording():
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    sound = Sound(np.concatenate([tone, np.zeros(24_000)]).astype(np.float32), 8000)
    covered = coverage.measure([transcribe(sound, texture="solo")])
    assert (covered.n_notes, covered.seconds) == (1, 4)
    assert covered.silence == pytest.approx(0.75, abs=0.05)
    silent = coverage.measure([transcribe(Sound(np.zeros(8000, np.float32), 8000), texture="solo")])
    assert (silent.n_notes, silent.seconds, silent.silence) == (0, 1, 1)


def test_only_what_is_missing_is_advised(monkeypatch):
    monkeypatch.setattr(model, "find", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert model.missing() == f"{model.INSTALL} and {model.FETCH}"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert model.missing() == model.FETCH and coverage.advice().endswith(model.FETCH)
    monkeypatch.setattr(model, "find", lambda: "model.onnx")
    assert model.missing() == coverage.advice() == "" and model.ready()
