"""The one sampler: temperature, top-k, top-p, min-p, the masks, and the one loop that makes ids.

References: top-p, Holtzman et al. 2020; min-p, Nguyen et al. 2024. Of equally likely ids top-k keeps exactly k.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from componium.errors import ControlError
from componium.music.types import type_ids, type_mask

FAINTEST = -750.0  # exp of it is 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How ids are drawn: temperature (0: always the likeliest), then the likeliest `top_k` (0: all), then the likeliest
    whose probabilities make up `top_p`, then those at least `min_p` times as likely as the likeliest.

    Raises ControlError for values outside their ranges.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 10:
            raise ControlError(f"a temperature of {self.temperature}", expected="0 to 10")
        if self.top_k < 0 or not 0 < self.top_p <= 1 or not 0 <= self.min_p < 1:
            raise ControlError("a sampling setting out of range", expected="top_k >= 0, 0 < top_p <= 1, 0 <= min_p < 1")


class Guide(Protocol):
    """Says what may come next in one sequence: the grammar, and what was wished for.

    `bias` is added to the logits, shape (V,): what is wished for without being a must.
    """

    done: bool
    bias: NDArray[np.float32]

    def mask(self) -> type_mask:
        """Which ids may come next, shape (V,)."""

    def advance(self, index: int) -> None:
        """Move on past the id that was chosen."""


class Model(Protocol):
    """What the sampler needs of an autoregressive method."""

    def initial_state(self, batch: int) -> Any:
        """The state of `batch` sequences before their first id."""

    def step(self, state: Any, tokens: type_ids) -> tuple[NDArray[np.float32], Any]:
        """The logits (B, V) after one more id a sequence, and the new state."""
        ...

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """The state of some of the sequences."""


def probabilities(logits: NDArray[np.float32], sampling: Sampling) -> NDArray[np.float64]:
    """The distribution that is drawn from, shape as `logits` (V,), one dimension.

    >>> probabilities(np.log(np.array([0.5, 0.25, 0.25], dtype=np.float32)), Sampling(top_k=2)).round(3).tolist()
    [0.667, 0.333, 0.0]
    """
    if sampling.temperature == 0:
        result: NDArray[np.float64] = np.zeros(len(logits))
        result[np.argmax(logits)] = 1.0
        return result
    below = logits.astype(np.float64) - np.maximum.reduce(logits)
    np.maximum(below, FAINTEST * sampling.temperature, out=below)  # or near temperature 0 the quotient might overflow
    result = np.exp(below / sampling.temperature)
    if sampling.top_k or sampling.top_p < 1:
        order = (-result).argsort(kind="stable")
        kept = len(order) if not sampling.top_k else min(sampling.top_k, len(order))
        total = result[order[:kept]].cumsum()
        if sampling.top_p < 1:
            kept = int(total.searchsorted(sampling.top_p * total[-1])) + 1
        result[order[kept:]] = 0.0
    if sampling.min_p:
        result[result < sampling.min_p * result.max()] = 0.0
    result /= np.add.reduce(result)
    return result


def draw(logits: NDArray[np.float32], mask: type_mask, sampling: Sampling, rng: np.random.Generator) -> int:
    """One id among those that the mask allows."""
    allowed = mask.nonzero()[0]
    if len(allowed) == 1:
        return int(allowed[0])
    return int(allowed[choose(probabilities(logits[allowed], sampling), rng)])


def choose(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Draw an index in proportion to the weights (n,), none negative and at least one above 0.

    >>> choose(np.array([0.0, 2.0, 0.0]), np.random.default_rng(0))
    1
    """
    total = weights.cumsum()
    at = total.searchsorted(rng.random() * total[-1], side="right")
    return int(min(at, total.searchsorted(total[-1])))  # where rounding reaches the total: the last of weight


def choose_by_log(log_weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Draw an index by unnormalized log weights (n,), not all of them -inf."""
    return choose(np.exp(log_weights - log_weights.max()), rng)


def sample(
    model: Model,
    guides: Sequence[Guide],
    rngs: Sequence[np.random.Generator],
    sampling: Sampling,
    on_token: Callable[[int, list[int]], None] | None = None,
) -> list[list[int]]:
    """A sequence of ids for each guide, made side by side; each ends when its guide is done.

    `on_token(row, ids so far)` is called for every id.
    """
    rows: list[list[int]] = [[] for _ in guides]
    live = np.arange(len(guides))
    state, n_vocab = model.initial_state(len(guides)), len(guides[0].mask()) if len(guides) else 0
    logits = np.zeros((len(guides), n_vocab), dtype=np.float32)  # the first id, bos, needs none
    while len(live):
        for place, row in enumerate(live.tolist()):
            index = draw(logits[place] + guides[row].bias, guides[row].mask(), sampling, rngs[row])
            guides[row].advance(index)
            rows[row].append(index)
            if on_token:
                on_token(row, rows[row])
        kept = np.array([place for place, row in enumerate(live.tolist()) if not guides[row].done], dtype=np.int64)
        if len(kept) < len(live):
            live, state = live[kept], model.select(state, kept)
        if len(live):
            logits, state = model.step(state, np.array([rows[row][-1] for row in live.tolist()]))
    return rows
