"""Attention in numpy, for all attention nets.

Here are the matrices of a block, rotary angles, norms and dot products.

Shapes: B batch, T queries, S keys, C channels (n_embd), H heads, D = C / H.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.music.types import type_weights

type_array = NDArray[np.float32]
type_turns = NDArray[np.complex64]
FEW = 6  # rows up to which products of one row each are faster: that of several copies the matrix first


@dataclass
class Layer:
    """Matrices of one block, laid out to be multiplied from the left.

    Done once here: the norms' gains and the scale of attention's scores are folded in, and the channels of queries and
    keys are in the order of `paired`.
    """

    qkv: type_array  # (C, 3C)
    out: type_array  # (C, C)
    up: type_array  # (C, 4C)
    down: type_array  # (4C, C)
    smear: type_array  # (H, 1): the share of the key before in a key; (0, 1) where keys aren't mixed


def read_layer(
    weights: type_weights, name: str, n_embd: int, n_head: int, *, smear: bool = False, part: str = ""
) -> Layer:
    """Return a block's matrices from the weights whose names begin with `name`.

    weights  all arrays of the model, by name
    name     prefix of the block's names: "blocks.2."
    n_embd   channels
    n_head   heads
    smear    True where the block has a share of the key before
    part     suffix of the matrices' names where each part of the music has its own: ".parts.2"

    Raises CheckpointError for an array that is missing or of another shape.
    """
    c, head_size = n_embd, n_embd // n_head
    norm_1, norm_2 = (weight(weights, f"{name}norm_{at}.weight", (c,)) for at in (1, 2))
    shares: Any = weight(weights, f"{name}smear", (n_head,)) if smear else np.zeros(0, dtype=np.float32)
    qkv = (weight(weights, f"{name}qkv{part}.weight", (3 * c, c)) * norm_1).reshape(3, n_head, head_size, c)
    qkv = np.concatenate([qkv[:2, :, paired(head_size)], qkv[2:]])
    qkv[0] *= head_size**-0.5
    return Layer(
        qkv=np.ascontiguousarray(qkv.reshape(3 * c, c).T),
        out=np.ascontiguousarray(weight(weights, f"{name}out{part}.weight", (c, c)).T),
        up=np.ascontiguousarray((weight(weights, f"{name}up{part}.weight", (4 * c, c)) * norm_2).T),
        down=np.ascontiguousarray(weight(weights, f"{name}down{part}.weight", (c, 4 * c)).T),
        smear=1 / (1 + np.exp(-shares[:, None])),
    )


def paired(head_size: int) -> NDArray[np.int64]:
    """Return the order of channels that puts those of a rotary angle side by side.

    >>> paired(6).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    return np.arange(head_size).reshape(2, -1).T.ravel()


def rotary_turns(n_places: int, head_size: int) -> type_turns:
    """Return the rotary angles as complex numbers, (n_places, D / 2).

    Their base is 10,000, their modulus 1.
    """
    rates = 10_000.0 ** (-np.arange(0, head_size, 2) / head_size)
    turns: type_turns = np.exp(1j * np.arange(n_places)[:, None] * rates).astype(np.complex64)
    return turns


def rotated(x: type_array, turns: type_turns) -> type_array:
    """Rotate pairs of channels by the angles of their positions.

    x is (.., T, D), in the order of `paired`; turns are (T, D / 2).
    """
    result: type_array = (x.view(np.complex64) * turns).view(np.float32)
    return result


def normed(x: type_array) -> type_array:
    """Divide by the root mean square along the last axis.

    The gain is folded into the matrix that follows.
    """
    power: type_array = np.vecdot(x, x)[..., None] * np.float32(1.0 / x.shape[-1])
    result: type_array = x / np.sqrt(power + np.float32(1e-5))
    return result


def product(x: type_array, matrix: type_array, *, by_row: bool) -> type_array:
    """Return rows (N, K) times a matrix (K, M), each by itself or all at once."""
    result: type_array = np.matmul(x[:, None], matrix)[:, 0] if by_row else x @ matrix
    return result


def split_heads(qkv: type_array, batch: int, n_head: int) -> type_array:
    """Return queries, keys and values (3, B, H, T, D) from rows (B * T, 3C)."""
    return qkv.reshape(batch, -1, 3, n_head, qkv.shape[-1] // (3 * n_head)).transpose(2, 0, 3, 1, 4)


def merge_heads(mixed: type_array) -> type_array:
    """Return rows (B * T, C) from (B, H, T, D)."""
    batch, heads, time, size = mixed.shape
    return mixed.transpose(0, 2, 1, 3).reshape(batch * time, heads * size)


def smeared(k: type_array, before: type_array, share: type_array) -> type_array:
    """Mix keys (B, H, T, D) with those just before, in a share (H, 1).

    `before` (B, H, D) is the key before the first.
    """
    earlier: type_array = before[:, :, None]
    if k.shape[2] > 1:
        earlier = np.concatenate([earlier, k[:, :, :-1]], axis=2)
    mixed: type_array = k + share[:, None] * (earlier - k)
    return mixed


def squared_relu(x: type_array) -> type_array:
    """Return the square of what is above 0, in place."""
    np.maximum(x, 0.0, out=x)
    result: type_array = np.square(x, out=x)
    return result


def attend(
    q: type_array,
    k: type_array,
    v: type_array,
    hidden: NDArray[np.bool_] | None = None,
    added: type_array | None = None,
) -> type_array:
    """Return the values that each query attends to, mixed, (B, H, T, D).

    q       queries (B, H, T, D), scaled
    k, v    keys and values (B, H, S, D)
    hidden  True for the keys that a query may not see, to (B, H, T, S)
    added   terms of the scores, to (B, H, T, S)
    """
    scores: type_array = q @ k.swapaxes(-1, -2)
    if added is not None:
        scores += added
    if hidden is not None:
        np.copyto(scores, np.float32(-np.inf), where=hidden)
    np.subtract(scores, np.maximum.reduce(scores, axis=-1, keepdims=True), out=scores)
    np.exp(scores, out=scores)
    mixed: type_array = scores @ v
    mixed /= np.add.reduce(scores, axis=-1, keepdims=True)
    return mixed


def attend_shared(
    q: type_array, shared_k: type_array, shared_v: type_array, k: type_array, v: type_array,
    hidden: NDArray[np.bool_] | None = None,
) -> type_array:  # fmt: skip
    """Return the values mixed as by `attend`, of rows that begin alike.

    Their first P keys and values are the same, (H, P, D), and are read once, not once a row.

    k, v    those that follow, (B, H, S, D)
    hidden  True for the keys of these that a query may not see, to (B, H, T, S)
    """
    batch, heads, time, size = q.shape
    queries = q.swapaxes(0, 1).reshape(heads, batch * time, size)
    shared: type_array = (queries @ shared_k.swapaxes(-1, -2)).reshape(heads, batch, time, -1)
    own: type_array = q @ k.swapaxes(-1, -2)
    if hidden is not None:
        np.copyto(own, np.float32(-np.inf), where=hidden)
    highest = np.maximum(shared.max(axis=-1, keepdims=True).swapaxes(0, 1), own.max(axis=-1, keepdims=True))
    np.exp(np.subtract(own, highest, out=own), out=own)
    np.exp(np.subtract(shared, highest.swapaxes(0, 1), out=shared), out=shared)
    mixed: type_array = (shared.reshape(heads, batch * time, -1) @ shared_v).reshape(heads, batch, time, size)
    total = own.sum(axis=-1, keepdims=True) + shared.sum(axis=-1, keepdims=True).swapaxes(0, 1)
    result: type_array = (mixed.swapaxes(0, 1) + own @ v) / total
    return result
