"""RNN: every cell and every output in numpy gives torch's logits; the presets' sizes by hand, one bias a gate."""

import numpy as np
import pytest

from componium.codecs.melody import Melody
from componium.errors import ControlError
from componium.methods.rnn import PRESETS, RNN

CODEC = Melody(steps=2)


def n_weights(module, *without: str) -> int:
    """How many weights, with one bias a gate: torch keeps two, whose sum is what counts."""
    named = module.named_parameters()
    return sum(p.numel() for name, p in named if "bias_hh" not in name and not name.startswith(without))


@pytest.mark.train
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("n_dense", [None, 0, 24])
def test_every_cell_and_output_steps_to_torchs_logits(cell: str, n_dense: int | None) -> None:
    import torch

    method = RNN(n_layer=2, n_hidden=40, n_embd=32, cell=cell, n_dense=n_dense, codec="melody")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = method.make_module(len(CODEC.vocab)).eval()
        for value in module.parameters():
            value.data += 0.1 * torch.randn_like(value)
    weights = {name: value.detach().numpy().copy() for name, value in module.state_dict().items()}
    method.set_weights({"codec": CODEC.config(), "profiles": {}}, weights)
    ids = np.random.default_rng(2).integers(0, len(CODEC.vocab), (2, 60))
    with torch.no_grad():
        expected = module(torch.from_numpy(ids)).numpy()
    state = method.empty_state(2)
    for at in range(60):
        logits, state = method.step(state, ids[:, at])
        np.testing.assert_allclose(logits, expected[:, at], atol=1e-4)


@pytest.mark.train
@pytest.mark.parametrize(("name", "layers", "output"), [
    ("nottingham-lstm", 2 * 4 * 256 * (256 + 256 + 1), 257 * 90),
    ("notechord-lstm", 4 * 128 * (100 + 128 + 1), 129 * 256 + 257 * 90),
    ("deep-lstm", 3 * 4 * 128 * (128 + 128 + 1), 129 * 256 + 257 * 90),
])  # fmt: skip
def test_presets_layers_and_output_have_the_sizes_they_say(name: str, layers: int, output: int) -> None:
    module = RNN(**PRESETS[name]).make_module(90)
    assert n_weights(module, "embed", "dense", "head") == layers
    assert n_weights(module, "embed", "layers") == output
    assert len(module.head.weight) == 90


def test_a_recipe_of_the_same_name_says_the_same_as_the_preset() -> None:
    from pathlib import Path

    from componium.learning import recipes

    for name, preset in PRESETS.items():
        built = recipes.read(Path(__file__).parents[2] / "recipes" / f"{name}.toml").build().get_params()
        training = built.pop("training")
        assert built == {key: value for key, value in RNN(**preset).get_params().items() if key != "training"}
        assert preset["training"].items() <= training.items()


@pytest.mark.train
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_window_is_all_that_it_reads(cell: str) -> None:
    import torch

    size = 32
    method = RNN(n_layer=2, n_hidden=24, n_embd=20, cell=cell, n_dense=0, block_size=size, codec="melody")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = method.make_module(len(CODEC.vocab)).eval()
    weights = {name: value.detach().numpy().copy() for name, value in module.state_dict().items()}
    method.set_weights({"codec": CODEC.config(), "profiles": {}}, weights)
    ids = np.random.default_rng(2).integers(0, len(CODEC.vocab), (3, 2 * size + 5))
    state, rows = method.empty_state(3), np.array([0, 1, 2])
    for at in range(ids.shape[1]):
        if at == size + 3:  # two of the sequences go on, in another order
            rows = np.array([2, 0])
            state = method.select(state, rows)
        logits, state = method.step(state, ids[rows, at])
        with torch.no_grad():
            window = module(torch.from_numpy(ids[rows, max(at + 1 - size, 0) : at + 1]))[:, -1]
        np.testing.assert_allclose(logits, window.numpy(), atol=1e-4)


def test_a_window_shorter_than_a_bar_or_so_is_refused() -> None:
    with pytest.raises(ControlError, match="block_size=8"):
        RNN(block_size=8).check_params()


def test_an_unknown_cell_is_refused() -> None:
    with pytest.raises(ControlError, match="no cell"):
        RNN(cell="lstn").make_module(10)
