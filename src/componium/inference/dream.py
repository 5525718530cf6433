"""Masked net of dreams in numpy: the composing half of nn/dream.py.

Shapes: B batch, T steps, I voices, C channels, H heads, D = C / H, V tokens.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.inference.attention import (
    Layer,
    attend,
    merge_heads,
    normed,
    read_layer,
    rotary_turns,
    rotated,
    split_heads,
    squared_relu,
    type_array,
    type_turns,
)
from componium.music.types import type_weights

CONTEXTS = {"embed_place": "places", "embed_key": "keys", "embed_edge": "edges"}  # tables, and the sizes of each


class DreamNet:
    """Transformer that sees all steps: cells and context -> logits of every cell.

    It maps (B, T, I + 3) to (B, T, I, V).

    `sizes` are those of the torch module. Raises CheckpointError for weights that don't fit.
    """

    def __init__(self, weights: type_weights, sizes: Mapping[str, Any]) -> None:
        self.weights, self.n_voices, self.n_head = weights, sizes["n_voices"], sizes["n_head"]
        c, n_out = sizes["n_embd"], sizes["n_voices"] * sizes["n_tokens"]
        self.embed = weight(weights, "embed.weight", (n_out, c))
        rows = {**sizes, "edges": 3}
        self.contexts = [weight(weights, f"{name}.weight", (rows[size], c)) for name, size in CONTEXTS.items()]
        self.layers = [read_layer(weights, f"blocks.{at}.", c, self.n_head) for at in range(sizes["n_layer"])]
        gain = weight(weights, "norm.weight", (c,))
        self.out = np.ascontiguousarray((weight(weights, "out.weight", (n_out, c)) * gain).T)
        self.bias = weight(weights, "out.bias", (n_out,))

    def __call__(self, x: NDArray[np.int64]) -> type_array:
        """Return the logits of every cell."""
        batch, n_steps, n = *x.shape[:2], self.n_voices
        n_tokens = len(self.embed) // n
        y = self.embed[x[..., :n] + np.arange(n) * n_tokens].sum(axis=2)
        for at, table in enumerate(self.contexts):
            y = y + table[x[..., n + at]]
        rows = y.reshape(batch * n_steps, -1)
        turns = rotary_turns(n_steps, rows.shape[1] // self.n_head)
        for layer in self.layers:
            rows = self._run_block(rows, batch, layer, turns)
        result: type_array = (normed(rows) @ self.out + self.bias).reshape(batch, n_steps, n, n_tokens)
        return result

    def _run_block(self, rows: type_array, batch: int, layer: Layer, turns: type_turns) -> type_array:
        """Return the stream (B * T, C) after a block; every step sees every other."""
        q, k, v = split_heads(normed(rows) @ layer.qkv, batch, self.n_head)
        rows = rows + merge_heads(attend(rotated(q, turns), rotated(k, turns), v)) @ layer.out
        result: type_array = rows + squared_relu(normed(rows) @ layer.up) @ layer.down
        return result


def shapes_of(sizes: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight by name."""
    c, n_out = sizes["n_embd"], sizes["n_voices"] * sizes["n_tokens"]
    shapes: dict[str, tuple[int, ...]] = {
        "embed.weight": (n_out, c), "embed_place.weight": (sizes["places"], c), "embed_key.weight": (sizes["keys"], c),
        "embed_edge.weight": (3, c), "norm.weight": (c,), "out.weight": (n_out, c), "out.bias": (n_out,),
    }  # fmt: skip
    parts = {"norm_1": (c,), "qkv": (3 * c, c), "out": (c, c), "norm_2": (c,), "up": (4 * c, c), "down": (c, 4 * c)}
    for layer in range(sizes["n_layer"]):
        shapes |= {f"blocks.{layer}.{name}.weight": shape for name, shape in parts.items()}
    return shapes
