"""Search: of several takes the one that the critics give the highest marks.

The tries of take k of n are the draws (k - 1) * tries + 1 to k * tries of the same seed, so the best of several is one
of the takes that would be composed without a search. A method that draws one id after another gives some of them up
early (`methods._shared.tries`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from componium.composing.model import Model
from componium.decoding.critics import Search, critique, total
from componium.decoding.style.plan import Plan
from componium.errors import ControlError
from componium.methods.base import type_on_try
from componium.music.score import Score
from componium.progress import Progress, type_on_progress
from componium.render.terminal import line_text


@dataclass(frozen=True, slots=True)
class Best:
    """The best of some tries: its score, and the critics' marks by name.

    draw  its number among all draws of the call, from 1
    kept  its number among the tries of its take, from 1
    """

    score: Score
    draw: int
    kept: int = 1
    marks: Mapping[str, float] = field(default_factory=dict)

    def order(self) -> tuple[float, int]:
        """Return the key of which the best has the largest; of equal ones the first."""
        return total(self.marks), -self.draw


def best_of(
    search: Search,
    made: Iterable[tuple[int, Score]],
    model: Model,
    plans: Sequence[Plan | None],
    on_progress: type_on_progress | None = None,
) -> Iterator[tuple[int, Best]]:
    """Yield (number of the take from 1, best of its tries) as takes are done.

    made         (draw from 1, score) of draws, those of one take after one another; a method may have left some out
    plans        of all draws
    on_progress  called after each draw where there are several tries

    Raises ControlError if no critic knows the style.
    """
    if search.tries == 1:
        yield from ((draw, Best(score, draw)) for draw, score in made)
        return
    for number, tries in groupby(made, lambda each: (each[0] - 1) // search.tries + 1):
        found = []
        for draw, score in tries:
            marks = _marks(search, score, model, plans[draw - 1])
            found.append(Best(score, draw, (draw - 1) % search.tries + 1, marks))
            if on_progress:
                on_progress(Progress("composing", draw, len(plans), model.name))
        yield number, max(found, key=Best.order)


def report_tries(plans: Sequence[Plan | None], tries: int, on_progress: type_on_progress) -> type_on_try:
    """Return a callback that reports the try that leads, bar by bar.

    It takes the draw from 0, the number of its take's tries that go on, the bar from 0 and its Score. The report has
    the notes of the first part.

    plans  of all draws
    """

    def report(draw: int, n_left: int, bar: int, score: Score) -> None:
        plan, take = plans[draw], f"take {draw // tries + 1}, " if len(plans) > tries else ""
        n_bars = plan.bars + bool(plan.form.upbeat) if plan else 0
        text = f"{take}{n_left} tries left: {line_text(score)}"
        on_progress(Progress("trying", bar + 1, max(n_bars, bar + 1), text))

    return report


def _marks(search: Search, score: Score, model: Model, plan: Plan | None) -> dict[str, float]:
    """Return the critics' marks of a score. Raises ControlError if there are none."""
    style = plan.style if plan else score.about("style")
    marks = critique(score, model.method.profile_of(style), search.critics)
    if not marks:
        raise ControlError(f"several tries of {model.name}, of a style of which nothing is known to the critics "
                           f"{', '.join(search.critics)}", advice="leave tries out, or name other critics")
    return marks
