"""The training loop: it learns, it resumes to the bit, and it keeps the best."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.train


def setup_run(steps: int, **changes: object):
    import torch

    from componium.codecs.base import Example
    from componium.codecs.events.codec import Events
    from componium.music.score import Score, Track, notes
    from componium.nn.transformer import TransformerConfig, TransformerModule
    from componium.training.loop import Settings

    codec = Events(styles=("scale",))
    rows = [[(240 * at, 240, 60 + at % (5 + piece)) for at in range(48)] for piece in range(6)]
    examples = [Example(codec.encode(Score((Track(notes(row)),))).ids, ("scale",)) for row in rows]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = {"n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 64, "dropout": 0.2, "smear": False}
        module = TransformerModule(TransformerConfig(len(codec.vocab), **sizes))
    often = {"warmup": 4, "validate_every": 8, "checkpoint_every": 4, "log_every": 4}
    settings = Settings(steps=steps, batch_size=2, block_size=64, learning_rate=3e-3, **often)
    return module, codec, examples[:5], examples[5:], replace(settings, **changes)


def losses(folder: Path) -> dict[int, float]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return {row["step"]: row["loss"] for row in rows if "loss" in row}


@pytest.mark.parametrize("muon", [True, False])
def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path: Path, muon: bool) -> None:
    from componium.training.loop import train

    whole = train(*setup_run(24, muon=muon), run_dir=tmp_path / "whole")

    class KilledError(Exception):
        pass

    def kill(progress) -> None:
        if progress.done == 12:
            raise KilledError

    with pytest.raises(KilledError):
        train(*setup_run(24, muon=muon), run_dir=tmp_path / "parts", on_progress=kill)
    resumed = train(*setup_run(24, muon=muon), run_dir=tmp_path / "parts", resume=True)
    assert losses(tmp_path / "parts")[24] == losses(tmp_path / "whole")[24]
    for name, array in whole.items():
        np.testing.assert_array_equal(resumed[name], array)


def test_the_loss_falls_and_the_log_tells(tmp_path: Path) -> None:
    from componium.training.loop import train

    train(*setup_run(40, augment=False), run_dir=tmp_path)
    told = losses(tmp_path)
    assert sorted(told) == list(range(4, 41, 4)) and told[40] < 0.8 * told[4]
    assert not list(tmp_path.glob("*.part"))


def test_the_best_weights_on_validation_are_returned(tmp_path: Path) -> None:
    from componium.checkpoints import load_arrays
    from componium.training.loop import train

    weights = train(*setup_run(24, learning_rate=0.05), run_dir=tmp_path)  # so fast that the last is not the best
    kept = load_arrays(tmp_path / "best.safetensors")
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    found = {row["step"]: row["validation"] for row in rows if "validation" in row}
    assert json.loads((tmp_path / "best.json").read_text())["step"] == min(found, key=found.__getitem__)
    assert all(np.array_equal(weights[name], kept[name]) for name in kept)


def test_it_stops_early_when_nothing_is_gained(tmp_path: Path) -> None:
    from componium.training.loop import train

    train(*setup_run(200, learning_rate=0.0, patience=2), run_dir=tmp_path)
    assert max(losses(tmp_path)) <= 32


def test_nothing_to_learn_from_is_said() -> None:
    from componium.errors import CorpusError
    from componium.training.loop import train

    module, codec, _, held_out, settings = setup_run(1)
    with pytest.raises(CorpusError):
        train(module, codec, [], held_out, settings)


def test_ctrl_c_is_a_keyboard_interrupt(tmp_path: Path) -> None:
    """Lightning catches it and exits with 1 instead, with SIGINT ignored from then on."""
    import signal

    from componium.training.loop import train

    def interrupt(progress) -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(*setup_run(8), run_dir=tmp_path, on_progress=interrupt)
    signal.signal(signal.SIGINT, before)
