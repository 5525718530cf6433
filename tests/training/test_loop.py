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
    from componium.checkpoints import load_arrays, load_metadata
    from componium.training.loop import train

    weights = train(*setup_run(24, learning_rate=0.05), run_dir=tmp_path)  # so fast that the last is not the best
    kept = load_arrays(tmp_path / "best.safetensors")
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    found = {row["step"]: row["validation"] for row in rows if "validation" in row}
    assert load_metadata(tmp_path / "best.safetensors")["step"] == str(min(found, key=found.__getitem__))
    assert all(np.array_equal(weights[name], kept[name]) for name in kept)


def test_it_stops_early_when_nothing_is_gained(tmp_path: Path) -> None:
    from componium.training.loop import train

    train(*setup_run(200, learning_rate=0.0, patience=2), run_dir=tmp_path)
    assert max(losses(tmp_path)) <= 32


def results(monkeypatch: pytest.MonkeyPatch, *values: float) -> None:
    """Let the next validations have these results."""
    from componium.training import loop

    left = iter(values)
    monkeypatch.setattr(loop, "_mean_loss", lambda *_: next(left))


@pytest.mark.parametrize("changes", [{}, {"checkpoint_every": 10}, {"checkpoint_every": 100}, {"patience": 1}])
@pytest.mark.parametrize("steps", [24, 26])
def test_a_finished_run_that_is_resumed_is_finished_and_keeps_its_best(tmp_path, monkeypatch, steps, changes) -> None:
    from componium.training.loop import train

    results(monkeypatch, 3, 1, 2, 2)
    first = train(*setup_run(steps, **changes), run_dir=tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    results(monkeypatch)  # no further validation
    again = train(*setup_run(steps, **changes), run_dir=tmp_path, resume=True)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_the_best_is_kept_where_a_run_died_after_its_last_state(tmp_path, monkeypatch) -> None:
    from componium.checkpoints import load_arrays
    from componium.training.loop import train

    def die(progress) -> None:
        if progress.done == 20:
            raise RuntimeError

    results(monkeypatch, 3, 1)  # the best is of step 16, the last state of step 10
    with pytest.raises(RuntimeError):
        train(*setup_run(24, checkpoint_every=10, validate_every=8), run_dir=tmp_path, on_progress=die)
    best = load_arrays(tmp_path / "best.safetensors")
    results(monkeypatch, 2, 2)  # not quite as good as the first time, as with a limit of time
    weights = train(*setup_run(24, checkpoint_every=10), run_dir=tmp_path, resume=True)
    assert all(np.array_equal(weights[name], best[name]) for name in best)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("at", [4, 12, 16])
def test_a_run_that_is_stopped_between_checkpoints_loses_no_step(tmp_path, stop, at) -> None:
    from componium.checkpoints import load_tree
    from componium.training.loop import train

    whole = train(*setup_run(24, checkpoint_every=100), run_dir=tmp_path / "whole")

    def interrupt(progress) -> None:
        if progress.done == at:
            raise stop

    with pytest.raises(stop):
        train(*setup_run(24, checkpoint_every=100), run_dir=tmp_path / "parts", on_progress=interrupt)
    assert load_tree(tmp_path / "parts" / "last.safetensors")["step"] == at
    resumed = train(*setup_run(24, checkpoint_every=100), run_dir=tmp_path / "parts", resume=True)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert all(np.array_equal(resumed[name], whole[name]) for name in whole)


def test_a_signal_within_a_step_stops_after_it(tmp_path, monkeypatch) -> None:
    import signal

    from componium.checkpoints import load_tree
    from componium.training.loop import train
    from componium.training.optimizer import MuonAdamW

    whole = train(*setup_run(12), run_dir=tmp_path / "whole")
    plain, steps = MuonAdamW.step, []

    def step(self, closure=None):
        steps.append(self)
        if len(steps) == 6:
            signal.raise_signal(signal.SIGINT)
        return plain(self, closure)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(MuonAdamW, "step", step)
            train(*setup_run(12), run_dir=tmp_path / "parts")
    finally:
        signal.signal(signal.SIGINT, before)
    assert load_tree(tmp_path / "parts" / "last.safetensors")["step"] == 6
    resumed = train(*setup_run(12), run_dir=tmp_path / "parts", resume=True)
    assert all(np.array_equal(resumed[name], whole[name]) for name in whole)


def test_a_training_that_starts_anew_says_so(tmp_path) -> None:
    from componium.training.loop import train

    with pytest.warns(UserWarning, match="starts anew"):
        train(*setup_run(4), run_dir=tmp_path, resume=True)


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


def test_validation_is_the_mean_over_styles_not_over_pieces(tmp_path: Path) -> None:
    from componium.training.loop import train

    module, codec, examples, _, settings = setup_run(8)
    held_out = [examples[0]._replace(styles=("many",))] * 5 + [examples[4]._replace(styles=("few",))]
    train(module, codec, examples, held_out, settings, run_dir=tmp_path)
    (row,) = (row for row in map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines()) if "validation" in row)
    assert row["validation"] == pytest.approx(sum(row["by_style"].values()) / 2)
    assert set(row["by_style"]) == {"many", "few"} and row["by_style"]["many"] != row["by_style"]["few"]


def test_a_validation_of_some_rows_reads_no_more_of_each_style(monkeypatch: pytest.MonkeyPatch) -> None:
    from componium.training import loop

    seen = []
    monkeypatch.setattr(loop, "_mean_loss", lambda _, __, source, ___: seen.append(sum(
        len(batch.inputs) for batch in source.batches(0))) or 1.0)  # fmt: skip
    module, codec, examples, _, settings = setup_run(8, validate_rows=3)
    held_out = [example._replace(styles=(style,)) for style in ("a", "b") for example in examples]
    loop.train(module, codec, examples, held_out, settings)
    assert seen == [3, 3]
