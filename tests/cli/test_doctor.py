"""`componium doctor`: what is there and what is missing, as the package itself states its needs."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from componium.cli import doctor, program

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
runner = CliRunner()


def test_every_extra_is_examined():
    assert set(doctor.examine()["extras"]) == set(PROJECT["optional-dependencies"]) - {"all"}


def test_the_core_is_all_there():
    core = doctor.examine()["core"]
    assert set(core) == {re.match(r"[\w-]+", line)[0] for line in PROJECT["dependencies"]}
    assert all(core.values())


@pytest.fixture
def nothing_installed(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "version", missing)


def test_what_is_missing_comes_with_the_line_that_installs_it(nothing_installed):
    result = runner.invoke(program, ["doctor"])
    assert result.exit_code == 0
    for extra in set(PROJECT["optional-dependencies"]) - {"all"}:
        assert f"pip install 'componium[{extra}]'" in result.stdout


def test_missing_is_told_in_json_too(nothing_installed):
    train = json.loads(runner.invoke(program, ["doctor", "--json"]).stdout)["extras"]["train"]
    assert train["present"] is False
    needs = PROJECT["optional-dependencies"]["train"]
    assert sorted(train["missing"]) == sorted(re.match(r"[\w-]+", line)[0] for line in needs)


def test_without_a_soundfont_it_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr("componium.render.soundfont.installed", lambda: None)
    assert doctor.SOUNDFONT in runner.invoke(program, ["doctor"]).stdout


def test_it_reports_whether_the_transcription_model_is_there_and_how_to_get_it(monkeypatch, tmp_path):
    from componium.transcription import model

    monkeypatch.setattr("componium.transcription.model.find", lambda: None)
    assert model.FETCH in runner.invoke(program, ["doctor"]).stdout
    monkeypatch.setattr("componium.transcription.model.find", lambda: tmp_path / "model.onnx")
    assert str(tmp_path / "model.onnx") in runner.invoke(program, ["doctor"]).stdout
    report = json.loads(runner.invoke(program, ["doctor", "--json"]).stdout)["transcription"]
    assert report == {"model": str(tmp_path / "model.onnx"), "install": None}


def test_the_engine_is_told(monkeypatch):
    monkeypatch.delenv("COMPONIUM_ENGINE", raising=False)
    assert re.search(r"engine +(ONNX Runtime [\d.]+ for nets in|numpy)", runner.invoke(program, ["doctor"]).stdout)
    monkeypatch.setenv("COMPONIUM_ENGINE", "numpy")
    assert re.search(r"engine +numpy \(COMPONIUM_ENGINE=numpy\)", runner.invoke(program, ["doctor"]).stdout)
    monkeypatch.setenv("COMPONIUM_ENGINE", "abacus")
    assert "COMPONIUM_ENGINE=abacus; expected one of auto" in runner.invoke(program, ["doctor"]).stdout


def test_without_onnx_runtime_it_says_how_to_compose_faster(monkeypatch, nothing_installed):
    monkeypatch.delenv("COMPONIUM_ENGINE", raising=False)
    assert "faster with: pip install 'componium[fast]'" in runner.invoke(program, ["doctor"]).stdout
