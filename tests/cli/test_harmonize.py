"""`componium harmonize` by rules: a melody, numerals, both; and what it refuses."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("ortools")

import componium
from componium.cli import harmonize, program
from componium.errors import ControlError
from componium.music.pitch import parse_key
from componium.music.score import Score, Track, notes


def run(*arguments: object) -> Result:
    return CliRunner().invoke(harmonize.command, [str(argument) for argument in arguments])


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    rows = [(480 * at, 480, pitch) for at, pitch in enumerate((64, 65, 62, 60))]
    componium.write(Score((Track(notes(rows)),), keys=(parse_key("C"),)), tmp_path / "tune.mid")
    return tmp_path / "tune.mid"


def test_a_melody_by_rules(tune: Path) -> None:
    found = tune.with_name("hymn.mid")
    assert run(tune, found, "--method", "rules", "--seed", 1).exit_code == 0
    score = componium.read(found)
    assert len(score.tracks) == 4 and score.tracks[0].notes["pitch"].tolist() == [64, 65, 62, 60]


def test_a_bass_by_rules(tune: Path) -> None:
    found = tune.with_name("hymn.mid")
    result = run(tune, found, "--method", "rules", "--given", "bass", "--numerals", "I6 IV ii I")
    assert result.exit_code == 0
    assert componium.read(found).tracks[3].notes["pitch"].tolist() == [64, 65, 62, 60]


def test_numerals_alone(tmp_path: Path) -> None:
    found = tmp_path / "hymn.mid"
    assert run(found, "--method", "rules", "--numerals", "i iv V i", "--key", "E minor").exit_code == 0
    assert [int(track.notes["pitch"][0]) % 12 for track in componium.read(found).tracks][-1] == 4


@pytest.mark.parametrize(("arguments", "code", "told"), [
    (["--method", "rules"], 2, "OUT"), (["--numerals", "I V I"], 1, "no parameter 'numerals' of hmm"),
    (["--method", "dice", "--numerals", "I V I"], 1, "can't harmonize"),
])  # fmt: skip
def test_what_it_cannot_do_is_said(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    result = CliRunner().invoke(program, ["harmonize", str(tmp_path / "hymn.mid"), *arguments])
    assert (result.exit_code, told in result.output) == (code, True)


def test_a_melody_that_clashes_says_so(tune: Path) -> None:
    result = run(tune, tune.with_name("hymn.mid"), "--method", "rules", "--key", "E major")
    assert isinstance(result.exception, ControlError) and "these clash: progression, at bars 1" in str(result.exception)


def test_what_cannot_harmonize_is_refused(tune: Path) -> None:
    result = run(tune, tune.with_name("hymn.mid"), "--method", "dice")
    assert isinstance(result.exception, ControlError) and "can't harmonize" in str(result.exception)
