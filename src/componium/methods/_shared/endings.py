"""Endings: the last bars are drawn several times, and the best close is kept.

Up to its last bars each sequence is drawn as ever, from its own generator. There its state is branched into rows of one
batch. The first of them goes on with that generator, so that it is the ending that would have been drawn alone; the
others have generators of their own. Kept is the ending that the critic of cadences gives the highest mark, of equal
ones the likeliest. Where a piece ends with a strain that it has had before, its ending is the first time's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from componium.decoding.critics import CADENCE, CRITICS, PART
from componium.decoding.request import Request
from componium.decoding.sampling import Guide, Model, Sampling, Step, sample_from, type_on_step
from componium.decoding.style.profile import StyleProfile
from componium.metrics.cadence import final_triad
from componium.music.types import type_ids

BARS = 2  # that an ending lasts
CLOSING = 0.5  # least share of pieces that end on the tonic, or on a triad, in a style that closes: loops do neither

type_judge = Callable[[int, Guide, list[int]], float]


def n_endings(request: Request, profile: StyleProfile) -> int:
    """Return how often the last bars of a piece are drawn.

    Once where a region is filled, and where the style has no closes: none that a critic could know, or, unless one is
    asked for, none that most of its pieces make.
    """
    statistics = profile.part(PART)
    is_known = any(feature.__name__ in statistics for feature in CRITICS[CADENCE])
    on_triad, _ = statistics.get(final_triad.__name__, (1.0, 0.0))
    is_known &= max(profile.closed, on_triad) >= CLOSING or request.controls.ending == "closed"
    return request.endings if is_known and request.region is None else 1


def is_at_close(guide: Guide) -> bool:
    """Return whether a sequence is in the bars of its ending."""
    return guide.bars_to_close is not None and guide.bars_to_close <= BARS


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
    judge   called with a row, a guide that has closed and the ids since the ending began; returns their mark

    With its last id each guide becomes that of the ending that is kept. The other arguments are those of `sample`;
    `on_step` is called with the steps of what is kept.
    """
    logits, state = model.initial_state(prompts)
    parked: dict[int, Drawn] = {}

    def park(row: int, index: int, state_of: Callable[[], Any]) -> bool:
        begins = counts[row] > 1 and is_at_close(guides[row])
        if begins:
            parked[row] = Drawn(guides[row], rngs[row], [index], state=state_of())
        return begins

    yield from sample_from(model, logits, state, guides, rngs, sampling, on_step, park)
    for row in list(parked):
        best = draw_to_end(model, parked.pop(row), sampling, counts[row], row, judge, keeps_steps=on_step is not None)
        for at, index in enumerate(best.ids):
            if on_step:
                on_step(replace(best.steps[at], row=row))
            if at == len(best.ids) - 1:
                guides[row] = best.guide  # a guide that is done says that this is the last id
            yield row, index


@dataclass
class Drawn:
    """A sequence from some place on.

    ids    drawn
    nats   their log-likelihood
    steps  theirs, if they are kept
    state  of the model before the last id
    """

    guide: Guide
    rng: np.random.Generator
    ids: list[int] = field(default_factory=list)
    nats: float = 0.0
    steps: list[Step] = field(default_factory=list)
    state: Any = None


def draw_to_end(
    model: Model, begun: Drawn, sampling: Sampling, count: int, row: int, judge: type_judge, *,
    keeps_steps: bool = False,
) -> Drawn:  # fmt: skip
    """Return sequence `row` from its ending on, with the best of `count` closes.

    What goes on after a close is drawn once.
    """
    ids, steps, now = list[int](), list[Step](), begun
    while not now.guide.done:
        n = count if is_at_close(now.guide) else 1
        candidates = _draw(model, now, sampling, n, keeps_steps)
        marks = [judge(row, each.guide, [*ids, *each.ids]) if n > 1 else 0.0 for each in candidates]
        now = candidates[max(range(n), key=lambda at: (marks[at], candidates[at].nats))]
        ids, steps = [*ids, *now.ids], [*steps, *now.steps]
    return replace(now, ids=ids, steps=steps)


def _draw(model: Model, begun: Drawn, sampling: Sampling, count: int, keeps_steps: bool) -> list[Drawn]:
    """Return a sequence drawn `count` times to the end of its ending.

    Or, where there is none, to where one begins.
    """
    rngs = [begun.rng, *begun.rng.spawn(count - 1)]
    drawn = [Drawn(begun.guide.copy(), rng) for rng in rngs]
    is_ending = is_at_close(begun.guide)

    def note(step: Step) -> None:
        drawn[step.row].nats += _log_prob(step)
        if keeps_steps:
            drawn[step.row].steps.append(replace(step, logits=step.logits.copy(), mask=step.mask.copy(),
                                                 bias=step.bias.copy()))  # fmt: skip

    def park(number: int, index: int, state_of: Callable[[], Any]) -> bool:
        has_changed = is_at_close(drawn[number].guide) != is_ending
        if has_changed:
            drawn[number].state = state_of()
        return has_changed

    logits, state = model.step(begun.state, np.array(begun.ids[-1:], dtype=np.int64))
    copies = np.zeros(count, dtype=np.int64)
    for number, index in sample_from(model, logits[copies], model.select(state, copies),
                                     [each.guide for each in drawn], rngs, sampling, note, park):  # fmt: skip
        drawn[number].ids.append(index)
    return drawn


def _log_prob(step: Step) -> float:
    """Return the log-likelihood of the id of a step among those allowed, in nats."""
    logits = step.logits[step.mask].astype(np.float64)
    return float(step.logits[step.id]) - float(np.logaddexp.reduce(logits))
