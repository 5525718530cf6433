"""Models and states on disk: what is written is read, what is damaged is refused by name."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from componium import registry
from componium.checkpoints import store as checkpoint
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import CheckpointError, ControlError
from componium.methods import Method, load
from componium.music.score import Key, Meter, Score, Track, notes

UNTRAINED = [name for name in registry.names("methods")
             if not registry.load_class("methods", name, Method).TINY.get("training")]
WEIGHTS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(3, dtype=np.uint64)}


def test_a_model_is_read_as_written(tmp_path: Path) -> None:
    checkpoint.save_model(tmp_path, {"method": "markov"}, WEIGHTS)
    config, weights = checkpoint.load_model(tmp_path)
    assert config == {"method": "markov"}
    for name, array in WEIGHTS.items():
        assert np.array_equal(weights[name], array) and weights[name].dtype == array.dtype
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]


def test_the_hash_is_of_the_weights(tmp_path: Path) -> None:
    checkpoint.save_model(tmp_path / "one", {"method": "x"}, WEIGHTS)
    checkpoint.save_model(tmp_path / "two", {"method": "y"}, WEIGHTS)
    checkpoint.save_model(tmp_path / "three", {"method": "x"}, {"a": WEIGHTS["a"] + 1})
    one, two, three = (checkpoint.weights_hash(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two != three and len(one) == 16


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x80\x04N.", b"\xff" * 64])
def test_damaged_weights_are_refused(tmp_path: Path, damage: bytes) -> None:
    checkpoint.save_model(tmp_path, {"method": "markov"}, WEIGHTS)
    (tmp_path / "model.safetensors").write_bytes(damage)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        checkpoint.load_model(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json"])
def test_a_damaged_config_is_refused(tmp_path: Path, text: str) -> None:
    checkpoint.save_model(tmp_path, {"method": "markov"}, WEIGHTS)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        checkpoint.load_model(tmp_path)


def test_a_tree_is_read_as_written(tmp_path: Path) -> None:
    tree = {"step": 7, 3: [np.arange(3), (1.5, None, True)], "deep": {"a": {"b": "c"}}, "empty": [], "none": {}}
    checkpoint.save_tree(tmp_path / "state", tree)
    again = checkpoint.load_tree(tmp_path / "state")
    np.testing.assert_array_equal(again[3][0], np.arange(3))
    assert again[3][1] == (1.5, None, True) and {**again, 3: 0} == {**tree, 3: 0}


def test_a_tree_takes_nothing_it_would_have_to_pickle(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        checkpoint.save_tree(tmp_path / "state", {"x": object()})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", UNTRAINED)
def test_of_a_damaged_model_nothing_but_a_checkpoint_error_is_raised(method: str, tmp_path: Path) -> None:
    """Truncated and overwritten files, and every key of the config and every array missing or of another kind."""
    corpus = Corpus("x", tuple(Piece(str(at), tune(at), ("x",), "x", "train") for at in range(6)))
    kind = registry.load_class("methods", method, Method)
    kind(**kind.TINY).fit(corpus).save(tmp_path / "whole")
    config, weights = checkpoint.load_model(tmp_path / "whole")
    refused = 0
    for number, (other_config, other_weights) in enumerate(damaged(config, weights)):
        folder = tmp_path / str(number)
        checkpoint.save_model(folder, other_config, other_weights)
        refused += is_refused(folder) or composes(folder)
    data = (tmp_path / "whole" / "model.safetensors").read_bytes()
    rng = np.random.default_rng(0)
    for at in range(0, len(data), 1 + len(data) // 20):
        (tmp_path / "whole" / "model.safetensors").write_bytes(data[:at])
        assert is_refused(tmp_path / "whole")
        (tmp_path / "whole" / "model.safetensors").write_bytes(data[:at] + rng.bytes(9) + data[at + 9 :])
        assert is_refused(tmp_path / "whole")
    assert refused > 3


def composes(folder: Path) -> bool:
    """Compose by an altered model that was loaded: it may refuse the request, and nothing else. Return False."""
    with contextlib.suppress(ControlError, CheckpointError):
        load(folder).generate(Request(Controls(bars=4)), 1, rng=np.random.default_rng(0))
    return False


def is_refused(folder: Path) -> bool:
    """Whether a model is refused by a CheckpointError; any other error is the test's."""
    try:
        load(folder)
    except CheckpointError:
        return True
    return False


def damaged(config: dict, weights: dict) -> Iterator[tuple[dict, dict]]:
    """Configs and weights with one thing missing or of another kind."""
    for path in paths(config):
        for change in (None, "x", -1, [], {}, 10**12, "gone"):
            other = json.loads(json.dumps(config))
            inside = other
            for key in path[:-1]:
                inside = inside[key]
            if change == "gone":
                del inside[path[-1]]
            else:
                inside[path[-1]] = change
            if isinstance(other.get("method"), str):
                yield other, weights
    yield {**config, "parameters": {**config["parameters"], "n_wings": 2}}, weights
    for name, array in weights.items():
        yield config, {key: value for key, value in weights.items() if key != name}
        narrow = np.zeros(array.shape, dtype=np.float16)
        for change in (array[:-1], narrow, np.zeros((2, 3, 4)), array[:0], np.full_like(array, 77)):
            yield config, {**weights, name: change}


def paths(config: dict) -> list[tuple[str, ...]]:
    """The ways to every value of a config that lies no deeper than two keys."""
    deep = [(key, inner) for key in ("parameters", "learned") for inner in config[key]]
    return [("parameters",), ("learned",), ("method",), *deep]


def tune(seed: int) -> Score:
    rng = np.random.default_rng(seed)
    parts = [[(480 * at, 480, base + int(step)) for at, step in enumerate(rng.integers(0, 12, 16))]
             for base in (67, 48)]  # fmt: skip
    return Score(tuple(Track(notes(part)) for part in parts), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))
