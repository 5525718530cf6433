"""Causal convolutions: the torch half of methods/wavenet.py.

inference/dilated.py composes with the same weights.

WaveNet (van den Oord et al. 2016): causal convolutions whose dilation doubles from layer to layer, each with a gate, a
residual and a skip connection. A convolution is one product with the inputs at its taps side by side.

Shapes: B batch, T time, C channels, K kernel, S skip channels, V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


def delayed(x: Tensor, lag: int) -> Tensor:
    """Return x (B, T, C) as it was `lag` steps before; zeros before the beginning."""
    return functional.pad(x, (0, 0, lag, 0))[:, : x.shape[1]] if lag else x


def taps(x: Tensor, kernel: int, dilation: int) -> Tensor:
    """Return what a causal convolution reads at each step, (B, T, K C), oldest first."""
    return torch.cat([delayed(x, at * dilation) for at in reversed(range(kernel))], dim=-1)


class GatedLayer(nn.Module):
    """Gated layer: tanh(filter) * sigmoid(gate), to the residual and the skip path."""

    def __init__(self, n_channels: int, n_skip: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.kernel, self.dilation, self.n_channels = kernel, dilation, n_channels
        self.dropout = nn.Dropout(dropout)
        self.conv = nn.Linear(kernel * n_channels, 2 * n_channels)  # filter and gate side by side
        self.out = nn.Linear(n_channels, n_channels + n_skip)  # residual and skip side by side

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next layer's input, and this layer's share of the skip path."""
        inner, gate = self.conv(taps(self.dropout(x), self.kernel, self.dilation)).chunk(2, dim=-1)
        out = self.out(torch.tanh(inner) * torch.sigmoid(gate))
        return x + out[..., : self.n_channels], out[..., self.n_channels :]


class WaveNetModule(nn.Module):
    """Gated convolutions: ids (B, T) -> logits (B, T, V).

    There is a layer for each of `dilations`, and silence (zeros) before the first id.
    """

    def __init__(
        self, n_vocab: int, *, n_channels: int, n_skip: int, kernel: int, dilations: Sequence[int], dropout: float
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(n_vocab, n_channels)
        self.layers = nn.ModuleList(GatedLayer(n_channels, n_skip, kernel, each, dropout) for each in dilations)
        self.dense = nn.Linear(n_skip, n_skip)
        self.head = nn.Linear(n_skip, n_vocab)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.embed.weight, std=0.3)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each."""
        return self.logits_of(self.embed(ids))

    def logits_of(self, x: Tensor) -> Tensor:
        """Return the logits from embedded ids (B, T, C)."""
        skips = []
        for layer in self.layers:
            x, skip = layer(x)
            skips.append(skip)
        logits: Tensor = self.head(torch.relu(self.dense(self.dropout(torch.relu(sum(skips[1:], skips[0]))))))
        return logits


class PooledModule(nn.Module):
    """Simplified WaveNet of the tutorials: no gate, no residual, no skip.

    It has three causal convolutions with pooling.

    They read windows and halve time at each pooling. Here nothing is halved: from one pooling to the next the taps
    stand twice as far apart, which gives every step what the halved net gives for the window that ends there.
    """

    def __init__(self, n_vocab: int, *, n_embd: int, sizes: Sequence[int], n_dense: int, pooled: int, dropout: float):
        super().__init__()
        self.embed = nn.Embedding(n_vocab, n_embd)
        inputs = [n_embd, *sizes[:-1]]
        self.convs = nn.ModuleList(nn.Linear(3 * n_in, n_out) for n_in, n_out in zip(inputs, sizes, strict=True))
        self.dense = nn.Linear(sizes[-1], n_dense)
        self.head = nn.Linear(n_dense, n_vocab)
        self.dropout, self.pooled = nn.Dropout(dropout), pooled

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each."""
        return self.logits_of(self.embed(ids))

    def logits_of(self, x: Tensor) -> Tensor:
        """Return the logits from embedded ids (B, T, C)."""
        for at, conv in enumerate(self.convs):
            x = self.dropout(torch.relu(conv(taps(x, 3, 4**at))))  # dilation 2^at in a time halved `at` times
            x = torch.maximum(x, delayed(x, 2**at))
        apart = 2 ** len(self.convs)
        x = torch.stack([delayed(x, at * apart) for at in range(self.pooled)]).amax(0)
        logits: Tensor = self.head(torch.relu(self.dense(x)))
        return logits
