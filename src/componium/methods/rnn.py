"""RNN: a recurrent net whose state carries all it remembers. This half composes, in numpy; nn/rnn.py learns.

Stacked LSTM layers (Hochreiter and Schmidhuber 1997), the embedding used for the output too (Press and Wolf 2017).
One layer:

    i, f, o = sigmoid(...)   g = tanh(...)   each of W x + U h + b
    c <- f c + i g           h <- o tanh(c)

A step costs the same however long the piece; what was played long ago is remembered only as far as the state holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs._base import type_ids
from componium.corpora._base import Corpus
from componium.methods._base import Autoregressive, Run, codec_for, examples_of, type_weights
from componium.methods._neural import learn, weight
from componium.usual import survey

type_array = NDArray[np.float32]
type_state = list[tuple[type_array, type_array]]  # (h, c) of each layer, each (B, n_hidden)


@dataclass
class _Layer:
    """One LSTM layer: gates i, f, g, o side by side."""

    from_input: type_array  # (inputs, 4 * n_hidden)
    from_hidden: type_array  # (n_hidden, 4 * n_hidden)
    bias: type_array  # (4 * n_hidden,)


class RNN(Autoregressive):
    """`n_layer` LSTM layers of `n_hidden` cells over an embedding of `n_embd` channels; `dropout` in training.

    `start` is a model of the same size to go on from: "default" for the shipped one, or a folder.
    `training` are the fields of training.Settings by name (steps, minutes, batch_size, learning_rate, seed ...).
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_hidden": 32, "n_embd": 32, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "block_size": 96, "validate_every": 10, "warmup": 5, "log_every": 5},
    }

    def __init__(
        self,
        *,
        n_layer: int = 2,
        n_hidden: int = 480,
        n_embd: int = 256,
        dropout: float = 0.1,
        codec: str = "events",
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_hidden, self.n_embd = n_layer, n_hidden, n_embd
        self.dropout, self.codec_name, self.start, self.training = dropout, codec, start, training

    def parameters(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in ("n_layer", "n_hidden", "n_embd", "dropout")}
        return {**values, "codec": self.codec_name, "start": self.start, "training": dict(self.training or {})}

    def fit(self, corpus: Corpus, run: Run | None = None) -> Self:
        """Train. Raises MissingExtraError without torch, CorpusError for an empty training split."""
        codec = codec_for(self.codec_name, corpus)

        def make_module() -> Any:
            from componium.nn.rnn import RNNModule

            sizes = {"n_layer": self.n_layer, "n_hidden": self.n_hidden, "n_embd": self.n_embd}
            return RNNModule(len(codec.vocab), **sizes, dropout=self.dropout)

        examples = examples_of(codec, corpus.train), examples_of(codec, corpus.validation)
        weights = learn(make_module, codec, *examples, self.training or {}, run, self.start)
        return self.set_weights({"codec": codec.config(), "seen": survey(codec, examples[0])}, weights)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec.config(), "seen": self.seen_}, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        codec = self.codec_from(learned)
        self.embed_ = weight(weights, "embed.weight", (len(codec.vocab), self.n_embd))
        self.out_ = weight(weights, "out.weight", (self.n_embd, self.n_hidden)).T @ self.embed_.T  # two matrices in one
        inputs = [self.n_embd] + [self.n_hidden] * (self.n_layer - 1)
        self.layers_ = [self._layer(weights, f"layers.{at}.", size) for at, size in enumerate(inputs)]
        self.codec_, self.seen_, self.weights_ = codec, dict(learned["seen"]), weights
        return self

    def _layer(self, weights: type_weights, name: str, inputs: int) -> _Layer:
        gates = 4 * self.n_hidden
        return _Layer(
            from_input=np.ascontiguousarray(weight(weights, f"{name}weight_ih_l0", (gates, inputs)).T),
            from_hidden=np.ascontiguousarray(weight(weights, f"{name}weight_hh_l0", (gates, self.n_hidden)).T),
            bias=weight(weights, f"{name}bias_ih_l0", (gates,)) + weight(weights, f"{name}bias_hh_l0", (gates,)),
        )

    def initial_state(self, batch: int) -> type_state:
        zeros = np.zeros((batch, self.n_hidden if self.codec else 0), dtype=np.float32)
        return [(zeros, zeros) for _ in range(self.n_layer)]

    def select(self, state: type_state, rows: NDArray[np.int64]) -> type_state:
        return [(h[rows], c[rows]) for h, c in state]

    def step(self, state: type_state, tokens: type_ids) -> tuple[type_array, type_state]:
        x, new, n = self.embed_[tokens], [], self.n_hidden
        for layer, (h, c) in zip(self.layers_, state, strict=True):
            gates = x @ layer.from_input + h @ layer.from_hidden + layer.bias
            i, f, o = (_sigmoid(gates[:, at * n : (at + 1) * n]) for at in (0, 1, 3))
            c = f * c + i * np.tanh(gates[:, 2 * n : 3 * n])
            x = o * np.tanh(c)
            new.append((x, c))
        return x @ self.out_, new


def _sigmoid(x: type_array) -> type_array:
    result: type_array = 0.5 * (1.0 + np.tanh(0.5 * x))  # unlike 1 / (1 + exp(-x)), this can't overflow
    return result
