"""Masked net of dreams: the torch half of methods/dream.

inference/dream.py composes with the same weights.

Blocks of a Transformer that look both ways along the steps (Vaswani et al. 2017), rotary places. A step is the sum of
its voices' tokens, its place in the bar, the key and the edge of the piece; from it come the chances of each voice's
token. Coconet's net is convolutional over time and pitch.

Shapes: B batch, T steps, I voices, C channels, V tokens.
"""

import torch
from torch import Tensor, nn

from componium.nn.transformer import Block, rotary_tables


class DreamModule(nn.Module):
    """Masked net: cells and context (B, T, I + 3) -> logits (B, T * I, V)."""

    def __init__(
        self, *, n_voices: int, n_tokens: int, places: int, keys: int, n_layer: int, n_head: int, n_embd: int,
        block_size: int, dropout: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.n_voices, self.n_tokens = n_voices, n_tokens
        sizes = {"embed": n_voices * n_tokens, "embed_place": places, "embed_key": keys, "embed_edge": 3}
        for name, size in sizes.items():
            table = nn.Embedding(size, n_embd)
            nn.init.normal_(table.weight, std=0.05)
            self.add_module(name, table)
        self.blocks = nn.ModuleList(Block(n_embd, n_head, n_layer, dropout, causal=False) for _ in range(n_layer))
        self.norm = nn.RMSNorm(n_embd, eps=1e-5)
        self.out = nn.Linear(n_embd, n_voices * n_tokens)
        nn.init.normal_(self.out.weight, std=0.02)
        cos, sin = rotary_tables(block_size, n_embd // n_head)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.cos: Tensor
        self.sin: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every cell; T may not exceed block_size."""
        batch, time, _ = x.shape
        n = self.n_voices
        first = torch.arange(n, device=x.device) * self.n_tokens
        y: Tensor = self.get_submodule("embed")(x[..., :n] + first).sum(dim=2)
        for at, name in enumerate(("embed_place", "embed_key", "embed_edge")):
            y = y + self.get_submodule(name)(x[..., n + at])
        for block in self.blocks:
            y = block(y, self.cos[:time], self.sin[:time])
        result: Tensor = self.out(self.norm(y)).view(batch, time * n, self.n_tokens)
        return result
