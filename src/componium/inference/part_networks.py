"""Part networks in numpy: the composing half of nn/part_networks.py.

Shapes: B batch, T ids read at once, S ids in the window, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.errors import ControlError
from componium.inference.attention import (
    Layer,
    attend,
    merge_heads,
    normed,
    read_layer,
    rotated,
    split_heads,
    squared_relu,
    type_array,
)
from componium.inference.windowed import Cache, WindowedNet
from componium.music.types import type_ids, type_weights

N_PARTS = 5  # what is common, and four voices
WITHIN = ("Pitch", "Dur", "Vel")  # families of ids that belong to the voice begun before them


class PartNetworksNet(WindowedNet):
    """Transformer whose first blocks have matrices for each part.

    In those `n_apart` blocks a part sees only itself and part 0.
    """

    def __init__(self, weights: type_weights, codec: Codec, *, n_apart: int, smear: bool, **sizes: Any) -> None:
        super().__init__(weights, codec, **sizes)
        self.part_after = parts_begun(codec)
        self.layers = [self._read_layers(weights, at, at < n_apart, smear) for at in range(self.n_layer)]

    def _read_layers(self, weights: type_weights, at: int, apart: bool, smear: bool) -> list[Layer]:
        """Return the matrices of one block: of each part, or of the only net."""
        parts = [f".parts.{part}" for part in range(N_PARTS)] if apart else [""]
        size = (self.n_embd, self.n_head)
        return [read_layer(weights, f"blocks.{at}.", *size, smear=smear and not apart, part=part) for part in parts]

    def _run(self, ids: type_ids, cache: Cache, end: int) -> type_array:
        x = self.embed[ids.ravel()]  # (B * T, C): products of flat matrices are the fastest
        begin, hidden, parts = cache.length, cache.hidden(end), self._parts(cache.ids[:, :end])
        unseen, rows = hidden_parts(parts, end - begin, hidden), parts[:, begin:].ravel()
        for at, layers in enumerate(self.layers):
            q, k, v = split_heads(product(normed(x), layers, "qkv", rows), len(cache.ids), self.n_head)
            k = rotated(cache.mixed_keys(at, k, layers[0].smear), self.turns[begin:end])
            cache.keys[at][:, :, begin:end], cache.values[at][:, :, begin:end] = k, v
            seen = cache.keys[at][:, :, :end], cache.values[at][:, :, :end]
            mixed = attend(rotated(q, self.turns[begin:end]), *seen, unseen if len(layers) > 1 else hidden)
            x += product(merge_heads(mixed), layers, "out", rows)
            x += product(squared_relu(product(normed(x), layers, "up", rows)), layers, "down", rows)
        return self._logits(x, len(ids))

    def _parts(self, ids: type_ids) -> NDArray[np.int64]:
        """Return the part of each id (B, S).

        It is the one that the id begins, or the last one begun; 0 before the first.
        """
        begun = self.part_after[ids]
        places = np.maximum.accumulate(np.arange(ids.shape[1]) * (begun >= 0), axis=1)
        return np.maximum(np.take_along_axis(begun, places, axis=1), 0)


def parts_begun(codec: Codec) -> NDArray[np.int64]:
    """Return the part that each id begins, (V,).

    It is 0 for what belongs to no voice, -1 if the id stays in the last one.

    Voices beyond the fourth share nets with the first. Raises ControlError for a codec without voices.
    """
    names = [codec.vocab.family(index) for index in range(len(codec.vocab))]
    if "Voice" not in names:
        raise ControlError("nets for each voice, and a codec without voices", expected="the codec events")
    of_voice = 1 + codec.vocab.values % (N_PARTS - 1)
    return np.array([voice if name == "Voice" else -1 if name in WITHIN else 0
                     for name, voice in zip(names, of_voice.tolist(), strict=True)], dtype=np.int64)  # fmt: skip


def hidden_parts(parts: NDArray[np.int64], n: int, hidden: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return the keys that queries may not see: `hidden`, and those of other parts.

    The result is (B, 1, n, S); parts (B, S) are of all ids, of which the last n are queries.
    """
    keys, queries = parts[:, None, :], parts[:, -n:, None]
    apart: NDArray[np.bool_] = ((keys != queries) & (keys != 0))[:, None]
    return apart if hidden is None else apart | hidden


def product(x: type_array, layers: Sequence[Layer], matrix: str, parts: NDArray[np.int64]) -> type_array:
    """Return rows (N, C) times a matrix, each by that of its part (N,).

    Where there is only one layer, all are multiplied by its matrix.
    """
    if len(layers) == 1:
        whole: type_array = x @ getattr(layers[0], matrix)
        return whole
    result = np.zeros((len(x), getattr(layers[0], matrix).shape[1]), dtype=np.float32)
    for part in np.unique(parts).tolist():
        result[parts == part] = x[parts == part] @ getattr(layers[part], matrix)
    return result
