"""The command `realism`: takes of a folder and of a method beside real pieces."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from componium import formats
from componium.cli import program
from componium.music.score import Meter, Score, Track, notes

pytest.importorskip("sklearn")
runner = CliRunner()


def write_tunes(folder, seed, steps):
    """Twelve walks of four bars by some steps, in eighths."""
    rng = np.random.default_rng(seed)
    for number in range(12):
        pitches = np.clip(64 + rng.choice(steps, 32).cumsum(), 40, 90)
        track = Track(notes([(240 * at, 240, pitch) for at, pitch in enumerate(pitches.tolist())]))
        formats.write(Score((track,), meters=(Meter(0, 4, 4),)), folder / f"tune{number}.mid")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_tunes(tmp_path / "takes", 1, [-5, 4, 7, -6])
    write_tunes(tmp_path / "tunes", 2, [-2, -1, 1, 2])
    return tmp_path


def test_a_folder_of_takes_is_compared_printed_and_drawn(folders):
    words = ["realism", "takes", "--corpus", "tunes", "--style", "tunes", "--bars", "4", "--against", "all"]
    result = runner.invoke(program, [*words, "--picture", "told.png"])
    assert result.exit_code == 0, result.output
    assert "tunes: 12 takes of takes and 12 real pieces (all), 4 bars each" in result.stdout
    assert "AUC 1.00" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["step_rate", "melody", "0.0376", "1", "-1.00", "-1.00"] in [row[:6] for row in rows]
    assert (folders / "told.png").read_bytes()[:4] == b"\x89PNG"


def test_a_method_learns_from_the_corpus_and_json_has_it_all(folders):
    words = ["realism", "markov", "--corpus", "tunes", "--bars", "4", "-n", "10", "--against", "all", "--json"]
    result = runner.invoke(program, words)
    assert result.exit_code == 0, result.output
    verdict, = json.loads(result.stdout)
    assert (verdict["style"], verdict["name"], verdict["realism"]["n_generated"]) == ("tunes", "markov", 10)
    assert 0 <= verdict["realism"]["auc"] <= 1 and verdict["retention"] is None
    assert {"feature", "group", "generated", "real", "delta", "interval"} == set(verdict["realism"]["effects"][0])


def test_too_few_held_out_pieces_are_an_error_that_says_so(folders):
    result = runner.invoke(program, ["realism", "takes", "--corpus", "tunes", "--bars", "4"])
    assert result.exit_code == 1
    assert "real pieces of 4 bars or more; expected at least 10" in result.stderr


def test_a_folder_of_takes_has_one_style(folders):
    words = ["realism", "takes", "--corpus", "tunes", "--style", "tunes", "--style", "takes"]
    result = runner.invoke(program, words)
    assert result.exit_code == 1 and "no style called 'takes'" in result.stderr
