"""Part networks: the torch half of methods/part_networks.py.

The first blocks have matrices of their own for each part of the music: there a part sees only itself and what is common
to all (part 0: the prefix, bars, beats). Blocks of nn/transformer.py, which see everything, follow.
inference/part_networks.py composes.

Shapes: B batch, T time, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from componium.nn.transformer import (
    Block,
    TransformerConfig,
    draw_weights,
    merge_heads,
    rotary_tables,
    rotate,
    split_heads,
)


def parts_of(ids: Tensor, part_after: Tensor) -> Tensor:
    """Return the part of each id (B, T).

    `part_after` (V,) has the part that each id begins; -1 if it stays in the last one.
    """
    begun = part_after[ids]
    places = torch.arange(ids.shape[1], device=ids.device) * (begun >= 0)
    return begun.gather(1, places.cummax(dim=1).values).clamp(min=0)


class PartLinear(nn.Module):
    """Linear layer with a matrix for each part."""

    def __init__(self, n_in: int, n_out: int, n_parts: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(n_in, n_out, bias=False) for _ in range(n_parts))

    def forward(self, x: Tensor, parts: Tensor) -> Tensor:
        """Return (B, T, outputs) from (B, T, inputs) and the part (B, T) of each id."""
        outputs = [layer(x[parts == part]) for part, layer in enumerate(self.parts)]
        result: Tensor = outputs[0].new_zeros((*x.shape[:2], outputs[0].shape[-1]))
        for part, rows in enumerate(outputs):
            result[parts == part] = rows
        return result


class PartBlock(nn.Module):
    """Block with matrices for each part, in which a part sees only itself and part 0."""

    def __init__(self, config: TransformerConfig, n_parts: int) -> None:
        super().__init__()
        n_embd, self.n_head = config.n_embd, config.n_head
        self.norm_1 = nn.RMSNorm(n_embd, eps=1e-5)
        self.qkv = PartLinear(n_embd, 3 * n_embd, n_parts)
        self.out = PartLinear(n_embd, n_embd, n_parts)
        self.norm_2 = nn.RMSNorm(n_embd, eps=1e-5)
        self.up = PartLinear(n_embd, 4 * n_embd, n_parts)
        self.down = PartLinear(4 * n_embd, n_embd, n_parts)
        self.dropout = nn.Dropout(config.dropout)
        draw_weights(self, config.n_layer)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, parts: Tensor, seen: Tensor) -> Tensor:
        """Return the stream (B, T, C) after this block.

        `parts` (B, T) has the part of each id, `seen` (B, 1, T, T) the keys that each query sees.
        """
        q, k, v = split_heads(self.qkv(self.norm_1(x), parts), self.n_head)
        q, k = rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        x = x + self.dropout(self.out(merge_heads(mixed), parts))
        result: Tensor = x + self.dropout(self.down(functional.relu(self.up(self.norm_2(x), parts)).square(), parts))
        return result


class PartNetworksModule(nn.Module):
    """Transformer with a net for each part at first: ids (B, T) -> logits (B, T, V).

    n_apart     how many of the config's n_layer blocks those are
    part_after  see `parts_of`
    """

    def __init__(self, config: TransformerConfig, *, n_apart: int, part_after: Sequence[int]) -> None:
        super().__init__()
        sizes = config.n_embd, config.n_head, config.n_layer, config.dropout
        self.embed = nn.Embedding(config.n_vocab, config.n_embd)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks = nn.ModuleList(
            PartBlock(config, max(part_after) + 1) if at < n_apart else Block(*sizes, smear=config.smear)
            for at in range(config.n_layer)
        )
        self.norm = nn.RMSNorm(config.n_embd, eps=1e-5)
        self.dropout = nn.Dropout(config.dropout)
        cos, sin = rotary_tables(config.block_size, config.n_embd // config.n_head)
        self.cos, self.sin = nn.Buffer(cos, persistent=False), nn.Buffer(sin, persistent=False)
        self.part_after = nn.Buffer(torch.tensor(part_after), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each; T may not exceed block_size."""
        cos, sin, parts = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]], parts_of(ids, self.part_after)
        seen = ((parts[:, None, :] == parts[:, :, None]) | (parts == 0)[:, None, :]).tril()[:, None]
        x = self.dropout(self.embed(ids))
        for block in self.blocks:
            x = block(x, cos, sin, parts, seen) if isinstance(block, PartBlock) else block(x, cos, sin)
        return functional.linear(self.norm(x), self.embed.weight)
