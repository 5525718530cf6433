"""The dream command: scores are varied, recordings of any sound are composed along, and a film is written."""

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from componium.cli import program
from componium.cli.dream import command
from componium.formats import midi
from componium.inference.dream import shapes_of
from componium.methods.dream import Dream
from componium.music.score import Score, Track, notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = Dream(**Dream.TINY)
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes_of(model._sizes).items()}
    model.set_weights({"profiles": {}}, weights).save(tmp_path / "model")
    tune = Score((Track(notes([(480 * at, 480, 60 + at) for at in range(8)])),))
    (tmp_path / "in.mid").write_bytes(midi.dumps(tune))
    return tmp_path


@pytest.mark.parametrize("film", ["film.png", "film.gif", "frames"])
def test_it_writes_the_dream_and_its_film(folder: Path, film: str) -> None:
    asked = [str(folder / "in.mid"), str(folder / "out.mid"), "--method", str(folder / "model"),
             "--film", str(folder / film)]
    done = CliRunner().invoke(command, [*asked, "--strength", "0.5"])
    assert done.exit_code == 0, done.output
    assert midi.loads((folder / "out.mid").read_bytes()).n_notes
    made = folder / film
    first = (made / "0000.png" if made.is_dir() else made).read_bytes()
    assert first.startswith(b"GIF89a" if film.endswith("gif") else b"\x89PNG")


def test_at_strength_0_the_notes_are_those_of_the_input(folder: Path) -> None:
    asked = [str(folder / "in.mid"), str(folder / "out.mid"), "--method", str(folder / "model"), "--strength", "0"]
    assert CliRunner().invoke(command, asked).exit_code == 0
    before, after = (midi.loads((folder / name).read_bytes()) for name in ("in.mid", "out.mid"))
    assert before == replace(after, info=before.info) and "strength=0" in after.about("provenance")


def test_without_a_model_the_one_that_came_along_dreams(folder: Path) -> None:
    asked = [str(folder / "in.mid"), str(folder / "out.mid"), "--strength", "1"]
    done = CliRunner().invoke(command, asked)
    assert done.exit_code == 0, done.output
    assert midi.loads((folder / "out.mid").read_bytes()).tracks != midi.loads((folder / "in.mid").read_bytes()).tracks


def test_a_model_and_a_corpus_at_once_are_refused(folder: Path) -> None:
    asked = [str(folder / "in.mid"), str(folder / "out.mid"), "--method", str(folder / "model"), "--corpus", "chorales"]
    done = CliRunner().invoke(program, ["dream", *asked])
    assert (done.exit_code, "already fitted" in done.stderr) == (1, True) and not (folder / "out.mid").exists()


def record(path: Path, samples: np.ndarray) -> str:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return str(path)


def test_a_recording_of_noise_becomes_music_in_as_many_voices_as_asked_for(folder: Path) -> None:
    source = record(folder / "noise.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 24_000))
    asked = [source, str(folder / "out.mid"), "--method", str(folder / "model"), "--film", str(folder / "film.png")]
    done = CliRunner().invoke(command, [*asked, "--voices", "3", "--seed", "2"])
    assert done.exit_code == 0, done.output
    score = midi.loads((folder / "out.mid").read_bytes())
    assert len(score.tracks) == 3 and score.n_notes and (folder / "film.png").exists()
    assert "heard: 3.0 s" in done.stderr and "no clear pulse" in done.stderr and "asked" in done.stderr


def test_silence_is_refused_and_nothing_is_written(folder: Path) -> None:
    source = record(folder / "silence.wav", np.zeros(8000))
    done = CliRunner().invoke(program, ["dream", source, str(folder / "out.mid")])
    assert done.exit_code == 1 and "silent recording" in done.stderr and not (folder / "out.mid").exists()


@pytest.mark.parametrize(("source", "option"), [("in.mid", "--voices=3"), ("noise.wav", "--strength=1")])
def test_options_of_the_other_kind_of_input_are_refused(folder: Path, source: str, option: str) -> None:
    record(folder / "noise.wav", np.ones(8000))
    done = CliRunner().invoke(command, [str(folder / source), str(folder / "out.mid"), option])
    assert done.exit_code == 2 and option.partition("=")[0] in done.stderr
