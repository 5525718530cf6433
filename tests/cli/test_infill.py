"""The infill command: bars and voices are counted from 1, alternatives are numbered, changes are printed."""

import json

import pytest
from click.testing import CliRunner

import componium
from componium.cli import program
from componium.methods.base import make
from componium.music.time import bar_lines
from componium.testing.music import make_corpus, make_tune

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    make("markov", order=1, codec={"name": "events", "regions": True}).fit(make_corpus()).save(path)
    return path


@pytest.fixture
def tune(tmp_path):
    componium.write(make_tune(3), tmp_path / "tune.mid")
    return tmp_path / "tune.mid"


def infill(*words):
    return runner.invoke(program, ["infill", *map(str, words), "--seed", "1"])


def test_the_bars_named_are_written_and_no_others(folder, tune, tmp_path):
    done = infill(tune, tmp_path / "new.mid", "--bars", "3-4", "--method", folder)
    assert done.exit_code == 0, done.stderr
    before, after = componium.read(tune), componium.read(tmp_path / "new.mid")
    lines = bar_lines(before)
    for old, new in zip(before.tracks, after.tracks, strict=True):
        kept = [array[(array["onset"] < lines[2]) | (array["onset"] >= lines[4])] for array in (old.notes, new.notes)]
        assert kept[0].tolist() == kept[1].tolist()
    assert "bar 3," in done.stderr


def test_alternatives_are_numbered(folder, tune, tmp_path):
    done = infill(tune, tmp_path / "new.mid", "--bars", "2", "--voices", "1", "-n", "2", "--json", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert [take["file"] for take in json.loads(done.stdout)] == [str(tmp_path / f"new-{at}.mid") for at in (1, 2)]
    assert (tmp_path / "new-2.mid").exists()


@pytest.mark.parametrize("wrong", [["--bars", "x"], ["--bars", "0-2"], ["--bars", "900"], ["--voices", "9"]])
def test_wrong_wishes_are_refused(folder, tune, tmp_path, wrong):
    done = infill(tune, tmp_path / "new.mid", *wrong, "--method", folder)
    assert done.exit_code in (1, 2)
    assert done.stderr.startswith(("error:", "Usage:"))
    assert not (tmp_path / "new.mid").exists()
