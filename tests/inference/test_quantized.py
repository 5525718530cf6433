"""The two engines of a Transformer in 8 bits: the same distribution up to rounding, whatever is read and how."""

import pickle
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from componium.checkpoints import store
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import CheckpointError, ControlError, MissingExtraError
from componium.inference import engines
from componium.inference.graph import GRAPH
from componium.inference.quantized import QuantizedTransformerNet
from componium.inference.transformer import TransformerNet
from componium.methods import load
from componium.methods.transformer import Transformer
from componium.music.time import n_bars
from componium.weights import SHIPPED
from random_nets import BLOCK_SIZE, RANDOM_IDS, random_net

onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")

def both_engines(folder: Path, monkeypatch: pytest.MonkeyPatch, **options: object) -> list[Transformer]:
    random_net(**options).save(folder, bits=8)
    methods = []
    for engine in ("numpy", "onnxruntime"):
        monkeypatch.setenv("COMPONIUM_ENGINE", engine)
        methods.append(load(folder))
    assert [type(method.net_) for method in methods] == [TransformerNet, QuantizedTransformerNet]
    return methods


def nats(logits: np.ndarray) -> np.ndarray:
    logs = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return logs - np.log(np.exp(logs).sum(axis=-1, keepdims=True))


def assert_same_distributions(one: np.ndarray, other: np.ndarray) -> None:
    """Within 0.5 % of their entropy, by the divergence of each row."""
    p, q = nats(one), nats(other)
    entropy, divergence = -(np.exp(p) * p).sum(axis=1), (np.exp(p) * (p - q)).sum(axis=1)
    assert (divergence <= 0.005 * entropy).all(), divergence / entropy


@pytest.mark.parametrize("options", [
    {}, {"smear": False}, {"n_head": 8}, {"n_head": 2, "n_layer": 1}, {"n_embd": 64},
], ids=str)  # fmt: skip
def test_steps_give_the_same_distribution(options: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = both_engines(tmp_path, monkeypatch, **options)
    states = [method.empty_state(3) for method in (one, other)]
    for column in RANDOM_IDS.T[:40]:
        logits = [method.step(state, column)[0] for method, state in zip((one, other), states, strict=True)]
        assert_same_distributions(*logits)


@pytest.mark.parametrize("n_read", [1, 50, BLOCK_SIZE, BLOCK_SIZE + 1, 3 * BLOCK_SIZE])
def test_a_prompt_and_windows_moved_on_give_the_same_distribution(
    n_read: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids being random, rows have prefixes of other lengths, so that they are padded once the window moves."""
    methods = both_engines(tmp_path, monkeypatch)
    (logits, state), (other_logits, other_state) = (method.initial_state(RANDOM_IDS[:, :n_read]) for method in methods)
    assert_same_distributions(logits, other_logits)
    was_padded = False
    for column in RANDOM_IDS.T[n_read : n_read + 60]:
        logits, other_logits = methods[0].step(state, column)[0], methods[1].step(other_state, column)[0]
        assert_same_distributions(logits, other_logits)
        np.testing.assert_array_equal(state.start, other_state.start)
        was_padded |= bool(state.start.any())
    assert was_padded == (n_read + 60 > BLOCK_SIZE)


def test_rows_of_one_prompt_are_those_of_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, method = both_engines(tmp_path, monkeypatch)
    whole, _ = method.initial_state(RANDOM_IDS[:, :30])
    state = method.empty_state(3)
    for column in RANDOM_IDS.T[:30]:
        logits, state = method.step(state, column)
    assert_same_distributions(whole, logits)


def test_selected_rows_go_on_independently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, method = both_engines(tmp_path, monkeypatch)
    _, state = method.initial_state(RANDOM_IDS[:, :20])
    chosen = method.select(state, np.array([2, 0, 2]))
    for column in RANDOM_IDS[[2, 0, 1], 20:30].T:
        logits, chosen = method.step(chosen, column)
    for place, (row, ids) in enumerate(((2, RANDOM_IDS[2]), (0, RANDOM_IDS[0]), (2, RANDOM_IDS[1]))):
        alone, _ = method.initial_state(np.concatenate([RANDOM_IDS[row, :20], ids[20:30]])[None])
        assert_same_distributions(logits[place : place + 1], alone)


def test_copies_of_a_state_and_of_the_method_go_on_independently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, method = both_engines(tmp_path, monkeypatch)
    _, state = method.initial_state(RANDOM_IDS[:, :20])
    other, other_state = pickle.loads(pickle.dumps(method)), deepcopy(state)
    for column in RANDOM_IDS.T[30:40]:
        other.step(other_state, column)
    alone, _ = method.initial_state(RANDOM_IDS[:, :21])
    assert_same_distributions(method.step(state, RANDOM_IDS[:, 20])[0], alone)


def test_the_choice_is_by_size_extra_and_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = ({"a": np.zeros(n, np.uint8), GRAPH: np.zeros(1, np.uint8)} for n in (10, engines.LARGE))
    monkeypatch.delenv("COMPONIUM_ENGINE", raising=False)
    assert [engines.choose_engine(weights) for weights in (small, large)] == ["numpy", "onnxruntime"]
    assert engines.choose_engine({"a": large["a"]}) == "numpy"  # without a graph
    monkeypatch.setattr(engines, "installed_version", lambda: None)
    assert engines.choose_engine(large) == "numpy"
    monkeypatch.setenv("COMPONIUM_ENGINE", "onnxruntime")
    with pytest.raises(MissingExtraError, match="fast"):
        engines.choose_engine(small)
    monkeypatch.setenv("COMPONIUM_ENGINE", "abacus")
    with pytest.raises(ControlError, match="abacus"):
        engines.choose_engine(small)


@pytest.mark.parametrize("damage", ["graph", "scales", "shape"])
def test_damaged_weights_are_refused(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random_net().save(tmp_path, bits=8)
    config, weights = store.load_model(tmp_path)
    if damage == "graph":
        weights[GRAPH] = weights[GRAPH][: len(weights[GRAPH]) // 2].copy()
    elif damage == "scales":
        del weights["blocks.1.up.weight.scales"]
    else:
        weights["blocks.1.up.weight"] = weights["blocks.1.up.weight"][:-1].copy()
    store.save_model(tmp_path, config, weights)
    monkeypatch.setenv("COMPONIUM_ENGINE", "onnxruntime")
    with pytest.raises(CheckpointError):
        load(tmp_path)


def test_a_model_that_was_loaded_is_saved_again_as_it_was(tmp_path: Path) -> None:
    random_net().save(tmp_path / "one", bits=8)
    load(tmp_path / "one").save(tmp_path / "two")
    assert store.weights_hash(tmp_path / "one") == store.weights_hash(tmp_path / "two")


@pytest.mark.weights
def test_the_shipped_net_gives_takes_the_same_nats_by_both_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load(SHIPPED)
    whole.save(tmp_path, bits=8)
    request = Request(Controls(style="chorales", bars=8))
    takes = whole.generate(request, 2, rng=np.random.default_rng(0))
    expected = whole.log_prob(takes)
    for engine in ("numpy", "onnxruntime"):
        monkeypatch.setenv("COMPONIUM_ENGINE", engine)
        np.testing.assert_allclose(load(tmp_path).log_prob(takes), expected, rtol=0.005)


def test_a_net_in_8_bits_composes_by_onnx_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes of unlike lengths leave the batch one by one; each is the same when made again."""
    _, method = both_engines(tmp_path, monkeypatch)
    request = Request(Controls(bars=4))
    takes, again = (method.generate(request, 3, rng=np.random.default_rng(1)) for _ in range(2))
    assert [n_bars(take) for take in takes] == [4, 4, 4]
    assert takes == again
