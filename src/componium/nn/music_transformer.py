"""Music Transformer: the torch half of methods/music_transformer.py.

Huang et al. (2018).

The Transformer of nn/transformer.py, but for its positions: instead of rotary angles there is a learned vector for each
distance back, with which queries are compared as they are with keys. inference/music_transformer.py composes.

Shapes: B batch, T time, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from componium.nn.transformer import TransformerConfig, draw_weights, merge_heads, smear_keys, split_heads


def distance_scores(q: Tensor, table: Tensor) -> Tensor:
    """Return what distances add to the scores, (B, H, T, T).

    It is minus infinity for later keys.

    q is (B, H, T, D); table (T or more, D) has a vector for 0, 1, 2 .. places back. Column T - 1 - d of q times the
    table is the score of distance d; moving row i left by T - 1 - i puts it at key i - d. A column of zeros before and
    another shape of the same numbers do that (section 3.4.1).
    """
    batch, heads, time, size = q.shape
    scores = functional.pad(q @ table[:time].flip(0).T.to(q.dtype), (1, 0))
    moved = scores.view(batch, heads, time + 1, time)[:, :, 1:] / math.sqrt(size)
    later = torch.ones(time, time, dtype=torch.bool, device=q.device).triu(1)
    return moved.masked_fill(later, -math.inf)


class RelativeBlock(nn.Module):
    """Block with a vector for each distance in place of rotary angles.

    Otherwise it is the Block of nn.transformer; distances go up to block_size.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        n_embd, self.n_head = config.n_embd, config.n_head
        self.embed_distance = nn.Parameter(0.02 * torch.randn(config.block_size, n_embd // config.n_head))
        self.smear = nn.Parameter(torch.zeros(config.n_head)) if config.smear else None
        self.norm_1 = nn.RMSNorm(n_embd, eps=1e-5)
        self.qkv = nn.Linear(n_embd, 3 * n_embd, bias=False)
        self.out = nn.Linear(n_embd, n_embd, bias=False)
        self.norm_2 = nn.RMSNorm(n_embd, eps=1e-5)
        self.up = nn.Linear(n_embd, 4 * n_embd, bias=False)
        self.down = nn.Linear(4 * n_embd, n_embd, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        draw_weights(self, config.n_layer)

    def forward(self, x: Tensor) -> Tensor:
        """Return the stream (B, T, C) after this block."""
        q, k, v = split_heads(self.qkv(self.norm_1(x)), self.n_head)
        if self.smear is not None:
            k = smear_keys(k, self.smear)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=distance_scores(q, self.embed_distance))
        x = x + self.dropout(self.out(merge_heads(mixed)))
        result: Tensor = x + self.dropout(self.down(functional.relu(self.up(self.norm_2(x))).square()))
        return result


class MusicTransformerModule(nn.Module):
    """Transformer with relative positions: ids (B, T) -> logits (B, T, V).

    T may not exceed block_size.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.embed = nn.Embedding(config.n_vocab, config.n_embd)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks = nn.ModuleList(RelativeBlock(config) for _ in range(config.n_layer))
        self.norm = nn.RMSNorm(config.n_embd, eps=1e-5)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each."""
        x = self.dropout(self.embed(ids))
        for block in self.blocks:
            x = block(x)
        return functional.linear(self.norm(x), self.embed.weight)
