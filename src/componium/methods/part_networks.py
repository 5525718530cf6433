"""Part networks: a net for each part, then a common one.

In the first blocks each voice has matrices of its own, and attends only to itself and to what belongs to no voice (the
prefix, bars, beats); the blocks that follow are those of the method `transformer`, and bring the voices together.
nn/part_networks.py learns; inference/part_networks.py composes. It needs a codec that names voices: events.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.inference.part_networks import PartNetworksNet, parts_begun
from componium.inference.windowed import Cache
from componium.methods._shared.neural import NeuralMethod
from componium.methods._shared.parameters import check_range
from componium.music.types import type_ids, type_weights


class PartNetworks(NeuralMethod):
    """Transformer over ids whose first blocks have a net for each part.

    n_layer     blocks
    n_apart     how many of them, the first, have a net for each part
    n_head      heads of each block's attention
    n_embd      channels
    block_size  ids in the window
    dropout     share of outputs that are dropped in training, 0 to below 1
    smear       in the common blocks, mix each head's keys with those just before
    codec       name of the codec, or its options with the name under "name"
    start       folder of a model of the same size to go on from
    training    fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 2, "n_head": 2, "n_embd": 32, "block_size": 96, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "validate_every": 10, "warmup": 5, "log_every": 5},
    }
    net_: PartNetworksNet

    def __init__(
        self,
        *,
        n_layer: int = 4,
        n_apart: int = 1,
        n_head: int = 4,
        n_embd: int = 256,
        block_size: int = 512,
        dropout: float = 0.1,
        smear: bool = True,
        codec: str | Mapping[str, Any] = "events",
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_apart, self.n_head, self.n_embd = n_layer, n_apart, n_head, n_embd
        self.block_size, self.dropout, self.smear = block_size, dropout, smear
        self.codec, self.start, self.training = codec, start, training

    def check_params(self) -> None:
        super().check_params()
        check_range("n_apart", self.n_apart, 0, self.n_layer)

    @property
    def _sizes(self) -> dict[str, Any]:
        names = ("n_layer", "n_head", "n_embd", "block_size", "smear")
        return {name: getattr(self, name) for name in names}

    def _make_module(self, codec: Codec) -> Any:
        from componium.nn.part_networks import PartNetworksModule
        from componium.nn.transformer import TransformerConfig

        config = TransformerConfig(len(codec.vocab), **self._sizes, dropout=self.dropout)
        return PartNetworksModule(config, n_apart=self.n_apart, part_after=parts_begun(codec).tolist())

    def _make_net(self, weights: type_weights, codec: Codec) -> PartNetworksNet:
        return PartNetworksNet(weights, codec, **self._sizes, n_apart=self.n_apart)

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], Cache]:
        return self.net_.begin(ids)
