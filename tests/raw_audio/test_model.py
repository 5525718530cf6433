"""Raw sound: both nets in numpy give torch's logits, learn, save, and make the same sound again; refusals."""

import json
import wave
from itertools import pairwise

import numpy as np
import pytest

from componium.errors import CheckpointError, ControlError, CorpusError, NotFittedError, UnknownNameError
from componium.raw_audio import mu_law, recordings
from componium.raw_audio.model import PRESETS, RawAudio, load

SIZES = {
    "raw-audio": {"n_layer": 4, "n_stack": 1, "n_channels": 16, "n_skip": 16},
    "raw-audio-lstm": {"n_hidden": 24, "n_embd": 16},
}
TRAINING = {
    "steps": 150, "batch_size": 4, "block_size": 200, "warmup": 2, "validate_every": 20, "learning_rate": 2e-2,
}  # fmt: skip
each = pytest.mark.parametrize("preset", PRESETS)


def tone(seconds: float = 0.5, rate: int = 8000) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 500 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture(scope="module")
def learned():
    """A tiny model of each preset."""
    models = {name: RawAudio(name, training=TRAINING, **SIZES[name]) for name in PRESETS}
    return {name: model.fit([tone()], [tone()]) for name, model in models.items()}


@pytest.mark.train
@each
def test_steps_in_numpy_give_torchs_logits(preset, learned) -> None:
    import torch

    from componium.training.modules import put_weights

    model = learned[preset]
    put_weights(module := model.make_module().eval(), model.weights_)
    ids = np.random.default_rng(1).integers(0, 256, 300)
    with torch.no_grad():
        expected = module(torch.from_numpy(ids)[None])[0].numpy()
    state = model.net_.state(1)
    stepped = np.array([model.net_.step(state, ids[at : at + 1])[0] for at in range(len(ids))])
    np.testing.assert_allclose(stepped, expected, atol=1e-4)


@pytest.mark.train
@each
def test_what_is_saved_makes_the_same_sound_again(preset, learned, tmp_path) -> None:
    learned[preset].save(tmp_path, about={"source": "a tone"})
    first, second = (one.generate(0.1, rng=np.random.default_rng(3)) for one in (learned[preset], load(tmp_path)))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (800,) and first.dtype == np.float32 and np.abs(first).max() <= 1
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["method"], config["about"]) == (preset, {"source": "a tone"})
    other = load(tmp_path).generate(0.1, rng=np.random.default_rng(4))
    assert (first != other).any()


@pytest.mark.train
@each
def test_a_prompt_is_gone_on_from_by_its_end_alone(preset, learned) -> None:
    model, noise = learned[preset], np.random.default_rng(5).uniform(-1, 1, 9000).astype(np.float32)

    def after(prompt):
        return model.generate(0.05, rng=np.random.default_rng(3), temperature=0.3, prompt=prompt)

    np.testing.assert_array_equal(after(noise), after(noise[-model.memory :]))
    np.testing.assert_array_equal(after(np.zeros(0, dtype=np.float32)), after(None))
    assert (after(tone()[:-100]) != after(None)).any()


@pytest.mark.train
def test_progress_is_reported_and_the_file_has_the_rate(learned, tmp_path) -> None:
    reports = []
    samples = learned["raw-audio-lstm"].generate(0.3, rng=np.random.default_rng(3), on_progress=reports.append)
    assert [(report.done, report.total) for report in reports] == [(0, 2400), (1000, 2400), (2000, 2400)]
    learned["raw-audio-lstm"].write(samples, tmp_path / "new.wav")
    with wave.open(str(tmp_path / "new.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 2400)
    assert recordings.read(tmp_path / "new.wav", 8000).shape == (2400,)


@pytest.mark.train
@each
def test_a_tone_that_was_learned_is_predicted_better_than_by_chance(preset, learned) -> None:
    model, ids, nats = learned[preset], mu_law.encode(tone(0.1)), []
    state = model.net_.state(1)
    for index, following in pairwise(ids.tolist()):
        logits = model.net_.step(state, np.array([index]))[0].astype(np.float64)
        nats.append(np.log(np.exp(logits).sum()) - logits[following])
    assert np.mean(nats) < 0.75 * np.log(256)


def test_what_it_has_not_learned_it_cannot_make() -> None:
    with pytest.raises(NotFittedError):
        RawAudio().generate(1.0, rng=np.random.default_rng(0))


@pytest.mark.train
@pytest.mark.parametrize("wrong", [(0, 1), (601, 1), (float("nan"), 1), (1, 0), (1, 11), (1, float("nan"))])
def test_lengths_and_temperatures_out_of_range_are_refused(learned, wrong) -> None:
    with pytest.raises(ControlError, match="out of range"):
        learned["raw-audio"].generate(wrong[0], rng=np.random.default_rng(0), temperature=wrong[1])


def test_presets_sizes_and_rates_that_there_are_not_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean"):
        RawAudio("raw-audio-lst")
    with pytest.raises(ControlError, match="takes no n_hidden, preset"):
        RawAudio("raw-audio", n_hidden=3, preset="x")
    for rate in (0, 3999, 8000.5, "8000"):
        with pytest.raises(ControlError, match="samples a second"):
            RawAudio(rate=rate)


def test_too_short_a_recording_is_refused() -> None:
    with pytest.raises(CorpusError, match="too little sound"):
        RawAudio().fit([tone(0.1)])


@pytest.mark.train
def test_a_model_of_another_kind_or_of_broken_sizes_is_refused(learned, tmp_path) -> None:
    learned["raw-audio"].save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    for change in ({"method": "markov"}, {"parameters": {"n_stack": "x"}}, {"parameters": {"oder": 1}}):
        (tmp_path / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(CheckpointError):
            load(tmp_path)
