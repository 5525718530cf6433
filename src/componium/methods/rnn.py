"""RNN: a recurrent net whose state carries all it remembers. `_recurrent.py` composes, in numpy; nn/rnn.py learns.

Stacked layers of one kind of cell over an embedding. A cell is "rnn" (Elman 1990), "gru" (Cho et al. 2014) or "lstm"
(Hochreiter and Schmidhuber 1997); each gate with its own W, U, b, s the sigmoid:

    rnn     h <- tanh(W x + U h + b)
    gru     r, z = s(W x + U h + b)     n = tanh(W x + b + r (U h + b'))    h <- (1 - z) n + z h
    lstm    i, f, o = s(W x + U h + b)  g = tanh(W x + U h + b)             c <- f c + i g      h <- o tanh(c)

A step costs the same however long the piece; what was played long ago is remembered only as far as the state holds it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.survey import survey
from componium.corpora.base import Corpus
from componium.errors import ControlError
from componium.inference.recurrent import CELLS, RecurrentNet, type_state
from componium.methods.base import Autoregressive, codec_for, examples_of
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress
from componium.training.fitting import learn

_WINDOWS: dict[str, Any] = {"learning_rate": 1e-3, "weight_decay": 0.0}

# Parameters by name. What the sources' own programs do otherwise is in docs/methods/rnn.md.
PRESETS: dict[str, dict[str, Any]] = {
    "nottingham-lstm": {  # a melody step by step, windows of 32 steps, softmax over the pitches
        "n_layer": 1, "n_hidden": 128, "n_embd": 128, "dropout": 0.2, "n_dense": 0,
        "codec": {"name": "melody", "steps": 2}, "training": {**_WINDOWS, "batch_size": 64, "block_size": 32},
    },
    "notechord-lstm": {  # notes and chords, those rarer than 50 left out; windows of 32, batches of 128
        "n_layer": 1, "n_hidden": 128, "n_embd": 100, "dropout": 0.2, "n_dense": 256,
        "codec": {"name": "notechord", "min_count": 50},
        "training": {**_WINDOWS, "batch_size": 128, "block_size": 32},
    },
    "deep-lstm": {  # three layers of 128, dropout 0.3 between them, dense 256, sequences of 100
        "n_layer": 3, "n_hidden": 128, "n_embd": 128, "dropout": 0.3, "n_dense": 256,
        "codec": "notechord", "training": {**_WINDOWS, "batch_size": 64, "block_size": 100},
    },
}


class RNN(Autoregressive):
    """`n_layer` layers of `n_hidden` cells over an embedding of `n_embd` channels; `dropout` in training.

    `cell` is "rnn", "gru" or "lstm". `n_dense` None makes the embedding the output matrix too; 0 gives the output a
    matrix of its own, and more a dense ReLU layer of that width before it. `codec` is a name, or its options with the
    name under "name".
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
        cell: str = "lstm",
        n_dense: int | None = None,
        codec: str | Mapping[str, Any] = "events",
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_hidden, self.n_embd = n_layer, n_hidden, n_embd
        self.dropout, self.cell, self.n_dense = dropout, cell, n_dense
        self.codec, self.start, self.training = codec, start, training

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Train. Raises MissingExtraError without torch, CorpusError for an empty training split."""
        self.check_params()
        codec = codec_for(self.codec, corpus)
        examples = examples_of(codec, corpus.train), examples_of(codec, corpus.validation)
        settings = self.training or {}
        weights = learn(lambda: self.make_module(len(codec.vocab)), codec, *examples, settings, start=self.start,
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self.set_weights({"codec": codec.config(), "seen": survey(codec, examples[0])}, weights)

    def make_module(self, n_vocab: int) -> Any:
        """The torch module of these sizes. Raises ControlError for a cell that there isn't."""
        from componium.nn.rnn import RNNModule

        return RNNModule(n_vocab, **self._sizes(), dropout=self.dropout)

    def make_net(self, weights: type_weights, n_vocab: int) -> RecurrentNet:
        """The numpy net of these sizes. Raises CheckpointError if the weights don't fit."""
        return RecurrentNet(weights, n_vocab, **self._sizes())

    def _sizes(self) -> dict[str, Any]:
        if self.cell not in CELLS:
            raise ControlError(f"no cell {self.cell!r}", expected=f"one of {', '.join(CELLS)}")
        return {name: getattr(self, name) for name in ("n_layer", "n_hidden", "n_embd", "cell", "n_dense")}

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec_.config(), "seen": self.seen_}, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        codec = self.codec_from(learned)
        self.net_ = self.make_net(weights, len(codec.vocab))
        self.codec_, self.seen_, self.weights_ = codec, dict(learned["seen"]), weights
        return self

    def empty_state(self, batch: int) -> type_state:
        return self.net_.state(batch)

    def select(self, state: type_state, rows: NDArray[np.int64]) -> type_state:
        return [(h[rows], c[rows]) for h, c in state]

    def step(self, state: type_state, tokens: type_ids) -> tuple[NDArray[np.float32], type_state]:
        return self.net_.step(state, np.asarray(tokens)), state
