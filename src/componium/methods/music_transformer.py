"""Music Transformer: attention that learns a vector for each distance back.

Huang et al. (2018): a query is compared not only with each key but also with a learned vector of the key's distance, so
that what recurs after a bar, or a phrase, can be attended to as such. All else is as in the method `transformer`.
nn/music_transformer.py learns; inference/music_transformer.py composes.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.inference.music_transformer import MusicTransformerNet
from componium.inference.windowed import Cache
from componium.methods._shared.neural import NeuralMethod
from componium.music.types import type_ids, type_weights


class MusicTransformer(NeuralMethod):
    """Transformer with relative positions, over the ids of a codec.

    n_layer     blocks
    n_head      heads of each block's attention
    n_embd      channels
    block_size  ids in the window, and distances that have a vector
    dropout     share of outputs that are dropped in training, 0 to below 1
    smear       mix each head's keys with those just before, so that it finds a position by what came before it
    codec       name of the codec, or its options with the name under "name"
    start       folder of a model of the same size to go on from
    training    fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 96, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "validate_every": 10, "warmup": 5, "log_every": 5},
    }
    net_: MusicTransformerNet

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
        from componium.nn.music_transformer import MusicTransformerModule
        from componium.nn.transformer import TransformerConfig

        return MusicTransformerModule(TransformerConfig(len(codec.vocab), **self._sizes, dropout=self.dropout))

    def _make_net(self, weights: type_weights, codec: Codec) -> MusicTransformerNet:
        return MusicTransformerNet(weights, codec, **self._sizes)

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], Cache]:
        return self.net_.begin(ids)
