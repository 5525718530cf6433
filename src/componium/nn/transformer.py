"""The Transformer that learns: the torch half of `methods/transformer.py`, with the same parameter names.

Decoder-only (Vaswani et al. 2017; the layout of Radford et al. 2019), with rotary positions (Su et al. 2021), RMS norms
before each part (Zhang and Sennrich 2019), a squared ReLU in the feed-forward part (So et al. 2021, Primer), no biases,
and one matrix for both embedding and output (Press and Wolf 2017).

Shapes: B batch, T time, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def rotary_tables(block_size: int, head_size: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (block_size, head_size / 2) of the rotary angles, base 10,000."""
    rates = 10_000.0 ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
    angles = torch.arange(block_size, dtype=torch.float64)[:, None] * rates
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (first half, second half) of the last axis by its position's angle; x is (B, H, T, D)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def by_distance(q: Tensor, table: Tensor) -> Tensor:
    """What is added to the scores (B, H, T, T) of keys 0, 1, 2 .. places back; minus infinity for those to come.

    Column T - 1 - d of q times the table is the score of distance d; moving row i left by T - 1 - i puts it at key
    i - d. A column of zeros before and another shape of the same numbers do that (Huang et al. 2018, section 3.4.1).
    """
    batch, heads, time, size = q.shape
    scores = functional.pad(q @ table[:time].flip(0).T.to(q.dtype), (1, 0))
    moved = scores.view(batch, heads, time + 1, time)[:, :, 1:] / math.sqrt(size)
    later = torch.ones(time, time, dtype=torch.bool, device=q.device).triu(1)
    return moved.masked_fill(later, -math.inf)


class Linear(nn.Linear):
    """One matrix for all tokens, whatever part they belong to."""

    def forward(self, x: Tensor, parts: Tensor | None = None) -> Tensor:
        """(B, T, inputs) -> (B, T, outputs)."""
        result: Tensor = functional.linear(x, self.weight)
        return result


class Parted(nn.Module):
    """A matrix for each part."""

    def __init__(self, n_in: int, n_out: int, n_parts: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(n_in, n_out, bias=False) for _ in range(n_parts))

    def forward(self, x: Tensor, parts: Tensor) -> Tensor:
        """(B, T, inputs) and the part (B, T) of each token -> (B, T, outputs)."""
        made = [net(x[parts == at]) for at, net in enumerate(self.parts)]
        result: Tensor = made[0].new_zeros((*x.shape[:2], made[0].shape[-1]))
        for at, found in enumerate(made):
            result[parts == at] = found
        return result


def parts_of(ids: Tensor, part_after: Tensor) -> Tensor:
    """The part of each token of ids (B, T): `part_after` (V,) says which a token begins, -1 if it stays in the last."""
    begun = part_after[ids]
    places = torch.arange(ids.shape[1], device=ids.device) * (begun >= 0)
    return begun.gather(1, places.cummax(dim=1).values).clamp(min=0)


class Block(nn.Module):
    """Attention, then a feed-forward part; each adds to the stream what it finds in the normed stream.

    Without `causal` it sees what comes as well as what went. With `smear` a head's keys are mixed with those just
    before, in a share that it learns: a place can then be found by what came before it, which is how music that comes
    again is followed, from the first layer on (Olsson et al. 2022, In-context Learning and Induction Heads). With
    `n_distances` places aren't turned by angles; instead there is a vector for each distance up to that, which queries
    are compared with (Huang et al. 2018, Music Transformer). With `n_parts` each part has a net of its own, and hears
    only itself and part 0, what is common to all; its keys are then not smeared.
    """

    def __init__(
        self, n_embd: int, n_head: int, n_layer: int, dropout: float,
        *, causal: bool = True, smear: bool = False, n_distances: int = 0, n_parts: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.n_parts = n_parts
        self.n_head, self.causal = n_head, causal
        self.embed_distance: nn.Parameter | None = None
        if n_distances:
            self.embed_distance = nn.Parameter(0.02 * torch.randn(n_distances, n_embd // n_head))
        self.smear = nn.Parameter(torch.zeros(n_head)) if smear and not n_parts else None

        def matrix(n_in: int, n_out: int) -> nn.Module:
            return Parted(n_in, n_out, n_parts) if n_parts else Linear(n_in, n_out, bias=False)

        self.norm_1 = nn.RMSNorm(n_embd, eps=1e-5)
        self.qkv = matrix(n_embd, 3 * n_embd)
        self.out = matrix(n_embd, n_embd)
        self.norm_2 = nn.RMSNorm(n_embd, eps=1e-5)
        self.up = matrix(n_embd, 4 * n_embd)
        self.down = matrix(4 * n_embd, n_embd)
        # On the outputs: dropout inside the attention leaves its fast path on a CPU.
        self.dropout = nn.Dropout(dropout)
        for net, gain in ((self.qkv, 1.0), (self.out, 2.0), (self.up, 1.0), (self.down, 2.0)):
            std = 0.02 if gain == 1.0 else 0.02 / math.sqrt(2 * n_layer)
            for value in net.parameters():
                nn.init.normal_(value, std=std)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, parts: Tensor | None = None) -> Tensor:
        """(B, T, C) -> (B, T, C); `parts` (B, T) is each token's, where each has a net of its own."""
        batch, time, channels = x.shape
        three = self.qkv(self.norm_1(x), parts).chunk(3, dim=-1)
        q, k, v = (one.reshape(batch, time, self.n_head, -1).transpose(1, 2) for one in three)
        if self.smear is not None:
            share = self.smear.sigmoid().to(k.dtype)[:, None, None]
            k = torch.lerp(k, functional.pad(k, (0, 0, 1, 0))[:, :, :-1], share)
        if self.embed_distance is None:
            q, k = rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype)
        mask = self._mask(q, parts)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=self.causal and mask is None)
        x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(batch, time, channels), parts))
        grown: Tensor = functional.relu(self.up(self.norm_2(x), parts)).square()
        result: Tensor = x + self.dropout(self.down(grown, parts))
        return result

    def _mask(self, q: Tensor, parts: Tensor | None) -> Tensor | None:
        """What is added to the scores, or which keys are seen at all; None if it is as `causal` says."""
        heard = None
        if self.n_parts and parts is not None:
            heard = ((parts[:, None, :] == parts[:, :, None]) | (parts == 0)[:, None, :])[:, None]
            heard = heard & torch.ones(heard.shape[-2:], dtype=torch.bool, device=q.device).tril()
        if self.embed_distance is None:
            return heard
        added = by_distance(q, self.embed_distance)
        return added if heard is None else added.masked_fill(~heard, -math.inf)


class TransformerModule(nn.Module):
    """ids (B, T) -> logits (B, T, V); `positions` are "rotary" or "relative".

    The first `n_apart` blocks have a net for each part; `part_after` (see `parts_of`) says which tokens are whose.
    """

    def __init__(
        self,
        n_vocab: int,
        *,
        n_layer: int,
        n_head: int,
        n_embd: int,
        block_size: int,
        dropout: float,
        smear: bool = False,
        positions: str = "rotary",
        n_apart: int = 0,
        part_after: Sequence[int] = (),
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {"smear": smear, "n_distances": block_size if positions == "relative" else 0}
        self.embed = nn.Embedding(n_vocab, n_embd)
        nn.init.normal_(self.embed.weight, std=0.02)
        n_parts = [max(part_after, default=0) + 1 if at < n_apart else 0 for at in range(n_layer)]
        self.blocks = nn.ModuleList(Block(n_embd, n_head, n_layer, dropout, **options, n_parts=n) for n in n_parts)
        self.register_buffer("part_after", torch.tensor(part_after) if n_apart else None, persistent=False)
        self.part_after: Tensor | None
        self.norm = nn.RMSNorm(n_embd, eps=1e-5)
        self.dropout = nn.Dropout(dropout)
        cos, sin = rotary_tables(block_size, n_embd // n_head)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.cos: Tensor
        self.sin: Tensor

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token after each; T may not exceed block_size."""
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        parts = None if self.part_after is None else parts_of(ids, self.part_after)
        x = self.dropout(self.embed(ids))
        for block in self.blocks:
            x = block(x, cos, sin, parts)
        return functional.linear(self.norm(x), self.embed.weight)
