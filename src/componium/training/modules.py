"""Weights of torch modules as arrays, and back."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from componium.music.types import type_weights


def seeded(make_module: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Return a new module whose first weights are drawn by `seed`.

    The global state of torch stays as it was.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make_module()


def weights_of(module: nn.Module) -> type_weights:
    """Return a copy of a module's weights, float32."""
    return {name: value.detach().float().cpu().numpy().copy() for name, value in module.state_dict().items()}


def put_weights(module: nn.Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Replace all weights of a module."""
    module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
