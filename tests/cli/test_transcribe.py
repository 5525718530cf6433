"""`componium transcribe`: a recording as a score, and its manners."""

import json
import re
import wave

import numpy as np
import pytest
from click.testing import CliRunner

import componium
from componium.cli import program

runner = CliRunner()


@pytest.fixture
def recording(tmp_path):
    time = np.arange(5000) / 16_000
    tones = [np.sin(2 * np.pi * 440 * 2 ** (k / 12) * time) * np.hanning(5000) ** 0.2 for k in (0, 2, 4, 5, 7, 5, 4, 2)]
    path = tmp_path / "tune.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(np.rint(30_000 * np.concatenate(tones)).astype("<i2").tobytes())
    return path


def test_a_solo_line_becomes_a_score_with_a_report(recording, tmp_path):
    out = tmp_path / "tune.mid"
    options = ["--solo", "--meter", "4/4", "--instrument", "violin", "--json"]
    result = runner.invoke(program, ["transcribe", str(recording), str(out), *options])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["texture"], report["n_notes"], report["meter"]) == ("solo", 8, "4/4")
    score = componium.read(out)
    assert score.tracks[0].notes["pitch"].tolist() == [69, 71, 73, 74, 76, 74, 73, 71]
    assert score.tracks[0].program == 40


def test_what_was_transcribed_is_said(recording, tmp_path, monkeypatch):
    from componium.transcription import model

    monkeypatch.setattr(model, "find", lambda: None)
    arguments = ["transcribe", str(recording), str(tmp_path / "tune.mid"), "--solo"]
    said = runner.invoke(program, arguments).stderr
    assert re.search(r"8 notes \(solo\), 192 a minute, \d% silence, .* run .*componium transcribe --fetch", said)
    report = json.loads(runner.invoke(program, [*arguments, "--json"]).stdout)
    assert report["notes_per_minute"] == 192
    assert 0 <= report["silence"] < 0.1
    assert report["advice"].endswith(model.FETCH)


def test_with_the_model_there_a_solo_line_is_said_to_be_one(recording, tmp_path, monkeypatch):
    monkeypatch.setattr("componium.transcription.model.missing", lambda: "")
    arguments = ["transcribe", str(recording), str(tmp_path / "tune.mid"), "--solo", "--json"]
    assert "--poly" in json.loads(runner.invoke(program, arguments).stdout)["advice"]


def test_reading_a_recording_says_what_was_transcribed(recording, tmp_path):
    result = runner.invoke(program, ["convert", str(recording), str(tmp_path / "tune.json")])
    assert "transcribed: 8 notes, 192 a minute" in result.stderr
    result = runner.invoke(program, ["convert", str(tmp_path / "tune.json"), str(tmp_path / "tune.mid")])
    assert "transcribed" not in result.stderr


def test_stdout_takes_the_score_and_stderr_the_words(recording):
    result = runner.invoke(program, ["transcribe", str(recording), "-", "--to", "mid", "--solo", "--as-played"])
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"MThd")
    assert "notes (solo)" in result.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["in.wav"], ["in.wav", "-", "--to", "mid", "--json"], ["in.wav", "out.docx"]]
)
def test_wrong_use_is_told(arguments):
    result = runner.invoke(program, ["transcribe", *arguments])
    assert result.exit_code == 2 or result.exception


def test_what_is_no_recording_is_named(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("not sound")
    result = runner.invoke(program, ["transcribe", str(path), str(tmp_path / "out.mid")])
    assert result.exit_code == 1
    assert "text.wav" in result.stderr
    assert not (tmp_path / "out.mid").exists()
