"""Transformer: attention over everything so far.

A decoder-only net (Vaswani et al. 2017) with rotary positions (Su et al. 2021), RMS norms before each part, a squared
ReLU (So et al. 2021), no biases, and one matrix for embedding and output (Press and Wolf 2017). nn/transformer.py
learns; inference/transformer.py composes. A prompt is read in one pass, as many ids at once as the window holds.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints.quantization import BLOCK
from componium.codecs.base import Codec
from componium.inference.engines import ONNXRUNTIME, choose_engine
from componium.inference.graph import build_graph
from componium.inference.quantized import QuantizedTransformerNet
from componium.inference.transformer import TransformerNet
from componium.inference.windowed import Cache
from componium.methods._shared.neural import NeuralMethod
from componium.music.types import type_ids, type_weights


class Transformer(NeuralMethod):
    """Transformer over the ids of a codec.

    n_layer     blocks
    n_head      heads of each block's attention
    n_embd      channels
    block_size  ids in the window
    dropout     share of outputs that are dropped in training, 0 to below 1
    smear       mix each head's keys with those just before, so that it finds a position by what came before it
    codec       name of the codec, or its options with the name under "name"
    start       model of the same size to go on from: "default" for the shipped one, or a folder
    training    fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 96, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "validate_every": 10, "warmup": 5, "log_every": 5},
    }
    rhythm = 1.07  # by benchmarks/rhythm: what it writes soon moves in one rhythm otherwise
    net_: TransformerNet | QuantizedTransformerNet

    def __init__(
        self,
        *,
        n_layer: int = 4,
        n_head: int = 4,
        n_embd: int = 256,
        block_size: int = 512,
        dropout: float = 0.1,
        smear: bool = True,
        codec: str | Mapping[str, Any] = "events",
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_head, self.n_embd, self.block_size = n_layer, n_head, n_embd, block_size
        self.dropout, self.smear = dropout, smear
        self.codec, self.start, self.training = codec, start, training

    @property
    def _sizes(self) -> dict[str, Any]:
        names = ("n_layer", "n_head", "n_embd", "block_size", "smear")
        return {name: getattr(self, name) for name in names}

    def _make_module(self, codec: Codec) -> Any:
        from componium.nn.transformer import TransformerConfig, TransformerModule

        return TransformerModule(TransformerConfig(len(codec.vocab), **self._sizes, dropout=self.dropout))

    def _make_net(self, weights: type_weights, codec: Codec) -> TransformerNet | QuantizedTransformerNet:
        kind = QuantizedTransformerNet if choose_engine(weights) == ONNXRUNTIME else TransformerNet
        return kind(weights, codec, **self._sizes)

    def _make_graph(self, codec: Codec) -> bytes | None:
        fits = self.n_embd % BLOCK == 0 and self.n_embd // self.n_head % 16 == 0  # what the operators ask for
        return build_graph(len(codec.vocab), **self._sizes) if fits else None

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], Cache]:
        return self.net_.begin(ids)
