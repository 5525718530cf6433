"""The sampler: temperature, top-k, top-p, min-p, and the one loop that draws ids.

References: top-p, Holtzman et al. 2020; min-p, Nguyen et al. 2024. Of equally likely ids top-k keeps exactly k.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import ConstraintSet
from componium.decoding.draws import choose
from componium.errors import ControlError
from componium.music.score import Score
from componium.music.types import type_ids, type_mask

FAINTEST = -750.0  # exp of it is 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """Settings of the sampler, applied in this order.

    temperature  0 (always the likeliest) to 10
    top_k        keep the likeliest k; 0 keeps all
    top_p        keep the likeliest whose probabilities sum to this, above 0 to 1
    min_p        keep those at least this many times as likely as the likeliest, 0 to below 1
    rhythm       the temperature of choices of time, as a multiple of that of the others, above 0 to 10

    Raises ControlError for values outside their ranges.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    rhythm: float = 1.0

    def __post_init__(self) -> None:
        for name in ("temperature", "top_k", "top_p", "min_p", "rhythm"):
            if isinstance(getattr(self, name), bool) or not isinstance(getattr(self, name), int | float):
                raise ControlError(f"a {name} of {getattr(self, name)!r}", expected="a number")
        if not 0 <= self.temperature <= 10:
            raise ControlError(f"a temperature of {self.temperature}", expected="0 to 10")
        if self.top_k < 0 or not 0 < self.top_p <= 1 or not 0 <= self.min_p < 1 or not 0 < self.rhythm <= 10:
            raise ControlError("a sampling setting out of range",
                               expected="top_k >= 0, 0 < top_p <= 1, 0 <= min_p < 1, 0 < rhythm <= 10")

    def of_time(self) -> "Sampling":
        """Return the settings of choices of time."""
        return replace(self, temperature=min(self.temperature * self.rhythm, 10), rhythm=1.0)


class Guide(Protocol):
    """The grammar and constraints of one sequence.

    `given` are the ids that it begins with: a prefix or a prompt. `constraints` narrow what the grammar and the plan
    allow. Masks and biases are rows (V,) of larger arrays, written in place.
    """

    done: bool
    given: type_ids
    constraints: ConstraintSet

    @property
    def bars_left(self) -> int | None:
        """Number of bars still to be written, with the present one; None if open."""

    @property
    def bars_to_close(self) -> int | None:
        """Number of bars to where the piece closes, or the strain that comes back last.

        None after that.
        """

    @property
    def is_of_time(self) -> bool:
        """True where the next id may be an onset, a duration or a bar."""

    def mask(self, out: type_mask) -> None:
        """Write which ids may come next."""

    def bias(self, out: NDArray[np.float32]) -> None:
        """Write the bias of each id, added to the logits, in nats."""

    def advance(self, index: int) -> None:
        """Move on past the id that was chosen."""

    def copy(self) -> Self:
        """Return an independent guide in the same state."""
        ...

    def finish(self, score: Score) -> Score:
        """Return the decoded score with what the codec can't state."""
        ...

    def bar(self, number: int, score: Score) -> Score:
        """Return a bar, from 0, that was decoded as it is in the finished score."""
        ...


class Model(Protocol):
    """The part of an autoregressive method that the sampler needs."""

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Return the logits (B, V) after ids (B, T), read in one pass, and the state."""
        ...

    def step(self, state: Any, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Return the logits (B, V) after one more id a sequence, and the new state."""
        ...

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """Return the state of some of the sequences."""


@dataclass(frozen=True, slots=True)
class Step:
    """One draw: the sequence's row, its logits, mask and bias (V,), and the id.

    The next step overwrites the arrays: copy what you keep.
    """

    row: int
    logits: NDArray[np.float32]
    mask: type_mask
    bias: NDArray[np.float32]
    id: int


type_on_step = Callable[[Step], None]
type_park = Callable[[int, int, Callable[[], Any]], bool]


def probabilities(logits: NDArray[np.float32], sampling: Sampling) -> NDArray[np.float64]:
    """Return the distribution (V,) from which an id is drawn, given its logits (V,).

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
        n_kept = len(order) if not sampling.top_k else min(sampling.top_k, len(order))
        total = result[order[:n_kept]].cumsum()
        if sampling.top_p < 1:
            n_kept = int(total.searchsorted(sampling.top_p * total[-1])) + 1
        result[order[n_kept:]] = 0.0
    if sampling.min_p:
        result[result < sampling.min_p * result.max()] = 0.0
    result /= np.add.reduce(result)
    return result


def draw(logits: NDArray[np.float32], mask: type_mask, sampling: Sampling, rng: np.random.Generator) -> int:
    """Draw one id among those that the mask allows."""
    allowed = mask.nonzero()[0]
    if len(allowed) == 1:
        return int(allowed[0])
    return int(allowed[choose(probabilities(logits[allowed], sampling), rng)])


def sample(
    model: Model,
    prompts: type_ids,
    guides: Sequence[Guide],
    rngs: Sequence[np.random.Generator],
    sampling: Sampling,
    on_step: type_on_step | None = None,
) -> Iterator[tuple[int, int]]:
    """Draw a sequence for each guide, yielding (row, id) as each id is drawn.

    model     gives the logits
    prompts   (B, T), the ids that the sequences begin with; the guides have advanced over them, they are not yielded
    guides    B of them; a sequence ends when its guide is done
    rngs      B of them
    sampling  temperature and truncation
    on_step   called with a Step for each draw

    Closing the iterator stops the work.
    """
    logits, state = model.initial_state(prompts)
    yield from sample_from(model, logits, state, guides, rngs, sampling, on_step)


def sample_from(
    model: Model,
    logits: NDArray[np.float32],
    state: Any,
    guides: Sequence[Guide],
    rngs: Sequence[np.random.Generator],
    sampling: Sampling,
    on_step: type_on_step | None = None,
    park: type_park | None = None,
) -> Iterator[tuple[int, int]]:
    """Draw sequences on from where they are, as `sample` does.

    logits, state  of the next id of each sequence, (B, V), and of the sequences before it
    park           called after each draw with the row, the id, and a function that returns the row's state before that
                   id; a sequence for which it returns True is left unfinished
    """
    live = list(range(len(guides)))
    masks, biases = np.zeros(logits.shape, dtype=bool), np.zeros(logits.shape, dtype=np.float32)
    biased = np.zeros(logits.shape[1], dtype=np.float32)
    settings = {True: sampling.of_time(), False: sampling}
    while live:
        ids = []
        for row, own, mask, bias in zip(live, logits, masks, biases, strict=False):  # masks of rows that left stay over
            guide = guides[row]
            guide.mask(mask)
            guide.bias(bias)
            np.add(own, bias, out=biased)
            index = draw(biased, mask, settings[guide.is_of_time], rngs[row])
            if on_step:
                on_step(Step(row, own, mask, bias, index))
            guide.advance(index)
            ids.append(index)
            yield row, index
        kept = [place for place, (row, index) in enumerate(zip(live, ids, strict=True)) if not guides[row].done
                and not (park and park(row, index, partial(model.select, state, np.array([place], dtype=np.int64))))]
        if len(kept) < len(live):
            live, ids = [live[place] for place in kept], [ids[place] for place in kept]
            state = model.select(state, np.array(kept, dtype=np.int64))
        if live:
            logits, state = model.step(state, np.array(ids, dtype=np.int64))
