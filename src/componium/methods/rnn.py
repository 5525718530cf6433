"""RNN: a recurrent net, whose state carries all that it remembers.

Stacked layers of one kind of cell over an embedding; nn/rnn.py learns, inference/recurrent.py composes. A cell is "rnn"
(Elman 1990), "gru" (Cho et al. 2014) or "lstm" (Hochreiter and Schmidhuber 1997); each gate with its own W, U, b, s the
sigmoid:

    rnn     h <- tanh(W x + U h + b)
    gru     r, z = s(W x + U h + b)     n = tanh(W x + b + r (U h + b'))    h <- (1 - z) n + z h
    lstm    i, f, o = s(W x + U h + b)  g = tanh(W x + U h + b)             c <- f c + i g      h <- o tanh(c)

A step costs the same however long the piece; the distant past is remembered only as far as the state holds it. With a
`block_size` the state begins anew before each window of so many ids, in composing as in training.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from componium.codecs.base import Codec
from componium.errors import ControlError
from componium.inference.recurrent import CELLS, RecurrentNet, SlidingNet
from componium.methods._shared.neural import NeuralMethod
from componium.methods._shared.parameters import check_choice
from componium.music.types import type_weights

_WINDOWS: dict[str, Any] = {"learning_rate": 1e-3, "weight_decay": 0.0}

# Parameters by name. What the sources' own programs do otherwise is in docs/methods/rnn.md.
PRESETS: dict[str, dict[str, Any]] = {
    "nottingham-lstm": {  # the pitch at each step of a melody from the 32 steps before: benchmarks/nottingham_melody
        "n_layer": 2, "n_hidden": 256, "n_embd": 256, "dropout": 0.1, "n_dense": 0, "block_size": 32,
        "codec": {"name": "melody", "steps": 2, "kind": "sounding"},
        "training": {"learning_rate": 4e-3, "weight_decay": 0.01, "batch_size": 128, "steps": 2000, "decay": 0.5,
                     "shuffle_rows": True},
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


class RNN(NeuralMethod):
    """Stacked recurrent layers over the ids of a codec.

    n_layer     layers
    n_hidden    cells of each layer
    n_embd      channels of the embedding
    dropout     share of outputs that are dropped in training, 0 to below 1
    cell        "rnn", "gru" or "lstm"
    n_dense     None: the embedding is the output matrix too; 0: the output has a matrix of its own; more: after a dense
                ReLU layer of that width
    block_size  ids before each next one that it reads, in training too, 32 or more; None: all of the piece
    codec       name of the codec, or its options with the name under "name"
    start       model of the same size to go on from: a folder
    training    fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
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
        block_size: int | None = None,
        codec: str | Mapping[str, Any] = "events",
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_hidden, self.n_embd = n_layer, n_hidden, n_embd
        self.dropout, self.cell, self.n_dense, self.block_size = dropout, cell, n_dense, block_size
        self.codec, self.start, self.training = codec, start, training

    def check_params(self) -> None:
        super().check_params()
        check_choice("cell", self.cell, CELLS)

    def make_module(self, n_vocab: int) -> Any:
        """Return the torch module of these sizes. Raises ControlError for an unknown cell."""
        from componium.nn.rnn import RNNModule

        return RNNModule(n_vocab, **self._sizes(), dropout=self.dropout)

    def make_net(self, weights: type_weights, n_vocab: int) -> RecurrentNet | SlidingNet:
        """Return the numpy net of these sizes.

        Raises CheckpointError if the weights don't fit.
        """
        net = RecurrentNet(weights, n_vocab, **self._sizes())
        return SlidingNet(net, self.block_size) if self.block_size else net

    def _sizes(self) -> dict[str, Any]:
        if self.cell not in CELLS:
            raise ControlError(f"no cell {self.cell!r}", expected=f"one of {', '.join(CELLS)}")
        return {name: getattr(self, name) for name in ("n_layer", "n_hidden", "n_embd", "cell", "n_dense")}

    def _make_module(self, codec: Codec) -> Any:
        return self.make_module(len(codec.vocab))

    def _make_net(self, weights: type_weights, codec: Codec) -> RecurrentNet | SlidingNet:
        return self.make_net(weights, len(codec.vocab))
