"""Optimizer of all nets: Muon for hidden matrices, AdamW for everything else.

Hidden are the matrices between the layers of attention nets.

Muon (Jordan et al. 2024) makes each step of a matrix orthogonal, so that no direction starves; its rate is scaled so
that a step is as large as AdamW's (Liu et al. 2025), and one learning rate does for both. AdamW: Loshchilov and Hutter
(2019). Embeddings, norms and biases aren't decayed.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

BETAS = (0.9, 0.95)
HIDDEN = ("blocks.", ".past.", ".up.", ".down.")  # what matrices between hidden layers are called


class MuonAdamW(torch.optim.Optimizer):
    """Muon and AdamW over the named parameters of a net; without `muon`, AdamW alone."""

    def __init__(
        self, named: Iterable[tuple[str, nn.Parameter]], *, lr: float, weight_decay: float, muon: bool = True
    ) -> None:
        turned: list[nn.Parameter] = []
        decayed: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for name, value in named:
            is_matrix = value.ndim == 2 and "embed" not in name
            is_hidden = is_matrix and any(part in name for part in HIDDEN)
            (turned if muon and is_hidden else decayed if is_matrix else rest).append(value)
        groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]
        self.parts: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=lr, betas=BETAS)]
        if turned:
            scaled = "match_rms_adamw"
            self.parts.append(torch.optim.Muon(turned, lr=lr, weight_decay=weight_decay, adjust_lr_fn=scaled))
        super().__init__([group for part in self.parts for group in part.param_groups], {})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step of each."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for part in self.parts:
            part.step()
        return loss

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of both."""
        for group in self.param_groups:
            group["lr"] = rate

    def state_dict(self) -> dict[str, Any]:
        """Return the state of each, in order."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]
