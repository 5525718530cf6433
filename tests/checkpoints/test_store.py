"""Models and states on disk: what is written is read, what is damaged is refused by name."""

from pathlib import Path

import numpy as np
import pytest

from componium.checkpoints import store as checkpoint
from componium.errors import CheckpointError

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
