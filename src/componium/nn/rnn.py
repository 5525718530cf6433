"""Recurrent net: the torch half of methods/rnn.py.

inference/recurrent.py composes with the same weights.

Stacked layers of one kind of cell over an embedding. The output is either the embedding again (Press and Wolf 2017), to
whose width the last layer is brought, or a softmax layer of its own, with a dense ReLU layer before it if wished.

Shapes: B batch, T time, C channels (n_embd), S hidden size, V vocabulary.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RNNModule(nn.Module):
    """Stacked recurrent layers: ids (B, T) -> logits (B, T, V).

    The state is zero before the first id. `n_dense` is as in methods.rnn.RNN.
    """

    def __init__(
        self, n_vocab: int, *, n_layer: int, n_hidden: int, n_embd: int, dropout: float, cell: str = "lstm",
        n_dense: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.n_dense = n_dense
        self.embed = nn.Embedding(n_vocab, n_embd)
        # Logits are products with the embedding where it is the output too: then it begins small.
        nn.init.normal_(self.embed.weight, std=0.1 if n_dense is None else 1.0)
        sizes = [n_embd] + [n_hidden] * n_layer
        self.layers = nn.ModuleList(CELLS[cell](n_in, n_hidden, batch_first=True) for n_in in sizes[:-1])
        if n_dense is None:
            self.out = nn.Linear(n_hidden, n_embd, bias=False)
        else:
            self.dense = nn.Linear(n_hidden, n_dense) if n_dense else nn.Identity()
            self.head = nn.Linear(n_dense or n_hidden, n_vocab)
        self.dropout = nn.Dropout(dropout)
        for layer in self.layers if cell == "lstm" else ():
            with torch.no_grad():  # open forget gates: what is in the cell stays, until it is learned to drop it
                layer.get_parameter("bias_ih_l0")[n_hidden : 2 * n_hidden] = 1.0

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each."""
        x = self.dropout(self.embed(ids))
        for layer in self.layers:
            x = self.dropout(layer(x)[0])
        if self.n_dense is None:
            return functional.linear(self.out(x), self.embed.weight)
        logits: Tensor = self.head(torch.relu(self.dense(x)) if self.n_dense else x)
        return logits
