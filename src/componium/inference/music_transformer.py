"""Music Transformer in numpy: the composing half of nn/music_transformer.py.

Shapes: B batch, T ids read at once, S ids in the window, C channels (n_embd), H heads, D = C / H.
"""

from typing import Any

import numpy as np

from componium.checkpoints import weight
from componium.codecs.base import Codec
from componium.inference.attention import (
    attend,
    merge_heads,
    normed,
    paired,
    read_layer,
    split_heads,
    squared_relu,
    type_array,
)
from componium.inference.windowed import Cache, WindowedNet
from componium.music.types import type_ids, type_weights


class MusicTransformerNet(WindowedNet):
    """Transformer with a vector for each distance in place of rotary angles."""

    rotary = False

    def __init__(self, weights: type_weights, codec: Codec, *, smear: bool, **sizes: Any) -> None:
        super().__init__(weights, codec, **sizes)
        size, head_size = (self.n_embd, self.n_head), self.n_embd // self.n_head
        self.layers, self.distances = [], []
        for at in range(self.n_layer):
            self.layers.append(read_layer(weights, f"blocks.{at}.", *size, smear=smear))
            table = weight(weights, f"blocks.{at}.embed_distance", (self.block_size, head_size))
            self.distances.append(table[:, paired(head_size)])

    def _run(self, ids: type_ids, cache: Cache, end: int) -> type_array:
        x = self.embed[ids.ravel()]  # (B * T, C): products of flat matrices are the fastest
        begin, hidden = cache.length, cache.hidden(end)
        for at, layer in enumerate(self.layers):
            q, k, v = split_heads(normed(x) @ layer.qkv, len(cache.ids), self.n_head)
            k = cache.mixed_keys(at, k, layer.smear)
            cache.keys[at][:, :, begin:end], cache.values[at][:, :, begin:end] = k, v
            seen = cache.keys[at][:, :, :end], cache.values[at][:, :, :end]
            x += merge_heads(attend(q, *seen, hidden, distance_scores(q, self.distances[at][:end]))) @ layer.out
            x += squared_relu(normed(x) @ layer.up) @ layer.down
        return self._logits(x, len(ids))


def distance_scores(q: type_array, table: type_array) -> type_array:
    """Return what distances add to the scores of queries, (B, H, T, S).

    q (B, H, T, D) are the last T of S places.

    `table` (S, D) has a vector for 0, 1, 2 .. places back.
    """
    n_queries, n = q.shape[2], len(table)
    back = np.maximum(np.arange(n - n_queries, n)[:, None] - np.arange(n), 0)
    scores: type_array = np.take_along_axis(q @ table.T, back[None, None], axis=-1)
    return scores
