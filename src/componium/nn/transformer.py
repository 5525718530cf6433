"""Transformer: the torch half of methods/transformer.py.

The problem: ids (B, T) of pieces, and for each the distribution of the next id, given those before it in the window.

The model is decoder-only (Vaswani et al. 2017; the layout of Radford et al. 2019), with rotary positions (Su et al.
2021), RMS norms before each part (Zhang and Sennrich 2019), a squared ReLU in the feed-forward part (So et al. 2021,
Primer), no biases, and one matrix for both embedding and output (Press and Wolf 2017). inference/transformer.py
composes with the same weights, in numpy; an oracle test holds the two equal.

Shapes: B batch, T time, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of a TransformerModule."""

    n_vocab: int
    n_layer: int = 4  # induction needs two at least; four of them compose 16 bars in seconds on one core
    n_head: int = 4  # 64 channels a head
    n_embd: int = 256  # 3.3 million weights: what a few thousand short pieces can fill
    block_size: int = 512  # about 16 bars of four voices
    dropout: float = 0.1  # the corpora are small
    smear: bool = True  # see Block


def rotary_tables(block_size: int, head_size: int) -> tuple[Tensor, Tensor]:
    """Return the cosines and sines of the rotary angles, (block_size, D / 2) each.

    Their base is 10,000.
    """
    rates = 10_000.0 ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
    angles = torch.arange(block_size, dtype=torch.float64)[:, None] * rates
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate pairs of channels by the angles of their positions.

    A pair is one of the first half of the last axis and one of the second; x is (B, H, T, D).
    """
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def split_heads(qkv: Tensor, n_head: int) -> list[Tensor]:
    """Return queries, keys and values (B, H, T, D) from one matrix (B, T, 3C)."""
    batch, time, _ = qkv.shape
    return [part.reshape(batch, time, n_head, -1).transpose(1, 2) for part in qkv.chunk(3, dim=-1)]


def merge_heads(mixed: Tensor) -> Tensor:
    """Return (B, T, C) from (B, H, T, D)."""
    return mixed.transpose(1, 2).flatten(2)


def smear_keys(k: Tensor, share: Tensor) -> Tensor:
    """Mix keys (B, H, T, D) with those just before.

    `share` (H,) is the logit of the share.
    """
    return torch.lerp(k, functional.pad(k, (0, 0, 1, 0))[:, :, :-1], share.sigmoid().to(k.dtype)[:, None, None])


def draw_weights(block: nn.Module, n_layer: int) -> None:
    """Draw the matrices of a block: std 0.02, less for those that add to the stream.

    The more layers there are, the less they add (Radford et al. 2019).
    """
    stds = {"qkv": 0.02, "out": 0.02 / math.sqrt(2 * n_layer), "up": 0.02, "down": 0.02 / math.sqrt(2 * n_layer)}
    for name, std in stds.items():
        for matrix in block.get_submodule(name).parameters():
            nn.init.normal_(matrix, std=std)


class Block(nn.Module):
    """Attention, then a feed-forward part.

    Each reads the normed stream and adds its output to the stream.

    causal  each position sees only those up to itself; else all
    smear   mix each head's keys with those just before, in a share that it learns: a position can then be found by what
            came before it, which is how music that comes again is followed, from the first layer on (Olsson et al.
            2022, In-context Learning and Induction Heads)
    """

    def __init__(
        self, n_embd: int, n_head: int, n_layer: int, dropout: float, *, causal: bool = True, smear: bool = False
    ) -> None:
        super().__init__()
        self.n_head, self.causal = n_head, causal
        self.smear = nn.Parameter(torch.zeros(n_head)) if smear else None
        self.norm_1 = nn.RMSNorm(n_embd, eps=1e-5)
        self.qkv = nn.Linear(n_embd, 3 * n_embd, bias=False)
        self.out = nn.Linear(n_embd, n_embd, bias=False)
        self.norm_2 = nn.RMSNorm(n_embd, eps=1e-5)
        self.up = nn.Linear(n_embd, 4 * n_embd, bias=False)
        self.down = nn.Linear(4 * n_embd, n_embd, bias=False)
        self.dropout = nn.Dropout(dropout)  # of outputs: inside the attention it would leave the fast path on a CPU
        draw_weights(self, n_layer)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Return the stream (B, T, C) after this block; cos and sin are (T, D / 2)."""
        q, k, v = split_heads(self.qkv(self.norm_1(x)), self.n_head)
        if self.smear is not None:
            k = smear_keys(k, self.smear)
        q, k = rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.dropout(self.out(merge_heads(mixed)))
        result: Tensor = x + self.dropout(self.down(functional.relu(self.up(self.norm_2(x))).square()))
        return result


class TransformerModule(nn.Module):
    """Decoder-only Transformer: ids (B, T) -> logits (B, T, V).

    T may not exceed block_size.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        sizes = config.n_embd, config.n_head, config.n_layer, config.dropout
        self.embed = nn.Embedding(config.n_vocab, config.n_embd)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(*sizes, smear=config.smear) for _ in range(config.n_layer))
        self.norm = nn.RMSNorm(config.n_embd, eps=1e-5)
        self.dropout = nn.Dropout(config.dropout)
        cos, sin = rotary_tables(config.block_size, config.n_embd // config.n_head)
        self.cos, self.sin = nn.Buffer(cos, persistent=False), nn.Buffer(sin, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each."""
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        x = self.dropout(self.embed(ids))
        for block in self.blocks:
            x = block(x, cos, sin)
        return functional.linear(self.norm(x), self.embed.weight)
