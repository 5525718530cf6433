"""The commands that report: corpora and models."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

from componium import formats
from componium.cli import models, program
from componium.music.score import Score, Track, notes

runner = CliRunner()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with three tunes and a file that is none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    music = tmp_path / "music"
    for number in range(3):
        track = Track(notes([(at * 480, 480, 60 + (number + 2) * at % 12, 80) for at in range(16)]))
        formats.write(Score((track,)), music / f"tune{number}.mid")
    (music / "notes.txt").write_text("not music")
    return music


def test_a_folder_is_described(folder):
    about = json.loads(runner.invoke(program, ["corpora", str(folder), "--json"]).stdout)
    assert (about["name"], about["pieces"], about["notes"], about["quarters"]) == ("music", 3, 48, 48)
    assert sum(about["split"].values()) == 3
    assert [row["file"] for row in about["left_out"]] == ["notes.txt"]


def test_what_reading_loses_is_listed():
    result = runner.invoke(program, ["formats"])
    assert "loses sustain-pedal when it is read: is applied" in result.stdout
    assert "loses program-changes when it is read: " in result.stdout


def test_what_was_left_out_is_listed_with_its_reason(folder):
    result = runner.invoke(program, ["corpora", str(folder), "--left-out"])
    assert "left out: notes.txt: no format has the suffix .txt" in result.stdout


def test_an_unknown_corpus_is_an_error_that_names_the_near_one():
    result = runner.invoke(program, ["corpora", "chorale"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did you mean chorales or" in result.stderr


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of models with one in it."""
    model = tmp_path / "weights/small"
    model.mkdir(parents=True)
    save_file({"w": np.zeros(4, dtype=np.float32)}, model / "model.safetensors")
    (model / "config.json").write_text('{"method": "markov"}')
    (model / "README.md").write_text("---\nlicence: x\n---\n# Small\n\nA small model.\n")
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "weights")
    return model


def test_models_are_listed(shelf):
    [row] = json.loads(runner.invoke(program, ["models", "--json"]).stdout)
    assert (row["name"], row["method"], row["summary"]) == ("small", "markov", "A small model.")
    assert row["bytes"] == (shelf / "model.safetensors").stat().st_size
    assert len(row["weights"]) == 16
    assert runner.invoke(program, ["models"]).stdout.startswith("small  markov  0.0 MB  ")


def test_models_name_their_credits(shelf):
    lines = runner.invoke(program, ["models", "--credits"]).stdout.splitlines()
    assert lines[:3] == ["small learned from", "  no music", "performances learned from"]
    assert "Groove MIDI Dataset: CC BY 4.0" in lines[3]
    credited = json.loads(runner.invoke(program, ["models", "--credits", "--json"]).stdout)
    assert credited["small"] == ["no music"] and set(credited) == {"small", "performances"}


def test_an_older_model_is_credited_by_license_and_citation():
    assert models.list_credits({"license": "a: CC0\nb: CC BY", "citation": "A. B."}) == ["a: CC0", "b: CC BY", "A. B."]
    assert models.list_credits({"license": "CC0", "credits": ["c: CC0", "  D"]}) == ["c: CC0", "  D"]


def test_without_models_stderr_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    result = runner.invoke(program, ["models"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "componium train" in result.stderr
