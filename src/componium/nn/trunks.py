"""Trunks of the nets over frames: attention, an LSTM, a WaveNet.

A trunk reads a sequence of vectors and returns features of the past at each place.

Shapes: B batch, F places, C channels.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from componium.nn.transformer import Block, rotary_tables
from componium.nn.wavenet import GatedLayer

REACH = 7  # dilations of a WaveNet before they begin again: 1, 2 .. 64


class AttentionTrunk(nn.Module):
    """Causal Transformer blocks, rotary places counted in frames, smeared keys."""

    def __init__(self, n_layer: int, n_head: int, n_embd: int, n_places: int, dropout: float) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(n_embd, n_head, n_layer, dropout, smear=True) for _ in range(n_layer))
        cos, sin = rotary_tables(n_places, n_embd // n_head)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.cos: Tensor
        self.sin: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, F, C) from (B, F, C)."""
        for block in self.blocks:
            x = block(x, self.cos[: x.shape[1]], self.sin[: x.shape[1]])
        return x


class LstmTrunk(nn.Module):
    """Stacked LSTM layers."""

    def __init__(self, n_layer: int, n_head: int, n_embd: int, n_places: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.LSTM(n_embd, n_embd, batch_first=True) for _ in range(n_layer))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, F, C) from (B, F, C)."""
        for layer in self.layers:
            x = self.dropout(layer(x)[0].float())
        return x


class WaveNetTrunk(nn.Module):
    """Gated convolutions, the sum of their skips.

    `n_layer` times dilations that double up to 64 frames.
    """

    def __init__(self, n_layer: int, n_head: int, n_embd: int, n_places: int, dropout: float) -> None:
        super().__init__()
        dilations = [2**at for at in range(REACH)] * n_layer
        self.layers = nn.ModuleList(GatedLayer(n_embd, n_embd, 2, each, dropout) for each in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, F, C) from (B, F, C)."""
        total = torch.zeros_like(x)
        for layer in self.layers:
            x, skip = layer(x)
            total = total + skip.float()
        return total


TRUNKS: dict[str, Callable[[int, int, int, int, float], nn.Module]] = {
    "attention": AttentionTrunk, "lstm": LstmTrunk, "wavenet": WaveNetTrunk,
}  # fmt: skip
