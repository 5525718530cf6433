"""The commands vary, extend, accompany, arrange and harmonize with a model with regions."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import componium
from componium.cli import program
from componium.formats import midi
from componium.methods.base import make
from componium.music.time import bar_lines
from componium.testing.music import make_corpus, make_tune


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    make("markov", order=1, codec={"name": "events", "regions": True}).fit(make_corpus()).save(path)
    return path


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    componium.write(make_tune(3), tmp_path / "tune.mid")
    return tmp_path / "tune.mid"


def run(command: str, *words: object) -> Result:
    return CliRunner().invoke(program, [command, *map(str, words), "--seed", "1"])


def test_vary_keeps_bars_and_voices_counted_from_1(folder: Path, tune: Path, tmp_path: Path) -> None:
    done = run("vary", tune, tmp_path / "new.mid", "--strength", 1, "--keep-bars", "1-2", "--keep-voices", 2,
               "--method", folder)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    before, after = componium.read(tune), componium.read(tmp_path / "new.mid")
    assert before.tracks[1].notes.tolist() == after.tracks[1].notes.tolist()
    kept = [score.tracks[0].notes[score.tracks[0].notes["onset"] < bar_lines(before)[2]].tolist()
            for score in (before, after)]  # fmt: skip
    assert kept[0] == kept[1] and "bar 3," in done.stderr and "bar 1," not in done.stderr


def test_extend_adds_bars(folder: Path, tune: Path, tmp_path: Path) -> None:
    done = run("extend", tune, tmp_path / "new.mid", "--bars", 2, "-n", 2, "--json", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert [take["measured"]["bars"] for take in json.loads(done.stdout)] == [make_tune(3).n_bars + 2] * 2
    assert (tmp_path / "new-1.mid").exists() and (tmp_path / "new-2.mid").exists()


def test_accompany_adds_two_hands(folder: Path, tune: Path, tmp_path: Path) -> None:
    done = run("accompany", tune, tmp_path / "new.mid", "--method", folder)
    assert done.exit_code == 0, done.stderr
    before, after = componium.read(tune), componium.read(tmp_path / "new.mid")
    assert [track.notes.tolist() for track in after.tracks[:2]] == [track.notes.tolist() for track in before.tracks]
    assert [track.name for track in after.tracks[2:]] == [f"acoustic grand piano {hand} hand"
                                                          for hand in ("right", "left")]  # fmt: skip


def test_arrange_gives_the_piece_to_others(folder: Path, tune: Path, tmp_path: Path) -> None:
    done = run("arrange", tune, tmp_path / "new.mid", "--instruments", "flute,oboe,bassoon", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert [track.program for track in componium.read(tmp_path / "new.mid").tracks] == [73, 68, 70]


def test_harmonize_writes_chord_symbols(folder: Path, tune: Path, tmp_path: Path) -> None:
    done = run("harmonize", tune, tmp_path / "new.musicxml", "--chords-only", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert componium.read(tmp_path / "new.musicxml").chords


@pytest.mark.parametrize(("words", "code", "told"), [
    (["vary", "--keep-bars", "0-2"], 2, "bars 1 to"), (["vary", "--keep-voices", "kazoo"], 1, "kazoo"),
    (["accompany", "--instruments", "kazoo"], 1, "kazoo"), (["arrange", "--instruments", "drums"], 1, "pitches"),
    (["extend", "--bars", "0"], 2, "0"), (["infill", "--register", "low"], 2, "C4-A5"),
    (["infill", "--register", "C5-C4"], 1, "the lower pitch first"),
])  # fmt: skip
def test_refusals_say_why(folder: Path, tune: Path, tmp_path: Path, words: list[str], code: int, told: str) -> None:
    done = run(words[0], tune, tmp_path / "new.mid", *words[1:], "--method", folder)
    assert (done.exit_code, told in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "new.mid").exists()


def test_compose_over_chords(folder: Path, tmp_path: Path) -> None:
    done = run("compose", "--chords", "C | F G9", "--key", "C", "--bars", 4, "--formats", "json", "-o", tmp_path,
               "--method", folder)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "G9 as G7" in done.stderr and "chords_agree" in done.stderr


def played(path: Path) -> "componium.Score":
    """The notes as a player plays them: without the score that the file carries."""
    data = path.read_bytes().replace(b"componium score 1", b"componium nothing")
    return midi.loads(data)


@pytest.mark.parametrize("words", [["extend", "--bars", 1], ["accompany"], ["arrange", "--instruments", "oboe,bassoon"],
                                   ["harmonize"]])  # fmt: skip
def test_what_is_written_anew_is_performed(folder: Path, tune: Path, tmp_path: Path, words: list[object]) -> None:
    command, *options = words
    componium.write(replace(make_tune(3), tracks=make_tune(3).tracks[:1]), tune)
    for name, expression in (("played", ()), ("plain", ("--expression", 0))):
        done = run(str(command), tune, tmp_path / f"{name}.mid", *options, *expression, "--method", folder)
        assert done.exit_code == 0, done.stderr
    assert componium.read(tmp_path / "played.mid") == componium.read(tmp_path / "plain.mid")
    assert len(played(tmp_path / "played.mid").tempos) > 1 == len(played(tmp_path / "plain.mid").tempos)


def test_a_file_that_is_patched_is_not_performed(folder: Path, tune: Path, tmp_path: Path) -> None:
    done = run("infill", tune, tmp_path / "new.mid", "--bars", 2, "--method", folder)
    assert "patched" in done.stderr, done.stderr
    assert played(tmp_path / "new.mid").tempos == componium.read(tune).tempos
    done = run("infill", tune, tmp_path / "new.midi", "--bars", 2, "--method", folder)
    assert "patched" in done.stderr


def test_a_piece_that_a_player_recorded_is_not_performed_again(folder: Path, tune: Path, tmp_path: Path) -> None:
    score = make_tune(3)
    array = score.tracks[0].notes.copy()
    array["velocity"] = 40 + np.arange(len(array)) % 80
    componium.write(replace(score, tracks=(replace(score.tracks[0], notes=array), *score.tracks[1:])), tune)
    done = run("extend", tune, tmp_path / "new.mid", "--bars", 1, "--method", folder)
    assert "dynamics of its own: played as it stands" in done.stderr
    assert len(played(tmp_path / "new.mid").tempos) == 1
    done = run("extend", tune, tmp_path / "new.mid", "--bars", 1, "--expression", 1, "--method", folder)
    assert "played as it stands" not in done.stderr and len(played(tmp_path / "new.mid").tempos) > 1


def test_a_performance_of_ours_is_written_anew(folder: Path, tune: Path, tmp_path: Path) -> None:
    componium.write(componium.perform(make_tune(3)), tune)
    done = run("infill", tune, tmp_path / "new.mid", "--bars", 2, "--method", folder)
    assert "written anew" in done.stderr and "a performance of a score" in done.stderr
    assert len(played(tmp_path / "new.mid").tempos) > 1
