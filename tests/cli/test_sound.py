"""`componium sound`: from a folder of recordings to a model, and from the model to new sound."""

import json
import wave

import numpy as np
import pytest
from click.testing import CliRunner

from componium.cli import program
from componium.raw_audio import model as raw_audio

runner = CliRunner()
TINY = ("n_layer=3", "n_stack=1", "n_channels=8", "n_skip=8")
LOOP = ("training.steps=3", "training.block_size=100", "training.validate_every=2", "training.checkpoint_every=1")


def sets(*values):
    return [word for value in values for word in ("--set", value)]


def sound(*args):
    return runner.invoke(program, ["sound", *map(str, args)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two recordings, a text and something broken."""
    place = tmp_path_factory.mktemp("recordings")
    time = np.arange(4000) / 8000
    for pitch in (300, 500):
        tone = (0.5 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
        raw_audio.RawAudio().write(tone, place / f"{pitch}.wav")
    (place / "notes.txt").write_text("bring milk")
    (place / "broken.wav").write_bytes(b"RIFF")
    return place


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "sound"
    result = sound("train", folder, *sets(*TINY, *LOOP), "--seed", 4, "--out", out)
    assert (result.exit_code, result.stdout) == (0, f"{out}\n"), result.output
    return out


@pytest.mark.train
def test_a_folder_becomes_a_model(model):
    config = json.loads((model / "config.json").read_text())
    assert config["method"] == "raw-audio"
    assert (config["parameters"]["n_channels"], config["parameters"]["rate"]) == (8, 8000)
    assert (config["parameters"]["training"]["seed"], config["parameters"]["training"]["steps"]) == (4, 3)
    assert (config["about"]["recordings"], config["about"]["seconds"]) == (2, 1.0)


@pytest.mark.train
def test_json_tells_what_was_heard_and_what_was_left_out(folder, tmp_path):
    size = sets("n_hidden=8", "n_embd=8", *LOOP)
    options = ["--preset", "raw-audio-lstm", "--rate", 16000, "--minutes", 1, "--json"]
    result = sound("train", folder, *options, *size, "--out", tmp_path / "lstm")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["preset"], told["rate"], told["recordings"], told["seconds"]) == ("raw-audio-lstm", 16_000, 2, 1.0)
    assert [row["file"] for row in told["left_out"]] == ["broken.wav", "notes.txt"]
    assert "left out: notes.txt: no format has the suffix .txt" in result.stderr
    made = sound("make", tmp_path / "lstm", tmp_path / "new.wav", "--seconds", 0.1)
    assert made.exit_code == 0, made.output
    with wave.open(str(tmp_path / "new.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (16_000, 1600)


@pytest.mark.train
def test_a_stopped_training_goes_on(folder, tmp_path, monkeypatch):
    out = tmp_path / "sound"
    with monkeypatch.context() as patch:
        patch.setattr("componium.raw_audio.model.RawAudio._take", stopped)
        result = sound("train", folder, *sets(*TINY, *LOOP), "--out", out)
    assert (result.exit_code, (out / "config.json").exists()) == (130, False)
    assert (out / "last.safetensors").exists()
    refused = sound("train", folder, *sets(*TINY, *LOOP), "--out", out)
    assert refused.exit_code == 1
    assert "is not empty" in refused.stderr
    other = sound("train", folder, *sets(*TINY, *LOOP, "n_channels=9"), "--out", out, "--resume")
    assert other.exit_code == 1
    assert "a training of another net" in other.stderr
    longer = sets(*TINY, *LOOP, "training.steps=5")
    assert sound("train", folder, *longer, "--out", out, "--resume").exit_code == 0
    steps = [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()]
    assert steps == [0, 2, 3, 4, 5]  # the unit, the validations, the last step's of each run too: none done again


def stopped(self, weights):
    raise KeyboardInterrupt


@pytest.mark.train
def test_the_same_seed_makes_the_same_sound_of_the_length_asked_for(model, tmp_path):
    made = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        target = tmp_path / f"{name}.wav"
        result = sound("make", model, target, "--seconds", 0.25, "--seed", seed)
        assert (result.exit_code, result.stdout) == (0, f"{target}\n"), result.output
        assert f"seed {seed}; 0.25 seconds" in result.stderr
        with wave.open(str(target)) as file:
            assert file.getparams()[:4] == (1, 2, 8000, 2000)
            made.append(file.readframes(2000))
    assert made[0] == made[1] != made[2]


@pytest.mark.train
def test_the_seed_that_was_chosen_is_told_and_makes_the_same_again(model, folder, tmp_path):
    options = ["--seconds", 0.1, "--temperature", 0.8, "--prompt", folder / "300.wav"]
    told = json.loads(sound("make", model, tmp_path / "a.wav", *options, "--json").stdout)
    assert told["file"] == str(tmp_path / "a.wav")
    assert (told["samples"], told["temperature"]) == (800, 0.8)
    assert told["samples_per_second"] > 0
    again = sound("make", model, "-", *options, "--seed", told["seed"])
    assert again.exit_code == 0, again.stderr
    assert again.stdout_bytes == (tmp_path / "a.wav").read_bytes()


@pytest.mark.train
@pytest.mark.parametrize(("seconds", "told"), [(0.0, False), (0.5, True)])
def test_a_prompt_that_ends_in_silence_is_told(model, tmp_path, seconds, told):
    tone = 0.5 * np.sin(2 * np.pi * 300 * np.arange(2000) / 8000)
    prompt = np.concatenate([tone, np.full(int(seconds * 8000), 1e-4)]).astype(np.float32)
    raw_audio.RawAudio().write(prompt, tmp_path / "prompt.wav")
    made = sound("make", model, tmp_path / "new.wav", "--seconds", 0.01, "--prompt", tmp_path / "prompt.wav")
    assert made.exit_code == 0, made.output
    assert ("warning: the recording ends in 0.50 s of silence" in made.stderr) == told


@pytest.mark.parametrize(("options", "code", "told"), [
    (["--preset", "raw"], 1, "did you mean raw-audio"),
    (["--rate", "44100"], 2, "44100"),
    (["--set", "n_hidden=3"], 1, "raw-audio takes no n_hidden"),
    (["--set", "n_layer"], 2, "NAME=VALUE"),
    (["--minutes", "0"], 2, "0"),
    ([], 1, "no such folder"),
])  # fmt: skip
def test_what_cannot_be_learned_is_refused(tmp_path, options, code, told):
    result = sound("train", tmp_path / "nowhere", *options, "--out", tmp_path / "model")
    assert result.exit_code == code, result.output
    assert told in result.stderr
    assert not (tmp_path / "model").exists()


def test_too_little_sound_is_refused(folder, tmp_path):
    result = sound("train", folder, "--set", "training.block_size=9000", "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert "too little sound to learn from; expected 1.13 s on end" in result.stderr


@pytest.mark.train
@pytest.mark.parametrize(("arguments", "code", "told"), [
    (["new.mp3"], 2, "OUT.wav"),
    (["-", "--json"], 2, "--json"),
    (["new.wav", "--seconds", "0"], 1, "out of range"),
    (["new.wav", "--temperature", "0"], 1, "out of range"),
    (["new.wav", "--prompt", "nowhere.wav"], 1, "nowhere.wav"),
])  # fmt: skip
def test_what_cannot_be_made_is_refused(model, arguments, code, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sound("make", model, *arguments)
    assert result.exit_code == code, result.output
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    result = sound("make", tmp_path, tmp_path / "new.wav")
    assert result.exit_code == 1
    assert "no readable model" in result.stderr
