"""Causal dilated convolutions in numpy: the composing half of nn/wavenet.py.

Fast WaveNet (Paine et al. 2016): each layer keeps its inputs in a ring as long as its longest lag, so that a step
computes every layer once. Reading a tap is one look into the ring, however far back it lies: what a step costs depends
on the number of layers, not on the receptive field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.music.types import type_weights

type_array = NDArray[np.float32]


def receptive_field(kernel: int, dilations: Sequence[int]) -> int:
    """Return the number of ids that a stack of causal convolutions reads.

    The newest is counted.

    >>> receptive_field(2, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    1024
    """
    return 1 + (kernel - 1) * sum(dilations)


def pooled_field(n_layer: int, pooled: int) -> int:
    """Return the number of ids that the simplified net reads.

    It has kernels of 3 and poolings of 2, then the greatest of `pooled` steps.

    >>> pooled_field(3, 4)
    74
    """
    field: int = 1 + sum(2 * 4**at + 2**at for at in range(n_layer)) + (pooled - 1) * 2**n_layer
    return field


class Ring:
    """Ring of the last `longest` rows (B, C) that were pushed; zeros before the first."""

    def __init__(self, longest: int, batch: int, channels: int) -> None:
        self.past = np.zeros((longest, batch, channels), dtype=np.float32)
        self.now = 0

    def back(self, lag: int) -> type_array:
        """Return the row pushed `lag` pushes ago, 1 to `longest`."""
        row: type_array = self.past[(self.now - lag) % len(self.past)]
        return row

    def push(self, x: type_array) -> None:
        """Replace the oldest row by x."""
        self.past[self.now % len(self.past)] = x
        self.now += 1

    def select(self, rows: NDArray[np.int64]) -> "Ring":
        """Return the ring of some of the sequences."""
        ring = Ring(0, 0, 0)
        ring.past, ring.now = self.past[:, rows], self.now
        return ring


@dataclass
class _Dense:
    """Dense layer: x -> x @ matrix + bias."""

    matrix: type_array
    bias: type_array

    @classmethod
    def of(cls, weights: type_weights, name: str, n_in: int, n_out: int) -> Self:
        """Return the torch layer of a name, laid out to be multiplied from the left."""
        matrix = np.array(weight(weights, f"{name}.weight", (n_out, n_in)).T, order="C")
        return cls(matrix, weight(weights, f"{name}.bias", (n_out,)))

    def __call__(self, x: type_array) -> type_array:
        y: type_array = x @ self.matrix
        y += self.bias
        return y


class GatedNet:
    """WaveNet with a gate, a residual and a skip connection a layer."""

    def __init__(
        self, weights: type_weights, n_vocab: int,
        *, n_channels: int, n_skip: int, kernel: int, dilations: Sequence[int],
    ) -> None:
        c = self.n_channels = n_channels
        self.kernel, self.dilations = kernel, tuple(dilations)
        self.embed = weight(weights, "embed.weight", (n_vocab, c))
        names = [f"layers.{at}" for at in range(len(self.dilations))]
        self.convs = [_Dense.of(weights, f"{name}.conv", kernel * c, 2 * c) for name in names]
        self.outs = [_Dense.of(weights, f"{name}.out", c, c + n_skip) for name in names]
        self.dense = _Dense.of(weights, "dense", n_skip, n_skip)
        self.head = _Dense.of(weights, "head", n_skip, n_vocab)
        self.n_skip = n_skip
        for conv, out in zip(self.convs, self.outs, strict=True):
            # sigmoid(x) is (1 + tanh(x / 2)) / 2: both halves go into the matrices, and one tanh serves the two.
            conv.matrix[:, c:] *= 0.5
            conv.bias = np.concatenate([conv.bias[:c], 0.5 * conv.bias[c:]])
            out.matrix *= 0.5

    def state(self, batch: int) -> list[Ring]:
        """Return a ring of silence for each layer."""
        return [Ring((self.kernel - 1) * each, batch, self.n_channels) for each in self.dilations]

    def select(self, state: list[Ring], rows: NDArray[np.int64]) -> list[Ring]:
        """Return the state of some of the sequences."""
        return [ring.select(rows) for ring in state]

    def step(self, state: list[Ring], tokens: NDArray[np.int64]) -> type_array:
        """Read ids (B,) into the rings; return the logits (B, V) of the next."""
        c, x = self.n_channels, self.embed[tokens]
        skips = np.zeros((len(x), self.n_skip), dtype=np.float32)
        for conv, out, ring, dilation in zip(self.convs, self.outs, state, self.dilations, strict=True):
            past = [ring.back(at * dilation) for at in range(self.kernel - 1, 0, -1)]
            both = np.tanh(conv(np.concatenate([*past, x], axis=1)))
            ring.push(x)
            y = out(both[:, :c] * (np.float32(1.0) + both[:, c:]))
            x = x + y[:, :c]
            skips += y[:, c:]
        return self.head(np.maximum(self.dense(np.maximum(skips, 0.0)), 0.0))


class PooledNet:
    """Simplified net of the tutorials (see nn.wavenet.PooledModule)."""

    def __init__(
        self, weights: type_weights, n_vocab: int, *, n_embd: int, sizes: Sequence[int], n_dense: int, pooled: int
    ) -> None:
        self.embed = weight(weights, "embed.weight", (n_vocab, n_embd))
        self.inputs, self.sizes, self.pooled = (n_embd, *sizes[:-1]), tuple(sizes), pooled
        both = zip(self.inputs, sizes, strict=True)
        self.convs = [_Dense.of(weights, f"convs.{at}", 3 * n_in, n) for at, (n_in, n) in enumerate(both)]
        self.dense = _Dense.of(weights, "dense", sizes[-1], n_dense)
        self.head = _Dense.of(weights, "head", n_dense, n_vocab)

    def state(self, batch: int) -> list[Ring]:
        """Return a ring for the input of each convolution and of each pooling.

        The last is for the pooling over all.
        """
        rings = []
        for at, (n_in, n_out) in enumerate(zip(self.inputs, self.sizes, strict=True)):
            rings += [Ring(2 * 4**at, batch, n_in), Ring(2**at, batch, n_out)]
        return [*rings, Ring(max((self.pooled - 1) * 2 ** len(self.sizes), 1), batch, self.sizes[-1])]

    def select(self, state: list[Ring], rows: NDArray[np.int64]) -> list[Ring]:
        """Return the state of some of the sequences."""
        return [ring.select(rows) for ring in state]

    def step(self, state: list[Ring], tokens: NDArray[np.int64]) -> type_array:
        """Read ids (B,) into the rings; return the logits (B, V) of the next."""
        x = self.embed[tokens]
        for at, conv in enumerate(self.convs):
            inputs, outputs = state[2 * at : 2 * at + 2]
            y = np.maximum(conv(np.concatenate([inputs.back(2 * 4**at), inputs.back(4**at), x], axis=1)), 0.0)
            inputs.push(x)
            x = np.maximum(y, outputs.back(2**at))
            outputs.push(y)
        apart, last = 2 ** len(self.sizes), state[-1]
        greatest = np.maximum.reduce([x, *(last.back(at * apart) for at in range(1, self.pooled))])
        last.push(x)  # after looking back: the oldest row is overwritten
        return self.head(np.maximum(self.dense(greatest), 0.0))
