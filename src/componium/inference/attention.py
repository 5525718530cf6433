"""What the numpy halves of attention nets share: a block's matrices, rotary places, norms, attention itself.

Shapes: B batch, T queries, S keys, C channels (n_embd), H heads, D = C / H.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.music.types import type_weights

type_array = NDArray[np.float32]


@dataclass
class Layer:
    """The matrices of one block, laid out to be multiplied from the left.

    What can be done once is folded in: the norms' gains, and the scale of attention's scores. The channels of queries
    and keys are in the order of `paired`.
    """

    qkv: type_array  # (C, 3C)
    out: type_array  # (C, C)
    up: type_array  # (C, 4C)
    down: type_array  # (4C, C)
    smear: type_array  # (H, 1): the share of the key before in a key; (0, 1) where keys aren't mixed
    distances: type_array | None = None  # (S, D): vectors for 0, 1, 2 .. places back, where those take angles' place


def layer_of(
    weights: type_weights, name: str, c: int, n_head: int, *, smear: bool = False, part: str = ""
) -> Layer:
    """One block's matrices from the weights whose names begin with `name`; `c` channels.

    `part` is what stands in the matrices' names where each part of the music has its own: ".parts.2".
    """
    norm_1, norm_2 = (weight(weights, f"{name}norm_{at}.weight", (c,)) for at in (1, 2))
    shares: Any = weight(weights, f"{name}smear", (n_head,)) if smear else np.zeros(0, dtype=np.float32)
    head_size = c // n_head
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


def product(x: type_array, layers: Sequence[Layer], matrix: str, parts: NDArray[np.int64]) -> type_array:
    """Rows (N, C) times a matrix of the only layer, or of the one of each row's part, (N,)."""
    if len(layers) == 1:
        alone: type_array = x @ getattr(layers[0], matrix)
        return alone
    found = np.zeros((len(x), getattr(layers[0], matrix).shape[1]), dtype=np.float32)
    for part in np.unique(parts).tolist():
        found[parts == part] = x[parts == part] @ getattr(layers[part], matrix)
    return found


def paired(head_size: int) -> NDArray[np.int64]:
    """The order of a head's channels in which the two that a rotary angle turns stand side by side.

    >>> paired(6).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    return np.arange(head_size).reshape(2, -1).T.ravel()


def rotary_turns(n_places: int, head_size: int) -> NDArray[np.complex64]:
    """The rotary angles, base 10,000, as turns (n_places, head_size / 2) of a complex number."""
    rates = 10_000.0 ** (-np.arange(0, head_size, 2) / head_size)
    turns: NDArray[np.complex64] = np.exp(1j * np.arange(n_places)[:, None] * rates).astype(np.complex64)
    return turns


def rotated(x: type_array, turns: NDArray[np.complex64]) -> type_array:
    """Pairs of channels turned by their place's angle; x is (.., T, D), in the order of `paired`, turns (T, D / 2)."""
    result: type_array = (x.view(np.complex64) * turns).view(np.float32)
    return result


def normed(x: type_array) -> type_array:
    """x over its root mean square along the last axis; the gain is folded into what follows."""
    power: type_array = np.vecdot(x, x)[..., None] * np.float32(1.0 / x.shape[-1])
    result: type_array = x / np.sqrt(power + np.float32(1e-5))
    return result


def smeared(k: type_array, before: type_array, share: type_array) -> type_array:
    """Keys (B, H, T, D) mixed with those just before, `before` (B, H, D) the first; `share` is (H, 1)."""
    earlier: type_array = before[:, :, None]
    if k.shape[2] > 1:
        earlier = np.concatenate([earlier, k[:, :, :-1]], axis=2)
    mixed: type_array = k + share[:, None] * (earlier - k)
    return mixed


def attend(
    q: type_array, k: type_array, v: type_array,
    hidden: NDArray[np.bool_] | None = None, distances: type_array | None = None,
) -> type_array:  # fmt: skip
    """Dot-product attention: (B, H, T, D), scaled already, over keys and values (B, H, S, D), but for those `hidden`.

    The queries are the last T of S places. `distances` are vectors for 0, 1, 2 .. places back, (S or more, D).
    """
    scores: type_array = q @ k.swapaxes(-1, -2)
    if distances is not None:
        time, n = scores.shape[-2:]
        back = np.maximum(np.arange(n - time, n)[:, None] - np.arange(n), 0)
        scores += np.take_along_axis(q @ distances[:n].T, back[None, None], axis=-1)
    if hidden is not None:
        np.copyto(scores, np.float32(-np.inf), where=hidden)
    np.subtract(scores, np.maximum.reduce(scores, axis=-1, keepdims=True), out=scores)
    np.exp(scores, out=scores)
    mixed: type_array = scores @ v
    mixed /= np.add.reduce(scores, axis=-1, keepdims=True)
    return mixed
