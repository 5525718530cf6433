"""`componium.transcribe` on files and on sound."""

from pathlib import Path

import pytest

import componium
from componium.errors import ControlError, FormatError
from componium.music.score import Meter, Score, Track, notes


def test_a_file_is_transcribed_as_its_sound_is(tmp_path: Path) -> None:
    tune = Score((Track(notes([(480 * at, 480, 60 + at) for at in range(8)]), 73),))
    componium.write(tune, tmp_path / "tune.wav")
    score = componium.transcribe(tmp_path / "tune.wav", texture="solo", meter="4/4", qpm=120)
    sound = componium.transcription.decode((tmp_path / "tune.wav").read_bytes())
    assert score == componium.transcribe(sound, texture="solo", meter=Meter(0, 4, 4), qpm=120)
    assert score.n_notes >= 8


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tune.wav").write_text("a tune")
    with pytest.raises(FormatError, match=r"tune\.wav"):
        componium.transcribe(tmp_path / "tune.wav")
    with pytest.raises(ControlError, match="path of a file"):
        componium.transcribe(3)  # type: ignore[arg-type]
