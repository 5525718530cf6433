"""Draws of an index by weights."""

import numpy as np
from numpy.typing import NDArray


def choose(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Draw an index in proportion to weights (n,).

    None of them is negative, and at least one is above 0.

    >>> choose(np.array([0.0, 2.0, 0.0]), np.random.default_rng(0))
    1
    """
    total = weights.cumsum()
    at = total.searchsorted(rng.random() * total[-1], side="right")
    return int(min(at, total.searchsorted(total[-1])))  # where rounding reaches the total: the last of weight


def choose_by_log(log_weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Draw an index by unnormalized log weights (n,), not all of them -inf."""
    return choose(np.exp(log_weights - log_weights.max()), rng)
