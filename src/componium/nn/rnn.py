"""The recurrent net that learns: the torch half of `methods/rnn.py`, with the same parameter names.

Stacked LSTM layers (Hochreiter and Schmidhuber 1997) over an embedding; the last layer's output is brought to the
embedding's width, and the embedding is the output matrix too (Press and Wolf 2017).

Shapes: B batch, T time, C channels (n_embd), S hidden size, V vocabulary.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class RNNModule(nn.Module):
    """ids (B, T) -> logits (B, T, V); the state is zero before the first id."""

    def __init__(self, n_vocab: int, *, n_layer: int, n_hidden: int, n_embd: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(n_vocab, n_embd)
        nn.init.normal_(self.embed.weight, std=0.1)
        sizes = [n_embd] + [n_hidden] * n_layer
        self.layers = nn.ModuleList(nn.LSTM(n_in, n_hidden, batch_first=True) for n_in in sizes[:-1])
        self.out = nn.Linear(n_hidden, n_embd, bias=False)
        self.dropout = nn.Dropout(dropout)
        for layer in self.layers:
            with torch.no_grad():  # open forget gates: what is in the cell stays, until it is learned to drop it
                layer.get_parameter("bias_ih_l0")[n_hidden : 2 * n_hidden] = 1.0

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token after each."""
        x = self.dropout(self.embed(ids))
        for layer in self.layers:
            x = self.dropout(layer(x)[0])
        return functional.linear(self.out(x), self.embed.weight)
