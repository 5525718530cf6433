"""WaveNet: causal convolutions whose reach doubles from layer to layer, over ids.

Van den Oord et al. (2016), "WaveNet: A Generative Model for Raw Audio". A layer of dilation d reads x(t) and x(t - d):

    z = tanh(W_f * x) . sigmoid(W_g * x)        x <- x + R z        skip <- skip + S z

so that ten layers of dilations 1, 2, 4 ... 512 read 1,024 ids. The skips' sum, through two dense layers, gives the
logits (nn/wavenet.py learns; inference/dilated.py composes). What lies before the receptive field isn't known to the
net; controls are met by the masks all the same.

With `shape="pooled"` it is the simplified net of tutorials: see PRESETS. `raw_audio` learns sound.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from componium.codecs.base import Codec
from componium.errors import CheckpointError, ControlError
from componium.inference.dilated import GatedNet, PooledNet, pooled_field, receptive_field
from componium.methods._shared.neural import NeuralMethod
from componium.music.types import type_weights

SHAPES = ("gated", "pooled")
LONGEST = 20  # layers of a stack: a receptive field of a million ids
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


class WaveNet(NeuralMethod):
    """Gated causal convolutions over the ids of a codec.

    There are `n_stack` times `n_layer` layers, of dilations 1, 2, 4 ...

    n_layer     layers of a stack
    n_stack     stacks
    n_channels  channels of the residual path
    n_skip      channels of the skip path
    kernel      taps of a layer, 2 or more
    dropout     share of inputs that are dropped in training, 0 to below 1
    shape       "gated", or "pooled": the simplified net, of fixed size
    codec       name of the codec, or its options with the name under "name"
    training    fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
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

    def check_params(self) -> None:
        super().check_params()
        self._is_pooled()

    @property
    def dilations(self) -> tuple[int, ...]:
        """Dilation of each gated layer."""
        return tuple(2**at for _ in range(self.n_stack) for at in range(self.n_layer))

    @property
    def receptive_field(self) -> int:
        """Number of ids, the newest counted, that the next one depends on.

        >>> WaveNet(n_layer=10, n_stack=1).receptive_field
        1024
        """
        if self.shape == "pooled":
            return pooled_field(len(POOLED["sizes"]), POOLED["pooled"])  # type: ignore[arg-type]
        return receptive_field(self.kernel, self.dilations)

    def make_module(self, n_vocab: int) -> Any:
        """Return the torch module of these sizes.

        Raises ControlError for an unknown shape.
        """
        from componium.nn.wavenet import PooledModule, WaveNetModule

        kind = PooledModule if self._is_pooled() else WaveNetModule
        return kind(n_vocab, **self._sizes(), dropout=self.dropout)

    def make_net(self, weights: type_weights, n_vocab: int) -> GatedNet | PooledNet:
        """Return the numpy net of these sizes.

        Raises CheckpointError if the weights don't fit.
        """
        if self._is_pooled():
            return PooledNet(weights, n_vocab, **self._sizes())
        if self.n_layer * self.n_stack > len(weights):
            raise CheckpointError(f"{self.n_stack} times {self.n_layer} layers", expected="as many as were saved")
        return GatedNet(weights, n_vocab, **self._sizes())

    def _is_pooled(self) -> bool:
        if self.shape not in SHAPES:
            raise ControlError(f"no shape {self.shape!r}", expected=f"one of {', '.join(SHAPES)}")
        if self.kernel < 2 or not 1 <= self.n_layer <= LONGEST or self.n_stack < 1:
            sizes = f"a kernel of {self.kernel}, {self.n_stack} times {self.n_layer} layers"
            raise ControlError(sizes, expected=f"kernel from 2, n_layer from 1 to {LONGEST}, n_stack from 1")
        return self.shape == "pooled"

    def _sizes(self) -> dict[str, Any]:
        names = ("n_channels", "n_skip", "kernel", "dilations")
        return dict(POOLED) if self.shape == "pooled" else {name: getattr(self, name) for name in names}

    def _make_module(self, codec: Codec) -> Any:
        return self.make_module(len(codec.vocab))

    def _make_net(self, weights: type_weights, codec: Codec) -> GatedNet | PooledNet:
        return self.make_net(weights, len(codec.vocab))
