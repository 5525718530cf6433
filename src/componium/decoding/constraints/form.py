"""Form: strains end where the next begins.

A note isn't held into the next strain, so that this one can come back as it was.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from componium.analysis.form import bar_contents, form_of, type_bar
from componium.analysis.meter import main_meter, pickup_ticks
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import TICKS, Context
from componium.decoding.style.form import LONGEST, returning
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile, rows_of
from componium.music.score import Score
from componium.music.time import bar_quarters

STEP = TICKS // 4  # upbeats are whole 16ths


class Form(Constraint):
    """The strains of one piece.

    strain  bars of a strain
    begin   the bar that the first strain begins with, 1 after an upbeat
    """

    kinds = frozenset({"duration"})

    def __init__(self, strain: int, begin: int) -> None:
        self._strain, self._begin = strain, begin

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the forms by meter, and the share of equal endings."""
        forms: dict[str, Counter[tuple[int, str, int]]] = {}
        same: list[bool] = []
        for score in scores:
            bars, letters, meter = bar_contents(score), form_of(score), main_meter(score)
            if 0 < len(bars) <= LONGEST:
                forms.setdefault(str(meter), Counter())[len(bars), letters, _upbeat(score)] += 1
            length = len(bars) // len(letters)
            strains = [bars[at * length : (at + 1) * length] for at in range(len(letters))]
            last = int(bar_quarters(meter) * score.ticks_per_quarter) - pickup_ticks(score)
            same += [_until(strains[at][-1], last) == _until(strains[letters.index(letters[at])][-1], last)
                     for at in returning(letters)[:-1]]  # fmt: skip
        return {"forms": {meter: rows_of(counts.items()) for meter, counts in sorted(forms.items())},
                "same_endings": round(float(np.mean(same)), 4) if same else 1.0}  # fmt: skip

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        letters = plan.form.letters
        if len(letters) == 1:
            return None
        return cls(plan.bars // len(letters), int(plan.form.upbeat > 0))

    def allow(self, choice: Choice, context: Context) -> None:
        if choice.kind == "duration" and context.bar >= self._begin:
            left = self._strain - (context.bar - self._begin) % self._strain
            room = left * context.length - context.position
            upbeat = context.plan.form.upbeat
            choice.mask &= choice.values <= (room - upbeat if room > upbeat else room)


def _upbeat(score: Score) -> int:
    """Return the length of the upbeat in 24ths of a quarter.

    It is 0 unless it is whole 16ths, and a whole note at most.
    """
    upbeat = pickup_ticks(score) * TICKS / score.ticks_per_quarter
    return int(upbeat) if upbeat % STEP == 0 and upbeat <= 4 * TICKS else 0


def _until(bar: type_bar, end: int) -> type_bar:
    return frozenset(note for note in bar if note[0] < end)
