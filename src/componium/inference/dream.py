"""The net that dreams, in numpy: the composing half of `nn/dream.py`, with the same weights.

Shapes: B batch, T steps, I voices, C channels, H heads, D = C / H, V tokens.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.inference.attention import Layer, attend, normed, read_layer, rotary_turns, rotated, type_array
from componium.music.types import type_weights


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


class Net:
    """Called with cells and context (B, T, I + 3) it gives logits (B, T, I, V)."""

    def __init__(self, weights: type_weights, n_voices: int, n_layer: int, n_head: int) -> None:
        self.weights, self.n_voices, self.n_head = weights, n_voices, n_head
        self.embed = weights["embed.weight"]
        self.contexts = [weights[f"embed_{name}.weight"] for name in ("place", "key", "edge")]
        width = self.embed.shape[1]
        self.layers = [read_layer(weights, f"blocks.{at}.", width, n_head) for at in range(n_layer)]
        self.out = np.ascontiguousarray((weights["out.weight"] * weights["norm.weight"]).T)
        self.bias = weights["out.bias"]

    def __call__(self, x: NDArray[np.int64]) -> type_array:
        """Logits of every cell."""
        n, n_tokens = self.n_voices, len(self.embed) // self.n_voices
        y = self.embed[x[..., :n] + np.arange(n) * n_tokens].sum(axis=2)
        for at, table in enumerate(self.contexts):
            y = y + table[x[..., n + at]]
        turns = rotary_turns(x.shape[1], y.shape[-1] // self.n_head)
        for layer in self.layers:
            y = self._block(y, layer, turns)
        result: type_array = (normed(y) @ self.out + self.bias).reshape(*x.shape[:2], n, n_tokens)
        return result

    def _block(self, y: type_array, layer: Layer, turns: NDArray[np.complex64]) -> type_array:
        """One block: every step sees every other."""
        batch, time, width = y.shape
        three = (normed(y) @ layer.qkv).reshape(batch, time, 3, self.n_head, -1).transpose(2, 0, 3, 1, 4)
        queries, keys = rotated(three[:2], turns)
        mixed = attend(queries, keys, three[2])
        y = y + mixed.transpose(0, 2, 1, 3).reshape(batch, time, width) @ layer.out
        grown = np.maximum(normed(y) @ layer.up, 0)
        result: type_array = y + (grown * grown) @ layer.down
        return result
