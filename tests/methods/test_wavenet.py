"""WaveNet: its two halves are one, it hears exactly its receptive field, and the tutorial's net is the tutorial's."""

import numpy as np
import pytest

from componium.codecs.events.codec import Events
from componium.errors import CheckpointError, ControlError
from componium.inference.dilated import Ring
from componium.methods.wavenet import POOLED, PRESETS, WaveNet

CODEC = Events(styles=("x",))
LEARNED = {"codec": CODEC.config(), "profiles": {}}
SMALL = {"n_layer": 4, "n_stack": 2, "n_channels": 24, "n_skip": 32}
EACH = pytest.mark.parametrize("sizes", [SMALL, {**SMALL, "kernel": 3, "n_stack": 1}, {"shape": "pooled"}], ids=str)


def two_halves(sizes):
    import torch

    method = WaveNet(**sizes)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = method.make_module(len(CODEC.vocab)).eval()
        for value in module.parameters():
            value.data += 0.05 * torch.randn_like(value)
    weights = {name: value.detach().numpy().copy() for name, value in module.state_dict().items()}
    return module, method.set_weights(LEARNED, weights)


def some_ids(n: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, len(CODEC.vocab), n)


def by_steps(method: WaveNet, ids: np.ndarray) -> np.ndarray:
    state, rows = method.empty_state(1), []
    for index in ids:
        logits, state = method.step(state, np.array([index]))
        rows.append(logits[0])
    return np.array(rows)


@pytest.mark.train
@EACH
def test_cached_steps_give_torchs_logits(sizes) -> None:
    import torch

    module, method = two_halves(sizes)
    ids = some_ids(3 * method.receptive_field)
    with torch.no_grad():
        expected = module(torch.from_numpy(ids)[None])[0].numpy()
    np.testing.assert_allclose(by_steps(method, ids), expected, atol=1e-4)


@pytest.mark.train
@EACH
def test_the_gradient_reaches_exactly_the_receptive_field(sizes) -> None:
    import torch

    module, method = two_halves(sizes)
    length, field = method.receptive_field + 20, method.receptive_field
    reached = np.zeros(length, dtype=bool)
    for seed in range(4 if method.shape == "pooled" else 1):  # a maximum lets the gradient through at one place only
        ids = np.random.default_rng(seed).integers(0, len(CODEC.vocab), length)
        embedded = module.embed(torch.from_numpy(ids)[None]).detach().requires_grad_(True)
        (module.logits_of(embedded)[0, -1] * torch.randn(len(CODEC.vocab))).sum().backward()
        reached |= embedded.grad[0].abs().sum(-1).numpy() > 0
    assert not reached[: length - field].any()
    assert reached[length - field], "the oldest id that counts"
    assert reached[-1]


def test_receptive_fields_of_the_paper() -> None:
    assert WaveNet(n_layer=10, n_stack=1).receptive_field == 1024  # "the receptive field of size 1024", section 2.1
    assert WaveNet(n_layer=10, n_stack=3).receptive_field == 3 * 1023 + 1
    assert WaveNet(n_layer=3, n_stack=1, kernel=3).receptive_field == 15


def test_a_ring_gives_back_what_was_pushed() -> None:
    ring = Ring(3, 1, 1)
    for value in (1, 2, 3, 4):
        ring.push(np.full((1, 1), value, dtype=np.float32))
    assert [float(ring.back(lag)[0, 0]) for lag in (1, 2, 3)] == [4, 3, 2]
    assert ring.past.shape == (3, 1, 1)


@pytest.mark.train
def test_rows_that_are_selected_go_on_as_they_were() -> None:
    _, method = two_halves(SMALL)
    one, two = some_ids(60), some_ids(60)[::-1]
    state = method.empty_state(2)
    for both in zip(one[:40], two[:40], strict=True):
        _, state = method.step(state, np.array(both))
    state = method.select(state, np.array([1]))
    for index in two[40:]:
        logits, state = method.step(state, np.array([index]))
    np.testing.assert_allclose(logits[0], by_steps(method, two)[-1], atol=1e-5)


def windowed(module, ids):
    """The tutorial's net, as it is written there: strides of 2 at each pooling, on one window."""
    import torch
    from torch.nn import functional

    x = module.embed(ids).transpose(1, 2)
    for at, conv in enumerate(module.convs):
        kernel = conv.weight.reshape(conv.out_features, 3, -1).transpose(1, 2)
        dilation = 2**at
        x = torch.relu(functional.conv1d(functional.pad(x, (2 * dilation, 0)), kernel, conv.bias, dilation=dilation))
        x = functional.max_pool1d(x, 2)
    return module.head(torch.relu(module.dense(x.amax(-1))))


@pytest.mark.train
def test_the_tutorials_net_on_a_window_of_32_is_ours_at_its_end() -> None:
    import torch

    module, _ = two_halves({"shape": "pooled"})
    ids = torch.from_numpy(np.stack([some_ids(96)[at : at + 32] for at in (0, 30, 64)]))
    with torch.no_grad():
        torch.testing.assert_close(module(ids)[:, -1], windowed(module, ids), atol=1e-5, rtol=0)


@pytest.mark.train
@pytest.mark.parametrize("n_vocab", [50, 304])
def test_the_preset_has_the_tutorials_weights(n_vocab) -> None:
    module = WaveNet(**PRESETS["notechord-wavenet"]).make_module(n_vocab)
    shapes = {name: tuple(value.shape) for name, value in module.named_parameters()}
    assert shapes["convs.2.weight"] == (256, 3 * 128) and shapes["embed.weight"] == (n_vocab, POOLED["n_embd"])
    layers = 100 * n_vocab + 19_264 + 24_704 + 98_560 + 65_792 + 257 * n_vocab  # as Keras counts them
    assert sum(value.numel() for value in module.parameters()) == layers


@pytest.mark.train
def test_weights_of_another_size_are_refused() -> None:
    _, method = two_halves(SMALL)
    with pytest.raises(CheckpointError, match="shape"):
        WaveNet(**{**SMALL, "n_channels": 16}).set_weights(*method.get_weights())


def test_a_shape_that_there_is_not_is_refused() -> None:
    with pytest.raises(ControlError, match="no shape"):
        WaveNet(shape="round").make_net({}, 10)
