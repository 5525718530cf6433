"""Transformer in numpy: the composing half of nn/transformer.py.

Shapes: B batch, T ids read at once, S ids in the window, C channels (n_embd), H heads, D = C / H.
"""

from typing import Any

from componium.codecs.base import Codec
from componium.inference.attention import (
    FEW,
    attend,
    attend_shared,
    merge_heads,
    normed,
    product,
    read_layer,
    rotated,
    split_heads,
    squared_relu,
    type_array,
)
from componium.inference.windowed import Cache, WindowedNet
from componium.music.types import type_ids, type_weights


class TransformerNet(WindowedNet):
    """Transformer with rotary positions.

    With `smear` each key is mixed with the one before it.
    """

    shares = True

    def __init__(self, weights: type_weights, codec: Codec, *, smear: bool, **sizes: Any) -> None:
        super().__init__(weights, codec, **sizes)
        size = (self.n_embd, self.n_head)
        self.layers = [read_layer(weights, f"blocks.{at}.", *size, smear=smear) for at in range(self.n_layer)]

    def _run(self, ids: type_ids, cache: Cache, end: int) -> type_array:
        x = self.embed[ids.ravel()]  # (B * T, C): products of flat matrices are the fastest
        begin, hidden, by_row = cache.length, cache.hidden(end), ids.shape[1] == 1 and 1 < len(ids) <= FEW
        new, known = slice(begin - cache.n_shared, end - cache.n_shared), slice(0, end - cache.n_shared)
        for at, layer in enumerate(self.layers):
            q, k, v = split_heads(product(normed(x), layer.qkv, by_row=by_row), len(cache.ids), self.n_head)
            k = rotated(cache.mixed_keys(at, k, layer.smear), self.turns[begin:end])
            cache.keys[at][:, :, new], cache.values[at][:, :, new] = k, v
            q, seen = rotated(q, self.turns[begin:end]), (cache.keys[at][:, :, known], cache.values[at][:, :, known])
            mixed = attend_shared(q, *cache.shared[at], *seen, hidden) if cache.shared else attend(q, *seen, hidden)
            x += product(merge_heads(mixed), layer.out, by_row=by_row)
            wide = squared_relu(product(normed(x), layer.up, by_row=by_row))
            x += product(wide, layer.down, by_row=by_row)
        return self._logits(x, len(ids))
