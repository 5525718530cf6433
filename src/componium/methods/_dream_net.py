"""The net that dreams, in numpy: the composing half of `nn/dream.py`, with the same weights.

Shapes: B batch, T steps, I voices, C channels, H heads, D = C / H, V tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

type_floats = NDArray[np.float32]


def shapes_of(sizes: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The name and shape of every weight."""
    width, n_out = sizes["n_embd"], sizes["n_voices"] * sizes["n_tokens"]
    shapes: dict[str, tuple[int, ...]] = {
        "embed.weight": (n_out, width), "embed_place.weight": (sizes["places"], width),
        "embed_key.weight": (sizes["keys"], width), "embed_edge.weight": (3, width),
        "norm.weight": (width,), "out.weight": (n_out, width), "out.bias": (n_out,),
    }  # fmt: skip
    parts = {"norm_1": (width,), "qkv": (3 * width, width), "out": (width, width), "norm_2": (width,),
             "up": (4 * width, width), "down": (width, 4 * width)}  # fmt: skip
    for layer in range(sizes["n_layer"]):
        shapes |= {f"blocks.{layer}.{name}.weight": shape for name, shape in parts.items()}
    return shapes


@dataclass(frozen=True)
class Net:
    """Called with cells and context (B, T, I + 3) it gives logits (B, T, I, V)."""

    weights: Mapping[str, Any]
    n_voices: int
    n_layer: int
    n_head: int

    def __call__(self, x: NDArray[np.int64]) -> type_floats:
        """Logits of every cell."""
        w, n = self.weights, self.n_voices
        n_tokens = len(w["embed.weight"]) // n
        y = w["embed.weight"][x[..., :n] + np.arange(n) * n_tokens].sum(axis=2)
        for at, name in enumerate(("place", "key", "edge")):
            y = y + w[f"embed_{name}.weight"][x[..., n + at]]
        for layer in range(self.n_layer):
            y = self._block(y, f"blocks.{layer}.")
        logits = _norm(y, w["norm.weight"]) @ w["out.weight"].T + w["out.bias"]
        result: type_floats = logits.reshape(*x.shape[:2], n, n_tokens)
        return result

    def _block(self, y: type_floats, of: str) -> type_floats:
        w = {name: self.weights[f"{of}{name}.weight"] for name in ("norm_1", "qkv", "out", "norm_2", "up", "down")}
        batch, time, width = y.shape
        three = (_norm(y, w["norm_1"]) @ w["qkv"].T).reshape(batch, time, 3, self.n_head, -1).transpose(2, 0, 3, 1, 4)
        q, k = _rotate(three[0]), _rotate(three[1])
        scores = q @ k.swapaxes(-1, -2) / np.float32(np.sqrt(q.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ three[2]
        y = y + mixed.transpose(0, 2, 1, 3).reshape(batch, time, width) @ w["out"].T
        grown = np.maximum(_norm(y, w["norm_2"]) @ w["up"].T, 0)
        result: type_floats = y + (grown * grown) @ w["down"].T
        return result


def _norm(y: type_floats, gain: type_floats) -> type_floats:
    result: type_floats = y / np.sqrt((y * y).mean(axis=-1, keepdims=True) + np.float32(1e-5)) * gain
    return result


def _rotate(x: type_floats) -> type_floats:
    """Rotary places: each pair (first half, second half) of the last axis turned by its step's angle."""
    time, size = x.shape[-2:]
    angles = np.arange(time)[:, None] * 10_000.0 ** (-np.arange(0, size, 2) / size)
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    first, second = x[..., : size // 2], x[..., size // 2 :]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
