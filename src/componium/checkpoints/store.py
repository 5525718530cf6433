"""Models and training states on disk: arrays in safetensors, the rest in JSON, each file whole or not there at all.

A model is a folder: config.json (what builds the method and its codec) and model.safetensors. A training state is one
file NAME.safetensors, whose header holds the plain values as JSON. Nothing is ever unpickled.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from componium._files import write_atomic
from componium.errors import CheckpointError
from componium.music.types import type_weights

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def save_model(folder: Path, config: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]) -> None:
    """Write a model's folder; the weights first, so that a config never stands without them."""
    save_arrays(folder / WEIGHTS, weights)
    write_atomic(folder / CONFIG, (json.dumps(config, indent=1, ensure_ascii=False) + "\n").encode())


def load_model(folder: Path) -> tuple[dict[str, Any], type_weights]:
    """A model's config and weights. Raises CheckpointError, naming the file, if either is missing or damaged."""
    return load_config(folder), load_arrays(folder / WEIGHTS)


def load_config(folder: Path) -> dict[str, Any]:
    """A model's config alone. Raises CheckpointError if it is missing or isn't a JSON object with a method in it."""
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"no readable model: {error}", where=str(path)) from error
    if not isinstance(config, dict) or "method" not in config:
        raise CheckpointError("not a model's config", where=str(path), expected='an object with "method" in it')
    return config


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays to a safetensors file."""
    write_atomic(path, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


def load_arrays(path: Path) -> type_weights:
    """The arrays of a safetensors file. Raises CheckpointError if it is missing or damaged."""
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(f"no readable weights: {error}", where=str(path)) from error


def weights_hash(folder: Path) -> str:
    """SHA-256 of a model's weights, its first 16 hexadecimal digits. Raises CheckpointError if there are none."""
    try:
        return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise CheckpointError(f"no readable weights: {error}", where=str(folder / WEIGHTS)) from error


def save_tree(path: Path, tree: Any) -> None:
    """Write nested dicts, lists and tuples of arrays and plain values to one file.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "state.safetensors"
    >>> save_tree(path, {"step": 3, 1: (np.arange(2), None)})
    >>> load_tree(path)
    {'step': 3, 1: (array([0, 1]), None)}
    """
    arrays: type_weights = {}
    plain = json.dumps(_flatten(tree, arrays))
    write_atomic(path, save(arrays, metadata={"tree": plain}) if arrays else save({"-": np.zeros(0)}, {"tree": plain}))


def load_tree(path: Path) -> Any:
    """What `save_tree` wrote. Raises CheckpointError if the file is missing or damaged."""
    arrays = load_arrays(path)
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    try:
        return _unflatten(json.loads(header["__metadata__"]["tree"]), arrays)
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"not a training state: {error}", where=str(path)) from error


def _flatten(tree: Any, arrays: type_weights) -> Any:
    """JSON for a tree: every container and array as a one-key object that says what it was."""
    if isinstance(tree, np.ndarray):
        name = str(len(arrays))
        arrays[name] = np.ascontiguousarray(tree)
        return {"array": name}
    if isinstance(tree, Mapping):
        return {"dict": [[_flatten(key, arrays), _flatten(value, arrays)] for key, value in tree.items()]}
    if isinstance(tree, tuple | list):
        return {type(tree).__name__: [_flatten(value, arrays) for value in tree]}
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    raise CheckpointError(f"a {type(tree).__name__} in a training state", expected="arrays and plain values")


def _unflatten(tree: Any, arrays: type_weights) -> Any:
    if not isinstance(tree, dict):
        return tree
    ((kind, value),) = tree.items()
    if kind == "array":
        return arrays[value]
    if kind == "dict":
        return {_unflatten(key, arrays): _unflatten(item, arrays) for key, item in value}
    items = [_unflatten(item, arrays) for item in value]
    return tuple(items) if kind == "tuple" else items


def weight(weights: type_weights, name: str, shape: tuple[int, ...]) -> Any:
    """One array, as float32. Raises CheckpointError if it is missing or has another shape."""
    array = weights.get(name)
    if array is None or array.shape != shape:
        found = "missing" if array is None else f"of shape {array.shape}"
        raise CheckpointError(f"the weight {name} is {found}", expected=f"shape {shape}")
    return np.ascontiguousarray(array, dtype=np.float32)
