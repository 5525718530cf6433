"""Models and training states on disk: arrays in safetensors, the rest in JSON.

A model is a folder: config.json (what builds the method and its codec) and model.safetensors. A training state is one
file NAME.safetensors, whose header holds the plain values as JSON. Each file is written whole or not at all, and
nothing is ever unpickled.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from componium._files import write_atomic
from componium.checkpoints.quantization import SCALES, dequantized, is_quantized
from componium.errors import CheckpointError, ComponiumError, MissingExtraError
from componium.music.types import type_weights

CONFIG, WEIGHTS = "config.json", "model.safetensors"
DIGEST = "weights_sha256"  # in the config

# What reading a damaged model may raise: wrong keys, types, sizes and counts, and bytes that don't decompress.
_DAMAGE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError, RecursionError, zlib.error)


def save_model(folder: Path, config: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]) -> None:
    """Write a model's folder.

    The weights come first, so that no config is ever without them; the config has their SHA-256.
    """
    save_arrays(folder / WEIGHTS, weights)
    config = {**config, DIGEST: _digest((folder / WEIGHTS).read_bytes())}
    rows = (f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in config.items())
    write_atomic(folder / CONFIG, ("{\n" + ",\n".join(rows) + "\n}\n").encode())  # a key a line: short, and it diffs


def load_model(folder: Path) -> tuple[dict[str, Any], type_weights]:
    """Return a model's config and weights.

    Raises CheckpointError, naming the file, if one is missing or damaged.
    """
    config, weights = load_config(folder), load_arrays(folder / WEIGHTS)
    if config.pop(DIGEST, None) not in (None, _digest((folder / WEIGHTS).read_bytes())):  # None: saved before 0.1
        raise CheckpointError("weights that aren't those that were saved", where=str(folder / WEIGHTS),
                              expected=f"the SHA-256 in {CONFIG}", advice="save or download the model again")
    return config, weights


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def load_config(folder: Path) -> dict[str, Any]:
    """Return a model's config, an object with "method" in it.

    Raises CheckpointError, naming the file, if it is missing or damaged.
    """
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"no readable model: {error}", where=str(path)) from error
    if not isinstance(config, dict) or not isinstance(config.get("method"), str):
        raise CheckpointError("not a model's config", where=str(path), expected='an object with "method" in it')
    return config


@contextmanager
def refuse_damage(where: str = "") -> Iterator[None]:
    """Raise CheckpointError for whatever goes wrong in the block.

    The block builds a method from what was read.

    where  the model's folder, for the message

    >>> with refuse_damage("my-model"):
    ...     {}["codec"]
    Traceback (most recent call last):
    ...
    componium.errors.CheckpointError: a damaged model: KeyError: 'codec', at my-model; expected what save wrote
    """
    try:
        yield
    except (CheckpointError, MissingExtraError):
        raise
    except ComponiumError as error:
        raise CheckpointError(f"a damaged model: {error}", where=where, expected="what save wrote") from error
    except _DAMAGE as error:
        reason = f"{type(error).__name__}: {error}"
        raise CheckpointError(f"a damaged model: {reason}", where=where, expected="what save wrote") from error


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> None:
    """Write named arrays to a safetensors file, with further text in its header."""
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomic(path, save(plain, metadata=dict(metadata) if metadata else None))


def load_arrays(path: Path) -> type_weights:
    """Return the arrays of a safetensors file.

    Raises CheckpointError if it is missing or damaged.
    """
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError, *_DAMAGE) as error:
        raise CheckpointError(f"no readable weights: {error}", where=str(path)) from error


def weights_hash(folder: Path) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a model's weights.

    Raises CheckpointError if there are none.
    """
    try:
        return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise CheckpointError(f"no readable weights: {error}", where=str(folder / WEIGHTS)) from error


def save_tree(path: Path, tree: Any) -> None:
    """Write nested dicts, lists and tuples of arrays and plain values to one file.

    Raises CheckpointError for anything else in it.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "state.safetensors"
    >>> save_tree(path, {"step": 3, 1: (np.arange(2), None)})
    >>> load_tree(path)
    {'step': 3, 1: (array([0, 1]), None)}
    """
    arrays: type_weights = {}
    plain = json.dumps(_flatten(tree, arrays))
    write_atomic(path, save(arrays or {"-": np.zeros(0)}, metadata={"tree": plain}))


def load_tree(path: Path) -> Any:
    """Return what `save_tree` wrote.

    Raises CheckpointError if the file is missing or damaged.
    """
    arrays, metadata = load_arrays(path), load_metadata(path)
    try:
        return _unflatten(json.loads(metadata["tree"]), arrays)
    except _DAMAGE as error:
        raise CheckpointError(f"not a training state: {error}", where=str(path)) from error


def load_metadata(path: Path) -> dict[str, str]:
    """Return the text in the header of a safetensors file, by name.

    Raises CheckpointError if it is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return dict(header.get("__metadata__", {}))
    except (OSError, *_DAMAGE) as error:
        raise CheckpointError(f"no readable weights: {error}", where=str(path)) from error


def _flatten(tree: Any, arrays: type_weights) -> Any:
    """Return JSON for a tree; put its arrays in `arrays`.

    Each container and array becomes a one-key object of its type.
    """
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
    """Return one array, as float32, also where it is kept in 8 bits.

    Raises CheckpointError if it is missing, has another shape, or isn't floating point.
    """
    if is_quantized(weights, name) and weights[name].shape == shape:
        return dequantized(weights[name], weights[name + SCALES])
    array = weights.get(name)
    if array is None or array.shape != shape or array.dtype.kind != "f":
        state = "missing" if array is None else f"of shape {array.shape} and type {array.dtype}"
        raise CheckpointError(f"the weight {name} is {state}", expected=f"shape {shape}, floating point")
    return np.ascontiguousarray(array, dtype=np.float32)
