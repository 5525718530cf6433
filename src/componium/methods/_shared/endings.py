"""Endings: the last bars are drawn several times, and the best close is kept.

Up to its last bars each sequence is drawn as ever, from its own generator. There its state is branched into rows of one
batch. The first of them goes on with that generator, so that it is the ending that would have been drawn alone; the
others have generators of their own. Kept is the ending that the critic of cadences gives the highest mark, of equal
ones the likeliest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.decoding.critics import CADENCE, CRITICS, PART
from componium.decoding.request import Request
from componium.decoding.sampling import Guide, Model, Sampling, Step, sample_from, type_on_step
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.types import type_ids

BARS = 2  # that an ending lasts

type_judge = Callable[[int, Guide, list[int]], float]


def n_endings(request: Request, plan: Plan, profile: StyleProfile) -> int:
    """Return how often the last bars of a piece are drawn.

    Once where it is not to close, and where the style has no closes that a critic could know.
    """
    is_known = any(feature.__name__ in profile.part(PART) for feature in CRITICS[CADENCE])
    return request.endings if plan.closed and is_known and request.region is None else 1


def sample_with_endings(
    model: Model,
    prompts: type_ids,
    guides: list[Guide],
    rngs: Sequence[np.random.Generator],
    sampling: Sampling,
    on_step: type_on_step | None,
    counts: Sequence[int],
    judge: type_judge,
) -> Iterator[tuple[int, int]]:
    """Draw a sequence for each guide; yield (row, id), last bars once chosen.

    counts  how often the last bars of each sequence are drawn
    judge   called with a row, a guide that is done and the ids of the last bars; returns their mark

    With its last id each guide becomes that of the ending that is kept. The other arguments are those of `sample`;
    `on_step` is called with the steps of what is kept.
    """
    logits, state = model.initial_state(prompts)
    parked: dict[int, tuple[Any, int]] = {}

    def park(row: int, index: int, state_of: Callable[[], Any]) -> bool:
        left = guides[row].bars_left
        begins = counts[row] > 1 and left is not None and left <= BARS
        if begins:
            parked[row] = state_of(), index
        return begins

    yield from sample_from(model, logits, state, guides, rngs, sampling, on_step, park)
    for row in list(parked):
        before, index = parked.pop(row)
        logits, state = model.step(before, np.array([index], dtype=np.int64))
        best = draw_endings(model, logits, state, guides[row], rngs[row], sampling, counts[row],
                            row, judge, keeps_steps=on_step is not None)  # fmt: skip
        for at, index in enumerate(best.ids):
            if on_step:
                on_step(replace(best.steps[at], row=row))
            if at == len(best.ids) - 1:
                guides[row] = best.guide  # a guide that is done says that this is the last id
            yield row, index


@dataclass
class Ending:
    """One ending: its guide, its ids, their log-likelihood in nats, and their steps."""

    guide: Guide
    ids: list[int] = field(default_factory=list)
    nats: float = 0.0
    steps: list[Step] = field(default_factory=list)


def draw_endings(
    model: Model, logits: NDArray[np.float32], state: Any, guide: Guide, rng: np.random.Generator, sampling: Sampling,
    count: int, row: int, judge: type_judge, *, keeps_steps: bool = False,
) -> Ending:  # fmt: skip
    """Return the best of `count` endings, drawn from the state of sequence `row`."""
    endings = [Ending(guide.copy()) for _ in range(count)]

    def note(step: Step) -> None:
        endings[step.row].nats += _log_prob(step)
        if keeps_steps:
            endings[step.row].steps.append(replace(step, logits=step.logits.copy(), mask=step.mask.copy(),
                                                   bias=step.bias.copy()))  # fmt: skip

    copies = np.zeros(count, dtype=np.int64)
    drawn = sample_from(model, logits[copies], model.select(state, copies), [ending.guide for ending in endings],
                        [rng, *rng.spawn(count - 1)], sampling, note)
    for number, index in drawn:
        endings[number].ids.append(index)
    return max(endings, key=lambda ending: (judge(row, ending.guide, ending.ids), ending.nats))


def _log_prob(step: Step) -> float:
    """Return the log-likelihood of the id of a step among those allowed, in nats."""
    logits = step.logits[step.mask].astype(np.float64)
    return float(step.logits[step.id]) - float(np.logaddexp.reduce(logits))
