"""WaveNet: causal convolutions whose reach doubles from layer to layer, over tokens. This half composes, in numpy.

Van den Oord et al. (2016), "WaveNet: A Generative Model for Raw Audio". A layer of dilation d hears x(t) and x(t - d):

    z = tanh(W_f * x) . sigmoid(W_g * x)        x <- x + R z        skip <- skip + S z

so that ten layers of dilations 1, 2, 4 ... 512 hear 1,024 tokens. The skips' sum, through two dense layers, gives the
logits. Composing keeps what each layer heard (`_dilated.py`); nn/wavenet.py learns. What lies before the receptive
field isn't known to the net; what is asked for is held to by the masks all the same.

With `shape="pooled"` it is the simplified net of tutorials: see PRESETS. `raw_audio` learns sound.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.survey import survey
from componium.corpora.base import Corpus
from componium.errors import ControlError
from componium.inference.dilated import GatedNet, PooledNet, Ring, pooled_field, receptive_field
from componium.methods.base import Autoregressive, codec_for, examples_of
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress
from componium.training.fitting import learn

SHAPES = ("gated", "pooled")
POOLED = {"n_embd": 100, "sizes": (64, 128, 256), "n_dense": 256, "pooled": 4}

# Parameters by name. notechord-wavenet is the net of Pai (2020), "Want to Generate your own Music using Deep Learning?
# Here's a Guide to do just that!": embedding 100; causal convolutions of 64, 128 and 256 channels, kernel 3, dilations
# 1, 2, 4, each followed by ReLU, dropout 0.2 and pooling by 2; the greatest over time; dense 256 ReLU; softmax; windows
# of 32. The sizes are those commonly taught; see the docs for what differs.
PRESETS: dict[str, dict[str, Any]] = {
    "notechord-wavenet": {
        "shape": "pooled", "dropout": 0.2, "codec": {"name": "notechord", "min_count": 50},
        "training": {"batch_size": 128, "block_size": 32, "learning_rate": 1e-3, "weight_decay": 0.0},
    },
}


class WaveNet(Autoregressive):
    """`n_stack` times `n_layer` gated layers of dilations 1, 2, 4 ..., `n_channels` wide, `n_skip` on the skip path.

    `kernel` taps a layer; `dropout` in training; `shape` "gated", or "pooled": the simplified net, of fixed size.
    `codec` is a name, or its options with the name under "name".
    `training` are the fields of training.Settings by name (steps, minutes, batch_size, learning_rate, seed ...).
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 4, "n_stack": 1, "n_channels": 24, "n_skip": 32, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "block_size": 96, "validate_every": 10, "warmup": 5, "log_every": 5},
    }

    def __init__(
        self,
        *,
        n_layer: int = 9,
        n_stack: int = 2,
        n_channels: int = 128,
        n_skip: int = 256,
        kernel: int = 2,
        dropout: float = 0.1,
        shape: str = "gated",
        codec: str | Mapping[str, Any] = "events",
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_stack, self.n_channels, self.n_skip = n_layer, n_stack, n_channels, n_skip
        self.kernel, self.dropout, self.shape, self.codec, self.training = kernel, dropout, shape, codec, training

    @property
    def dilations(self) -> tuple[int, ...]:
        """Of each gated layer."""
        return tuple(2**at for _ in range(self.n_stack) for at in range(self.n_layer))

    @property
    def receptive_field(self) -> int:
        """How many tokens, the newest counted, the next one depends on.

        >>> WaveNet(n_layer=10, n_stack=1).receptive_field
        1024
        """
        if self.shape == "pooled":
            return pooled_field(len(POOLED["sizes"]), POOLED["pooled"])  # type: ignore[arg-type]
        return receptive_field(self.kernel, self.dilations)

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
        weights = learn(lambda: self.make_module(len(codec.vocab)), codec, *examples, self.training or {},
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self.set_weights({"codec": codec.config(), "seen": survey(codec, examples[0])}, weights)

    def make_module(self, n_vocab: int) -> Any:
        """The torch module of these sizes. Raises ControlError for a shape that there isn't."""
        from componium.nn.wavenet import PooledModule, WaveNetModule

        kind = PooledModule if self._is_pooled() else WaveNetModule
        return kind(n_vocab, **self._sizes(), dropout=self.dropout)

    def make_net(self, weights: type_weights, n_vocab: int) -> GatedNet | PooledNet:
        """The numpy net of these sizes. Raises CheckpointError if the weights don't fit."""
        kind = PooledNet if self._is_pooled() else GatedNet
        return kind(weights, n_vocab, **self._sizes())

    def _is_pooled(self) -> bool:
        if self.shape not in SHAPES:
            raise ControlError(f"no shape {self.shape!r}", expected=f"one of {', '.join(SHAPES)}")
        if self.kernel < 2 or self.n_layer < 1 or self.n_stack < 1:
            raise ControlError("a WaveNet that hears one token", expected="kernel from 2, n_layer and n_stack from 1")
        return self.shape == "pooled"

    def _sizes(self) -> dict[str, Any]:
        names = ("n_channels", "n_skip", "kernel", "dilations")
        return dict(POOLED) if self.shape == "pooled" else {name: getattr(self, name) for name in names}

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec_.config(), "seen": self.seen_}, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        codec = self.codec_from(learned)
        self.net_ = self.make_net(weights, len(codec.vocab))
        self.codec_, self.seen_, self.weights_ = codec, dict(learned["seen"]), weights
        return self

    def empty_state(self, batch: int) -> list[Ring]:
        return self.net_.state(batch)

    def select(self, state: list[Ring], rows: NDArray[np.int64]) -> list[Ring]:
        return [ring.rows(rows) for ring in state]

    def step(self, state: list[Ring], tokens: type_ids) -> tuple[NDArray[np.float32], list[Ring]]:
        return self.net_.step(state, np.asarray(tokens)), state
