"""Recurrent layers in numpy: the composing half of nn/rnn.py.

Stacked layers of one kind of cell over an embedding; the equations head `methods/rnn.py`. The output is the embedding
again, or a matrix of its own, with a dense ReLU layer before it if there is one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.music.types import type_weights

type_array = NDArray[np.float32]
type_state = list[tuple[type_array, type_array]]  # (h, c) of each layer, each (B, n_hidden); only an lstm uses c
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


@dataclass
class _Layer:
    """Recurrent layer, its gates side by side: r, z, n (gru) or i, f, g, o (lstm)."""

    from_input: type_array  # (inputs, G * n_hidden)
    from_hidden: type_array  # (n_hidden, G * n_hidden)
    bias: type_array  # (G * n_hidden,)
    bias_hidden: type_array  # (G * n_hidden,), added to what comes from the state

    @classmethod
    def of(cls, weights: type_weights, name: str, gates: int, inputs: int, n_hidden: int) -> "_Layer":
        """Return the torch layer of a name, laid out to be multiplied from the left."""
        return cls(
            from_input=np.ascontiguousarray(weight(weights, f"{name}.weight_ih_l0", (gates, inputs)).T),
            from_hidden=np.ascontiguousarray(weight(weights, f"{name}.weight_hh_l0", (gates, n_hidden)).T),
            bias=weight(weights, f"{name}.bias_ih_l0", (gates,)),
            bias_hidden=weight(weights, f"{name}.bias_hh_l0", (gates,)),
        )


class RecurrentNet:
    """Stacked recurrent layers, with the sizes of nn.rnn.RNNModule.

    Raises CheckpointError if the weights don't fit.
    """

    def __init__(
        self, weights: type_weights, n_vocab: int,
        *, n_layer: int, n_hidden: int, n_embd: int, cell: str, n_dense: int | None,
    ) -> None:
        self.n_layer, self.n_hidden, self.cell = n_layer, n_hidden, CELLS[cell]
        self.embed = weight(weights, "embed.weight", (n_vocab, n_embd))
        inputs, gates = [n_embd] + [n_hidden] * (n_layer - 1), GATES[cell] * n_hidden
        self.layers = [_Layer.of(weights, f"layers.{at}", gates, n, n_hidden) for at, n in enumerate(inputs)]
        self.dense: tuple[type_array, type_array] | None = None
        if n_dense is None:  # two matrices in one
            self.out = weight(weights, "out.weight", (n_embd, n_hidden)).T @ self.embed.T
            self.bias = np.zeros(n_vocab, dtype=np.float32)
            return
        if n_dense:
            matrix = weight(weights, "dense.weight", (n_dense, n_hidden)).T
            self.dense = matrix, weight(weights, "dense.bias", (n_dense,))
        self.out = np.ascontiguousarray(weight(weights, "head.weight", (n_vocab, n_dense or n_hidden)).T)
        self.bias = weight(weights, "head.bias", (n_vocab,))

    def state(self, batch: int) -> type_state:
        """Return zeros for every layer."""
        zeros = np.zeros((batch, self.n_hidden), dtype=np.float32)
        return [(zeros, zeros) for _ in range(self.n_layer)]

    def select(self, state: type_state, rows: NDArray[np.int64]) -> type_state:
        """Return the state of some of the sequences."""
        return [(h[rows], c[rows]) for h, c in state]

    def step(self, state: type_state, tokens: NDArray[np.int64]) -> type_array:
        """Read ids (B,) into the state; return the logits (B, V) of the next."""
        return self.logits(self.read(state, tokens))

    def read(self, state: type_state, tokens: NDArray[np.int64]) -> type_array:
        """Read ids (B,) into the state; return the last layer's outputs (B, n_hidden)."""
        x = self.embed[tokens]
        for at, (layer, (h, c)) in enumerate(zip(self.layers, state, strict=True)):
            x, c = self.cell(x @ layer.from_input + layer.bias, h @ layer.from_hidden + layer.bias_hidden, h, c)
            state[at] = x, c
        outputs: type_array = x
        return outputs

    def logits(self, x: type_array) -> type_array:
        """Return the logits (B, V) of the next id from outputs (B, n_hidden)."""
        if self.dense:
            x = np.maximum(x @ self.dense[0] + self.dense[1], 0.0)
        logits: type_array = x @ self.out + self.bias
        return logits


class SlidingNet:
    """Recurrent net that reads the last `block_size` ids and nothing before them.

    For each id of the window there is a state that begins with it; each step moves all of them on, answers from the
    oldest and begins it anew. So a step costs `block_size` rows, and no id is read twice from the start.
    """

    def __init__(self, net: RecurrentNet, block_size: int) -> None:
        self.net, self.block_size = net, block_size

    def state(self, batch: int) -> dict[str, Any]:
        """Return no ids read."""
        return {"read": 0, "layers": self.net.state(batch * self.block_size)}

    def select(self, state: dict[str, Any], rows: NDArray[np.int64]) -> dict[str, Any]:
        """Return the state of some of the sequences."""
        each = (rows[:, None] * self.block_size + np.arange(self.block_size)).ravel()
        return {"read": state["read"], "layers": self.net.select(state["layers"], each)}

    def step(self, state: dict[str, Any], tokens: NDArray[np.int64]) -> type_array:
        """Read ids (B,) into the state; return the logits (B, V) of the next."""
        newest, size = state["read"] % self.block_size, self.block_size
        state["read"] += 1
        oldest = state["read"] % size if state["read"] >= size else 0
        for h, c in state["layers"]:
            h[newest::size], c[newest::size] = 0.0, 0.0
        hidden = self.net.read(state["layers"], tokens.repeat(size))
        return self.net.logits(hidden[oldest::size])


# A cell: what comes to its gates from below and from the state, and the old h and c, to the new h and c.


def _rnn(below: type_array, before: type_array, h: type_array, c: type_array) -> tuple[type_array, type_array]:
    return np.tanh(below + before), c


def _gru(below: type_array, before: type_array, h: type_array, c: type_array) -> tuple[type_array, type_array]:
    n = h.shape[1]
    r, z = (_sigmoid(below[:, at * n : (at + 1) * n] + before[:, at * n : (at + 1) * n]) for at in (0, 1))
    new = np.tanh(below[:, 2 * n :] + r * before[:, 2 * n :])
    return (1 - z) * new + z * h, c


def _lstm(below: type_array, before: type_array, h: type_array, c: type_array) -> tuple[type_array, type_array]:
    gates, n = below + before, h.shape[1]
    i, f, o = (_sigmoid(gates[:, at * n : (at + 1) * n]) for at in (0, 1, 3))
    c = f * c + i * np.tanh(gates[:, 2 * n : 3 * n])
    return o * np.tanh(c), c


CELLS = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}


def _sigmoid(x: type_array) -> type_array:
    result: type_array = 0.5 * (1.0 + np.tanh(0.5 * x))  # unlike 1 / (1 + exp(-x)), this can't overflow
    return result
