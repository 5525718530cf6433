"""Window of a Transformer that composes, and its cache of keys and values.

Keys and values of past ids are kept (one preallocated array a layer), so a step costs one row of each matrix. When the
window of `block_size` ids is full it moves on: the prefix stays, and after it the last half from a bar line on. Nothing
is read anew, so what is kept still knows of what is dropped. So memory is bounded, a bar costs the same at the 1,000th
as at the 64th, and the net never sees anything but what it was trained on: a prefix, then bars.

Shapes: B batch, T ids read at once, S ids in the window, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.codecs.base import Codec
from componium.inference.attention import normed, rotary_turns, rotated, smeared, type_array
from componium.music.types import type_ids, type_weights


@dataclass
class Cache:
    """Keys and values of the ids read.

    Row b's window is ids[b, start[b]:length]; before it is padding.

    keys, values  an array (B, H, block_size - P, D) a layer
    latest        the last key (B, H, D) of each layer, before it is mixed with the one before it
    engine        a net's own access to these arrays, None before its first use
    shared        pairs of keys and values (H, P, D), one a layer, of the first P ids, which are the same in all rows;
                  without any, P is 0
    """

    ids: NDArray[np.int64]  # (B, block_size)
    start: NDArray[np.int64]  # (B,)
    length: int
    keys: list[type_array]
    values: list[type_array]
    latest: list[type_array]
    engine: Any = None
    shared: list[tuple[type_array, type_array]] = field(default_factory=list)

    @property
    def n_shared(self) -> int:
        """The number of ids whose keys and values are shared."""
        return self.shared[0][0].shape[1] if self.shared else 0

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields of a copy, without an engine's access to its arrays."""
        return {**vars(self), "engine": None}

    def hidden(self, end: int) -> NDArray[np.bool_] | None:
        """Return the columns that queries may not see, (B, 1, T, end - P); None for none.

        The queries are the columns from `length` to `end`.

        Hidden are those to come, and padding; a query in the padding sees itself, since it must see something.
        """
        begin = self.length
        if end - begin == 1 and not self.start.any():
            return None
        columns, queries = np.arange(self.n_shared, end), np.arange(begin, end)[:, None]
        padding = (columns < self.start[:, None])[:, None, None, :]
        hidden: NDArray[np.bool_] = ((columns > queries) | padding) & (columns != queries)
        return hidden

    def mixed_keys(self, layer: int, k: type_array, share: type_array) -> type_array:
        """Return keys (B, H, T, D), each mixed with the one before it.

        They are of the ids from `length` on; `share` is (H, 1).
        """
        if len(share) == 0:
            return k
        if self.start.any():  # keys of padding count as zeros
            padding = np.arange(self.length, self.length + k.shape[2]) < self.start[:, None]
            k = np.where(padding[:, None, :, None], np.float32(0), k)
        mixed = smeared(k, self.latest[layer], share)
        self.latest[layer][:] = k[:, :, -1]
        return mixed


class WindowedNet(ABC):
    """Transformer in numpy that reads ids into a Cache.

    `_run` is what a kind of it must add.

    It has `n_layer` blocks, `n_head` heads, `n_embd` channels and a window of `block_size` ids. Raises CheckpointError
    for weights that don't fit.
    """

    rotary: ClassVar[bool] = True  # its keys are rotated by their places in the window
    shares: ClassVar[bool] = False  # what is the same in all rows of a cache is kept and read once

    def __init__(
        self, weights: type_weights, codec: Codec, *, n_layer: int, n_head: int, n_embd: int, block_size: int
    ) -> None:
        self.codec, self.n_layer, self.n_head, self.n_embd, self.block_size = codec, n_layer, n_head, n_embd, block_size
        self.embed = weight(weights, "embed.weight", (len(codec.vocab), n_embd))
        self.output = np.ascontiguousarray((self.embed * weight(weights, "norm.weight", (n_embd,))).T)
        self.turns = rotary_turns(block_size, n_embd // n_head)

    @abstractmethod
    def _run(self, ids: type_ids, cache: Cache, end: int) -> type_array:
        """Return the logits (B, V) after ids (B, T), those from cache.length to `end`.

        Their keys and values are put into the cache.
        """

    def _logits(self, x: type_array, batch: int) -> type_array:
        """Return the logits (B, V) after the last id, given the stream (B * T, C)."""
        logits: type_array = normed(x.reshape(batch, -1, self.n_embd)[:, -1]) @ self.output
        return logits

    def state(self, batch: int) -> Cache:
        """Return the cache of `batch` sequences before their first id."""
        shape = (batch, self.n_head, self.block_size, self.n_embd // self.n_head)
        keys, values = ([np.zeros(shape, dtype=np.float32) for _ in range(self.n_layer)] for _ in range(2))
        latest = [np.zeros((batch, self.n_head, shape[-1]), dtype=np.float32) for _ in range(self.n_layer)]
        ids = np.full((batch, self.block_size), self.codec.pad, dtype=np.int64)
        return Cache(ids, np.zeros(batch, dtype=np.int64), 0, keys, values, latest)

    def begin(self, ids: type_ids) -> tuple[type_array, Cache]:
        """Read the ids (B, T) that sequences begin with, once if they are all the same.

        Returned are the logits (B, V) after them, and the cache.
        """
        is_one = len(ids) > 1 and bool((ids == ids[0]).all())
        cache = self.state(1 if is_one else len(ids))
        logits = self.read(cache, ids[:1] if is_one else ids)
        copies = np.zeros(len(ids), dtype=np.int64)
        return (logits[copies], self.select(cache, copies)) if is_one else (logits, cache)

    def select(self, cache: Cache, rows: NDArray[np.int64]) -> Cache:
        """Return the cache of some of the sequences."""
        length, shared, latest = cache.length - cache.n_shared, cache.shared, [array[rows] for array in cache.latest]
        if self.shares and not shared and len(rows) > 1 and (rows == rows[0]).all() and not cache.start[rows[0]]:
            shared = [(keys[rows[0], :, :length].copy(), values[rows[0], :, :length].copy())
                      for keys, values in zip(cache.keys, cache.values, strict=True)]  # fmt: skip
            shape = (len(rows), self.n_head, self.block_size - length, self.n_embd // self.n_head)
            keys, values = ([np.zeros(shape, dtype=np.float32) for _ in shared] for _ in range(2))
        else:
            keys, values = ([_rows(array, rows, length) for array in arrays] for arrays in (cache.keys, cache.values))
        return Cache(cache.ids[rows], cache.start[rows], cache.length, keys, values, latest, shared=shared)

    def step(self, cache: Cache, ids: type_ids) -> type_array:
        """Read one id a sequence, (B,); return the logits (B, V) of the next."""
        return self.read(cache, ids[:, None])

    def read(self, cache: Cache, ids: type_ids) -> type_array:
        """Read ids (B, T); return the logits (B, V) after the last.

        As many are read at once as the window has room for.
        """
        n_read = 0
        while n_read < ids.shape[1]:
            if cache.length == self.block_size:
                self._move_on(cache)
            begin, end = cache.length, min(cache.length + ids.shape[1] - n_read, self.block_size)
            chunk = ids[:, n_read : n_read + end - begin]
            cache.ids[:, begin:end] = chunk
            logits = self._run(chunk, cache, end)
            cache.length, n_read = end, n_read + end - begin
        return logits

    def _move_on(self, cache: Cache) -> None:
        """Keep each row's prefix, and its last half from a bar line on, flush right."""
        _part(cache)
        kept = [self._kept(ids, start) for ids, start in zip(cache.ids, cache.start.tolist(), strict=True)]
        longest = max(map(len, kept))
        columns = np.stack([np.pad(row, (longest - len(row), 0)) for row in kept])
        start, cache.start = cache.start, np.array([longest - len(row) for row in kept])
        cache.length = longest
        cache.ids[:, :longest] = np.take_along_axis(cache.ids, columns, axis=1)
        self._move(cache, columns, start)

    def _move(self, cache: Cache, columns: NDArray[np.int64], start: NDArray[np.int64]) -> None:
        """Move keys and values from `columns` (B, S) to the first S.

        Rows began at `start` (B,).
        """
        longest = columns.shape[1]
        turns = (self.turns[:longest] * self.turns[columns].conj())[:, None]  # from the places that they had
        for keys, values in zip(cache.keys, cache.values, strict=True):
            moved = np.take_along_axis(keys, columns[:, None, :, None], axis=2)
            keys[:, :, :longest] = rotated(moved, turns) if self.rotary else moved
            values[:, :, :longest] = np.take_along_axis(values, columns[:, None, :, None], axis=2)

    def _kept(self, ids: type_ids, start: int) -> NDArray[np.int64]:
        """Return the columns of a row that stay when the window moves on."""
        window, half = ids[start:], self.block_size // 2
        (prefix,) = np.nonzero(self.codec.is_condition(window))
        lines = self.codec.bar_starts(window)
        later = lines[lines >= len(window) - half]
        tail = np.arange(later[0] if len(later) else len(window) - half + len(prefix), len(window))
        columns: NDArray[np.int64] = start + np.concatenate([prefix, tail])
        return columns


def _part(cache: Cache) -> None:
    """Give each row its own keys and values of what they shared."""
    for at, pair in enumerate(cache.shared):
        for arrays, shared in zip((cache.keys, cache.values), pair, strict=True):
            copies = np.broadcast_to(shared, (len(cache.ids), *shared.shape))
            arrays[at] = np.concatenate([copies, arrays[at]], axis=2)
    cache.shared = []


def _rows(array: type_array, rows: NDArray[np.int64], length: int) -> type_array:
    """Return some rows of keys or values (B, H, S, D).

    The first `length` places are in use.
    """
    selected: type_array = np.zeros((len(rows), *array.shape[1:]), dtype=array.dtype)
    selected[:, :, :length] = array[rows, :, :length]
    return selected
