"""Frame Transformer: attention over whole frames.

A small net chooses the notes within one.

The codec `frames` states what sounds at each step of a grid, from the top down. A causal Transformer reads each
finished frame once, as a set of pitches: what sounds, what has begun, what has ended. A residual net then predicts the
ids of the next frame one by one, from what the Transformer makes of the past, the pitches of the frame so far and the
last of them:

    p(frame_t | past) = prod_k p(pitch_k | h(frame_1 .. frame_t-1), {pitch_1 .. pitch_k-1}, pitch_k-1)

After the RNN-NADE of Boulanger-Lewandowski, Bengio and Vincent (2012), with attention for the recurrence. Since the
past is read once a frame rather than once a note, four voices cost little more than one. nn/frame_transformer.py
learns; inference/frame_transformer.py composes.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from componium.codecs.base import Codec
from componium.codecs.frames import Frames
from componium.inference.frame_transformer import FrameTransformerNet
from componium.methods._shared.neural import NeuralMethod
from componium.music.types import type_weights


class FrameTransformer(NeuralMethod):
    """Transformer over frames of a grid.

    steps       steps a quarter of the grid
    n_layer     blocks
    n_head      heads of each block's attention
    n_embd      channels
    block_size  ids in the window
    dropout     share of outputs that are dropped in training, 0 to below 1
    start       folder of a model of the same size to go on from
    training    fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 96, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "validate_every": 10, "warmup": 5, "log_every": 5},
    }

    def __init__(
        self,
        *,
        steps: int = 4,
        n_layer: int = 3,
        n_head: int = 4,
        n_embd: int = 256,
        block_size: int = 640,
        dropout: float = 0.2,
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.steps, self.n_layer, self.n_head, self.n_embd = steps, n_layer, n_head, n_embd
        self.block_size, self.dropout, self.start, self.training = block_size, dropout, start, training

    def make_module(self, codec: Codec, **parts: Any) -> Any:
        """Return the torch module, untrained.

        `parts` may name another trunk or head (see nn/frame_transformer.py).
        """
        from componium.nn.frame_transformer import FrameTransformerModule

        ids: dict[str, Any] = {"bos": codec.bos, "eos": codec.eos}
        ids |= {"end": codec.vocab.id("End"), "first": codec.vocab.ids("Pitch").start}
        return FrameTransformerModule(len(codec.vocab), **ids, **self._sizes, dropout=self.dropout, **parts)

    @property
    def _sizes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("n_layer", "n_head", "n_embd", "block_size")}

    def make_codec(self) -> Frames:
        return Frames(self.steps)

    def _make_module(self, codec: Codec) -> Any:
        return self.make_module(codec)

    def _make_net(self, weights: type_weights, codec: Codec) -> FrameTransformerNet:
        return FrameTransformerNet(weights, codec, **self._sizes)
