"""Tries of a take: drawn side by side, of which the best is kept.

Once all tries of a take have a quarter of their bars, the better half of them goes on, at least two: eight tries cost
less than five. Of those that are whole the best is kept, and only its last bars are drawn again for a better close. It
is what it would be without the others.

Giving up part of the candidates early is successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm
Identification and Hyperparameter Optimization", 2016), here one round of it.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np

from componium.decoding.sampling import Guide, Model, Sampling, sample_from
from componium.methods._shared.endings import Drawn, draw_to_end, is_at_close, type_judge
from componium.music.types import type_ids

BEGINNING = 1 / 4  # share of its bars by which a try is judged
GOING_ON = 1 / 2  # share of the tries that go on from there
FEWEST = 2  # tries that go on, and bars that are judged

type_mark = Callable[[int, Sequence[int], int | None], float]
type_on_draw = Callable[[int, int, int], None]


def sample_tries(
    model: Model, prompts: type_ids, guides: list[Guide], rngs: Sequence[np.random.Generator], sampling: Sampling,
    size: int, counts: Sequence[int], judge: type_judge, mark: type_mark, on_draw: type_on_draw | None = None,
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Draw a sequence for each guide; yield (row, id) of the best of each group.

    Groups are of `size` sequences; the ids come once the best is chosen.

    mark     called with a row, its ids so far and the number of its new bars that are judged, None for the whole piece;
             the highest is the best, of equal ones the first
    on_draw  called with each row, id and, where the row leads its group, the number of rows that go on; else 0

    The other arguments are those of `sample_with_endings`. With its last id each guide becomes that of what is kept.
    """
    tries = _Tries(size, guides, rngs, mark)
    logits, state = model.initial_state(prompts)
    for row, index in sample_from(model, logits, state, guides, rngs, sampling, None, tries.is_given_up):
        tries.ids[row].append(index)
        group = tries.group(row)
        if on_draw:
            on_draw(row, index, len(group) if tries.leads(row) else 0)
        if not all(guides[each].done for each in group):
            continue
        best = max(group, key=lambda each: mark(each, tries.ids[each], None))
        ids, branch = tries.ids[best], tries.branches[best]
        if branch and counts[best] > 1:
            mark_of = partial(_judged_with, judge, branch.ids)
            ending = draw_to_end(model, branch, sampling, counts[best], best, mark_of)
            ids, guides[best] = [*branch.ids, *ending.ids], ending.guide
        yield from ((best, each) for each in ids)


def _judged_with(judge: type_judge, begun: list[int], row: int, guide: Guide, ids: list[int]) -> float:
    """Return the mark of an ending, the ids before it being none that the judge knows."""
    return judge(row, guide, [*begun, *ids])


class _Tries:
    """The tries of some takes: their ids, and which of them go on.

    And where the last bars of each begin.
    """

    def __init__(
        self, size: int, guides: Sequence[Guide], rngs: Sequence[np.random.Generator], mark: type_mark
    ) -> None:
        self._size, self._guides, self._rngs, self._mark = size, guides, rngs, mark
        self._groups = {first: list(range(first, first + size)) for first in range(0, len(guides), size)}
        self._leaders = {first: first for first in self._groups}  # the first row, until they are judged
        self._judged: set[int] = set()
        self._n_bars: dict[int, int] = {}
        self.ids: list[list[int]] = [[] for _ in guides]
        self.branches: list[Drawn | None] = [None] * len(guides)

    def group(self, row: int) -> list[int]:
        """Return the rows of a take that were not given up."""
        return self._groups[row - row % self._size]

    def leads(self, row: int) -> bool:
        """Return whether a row is the one of its group whose beginning is the best."""
        return self._leaders[row - row % self._size] == row

    def is_given_up(self, row: int, index: int, state_of: Callable[[], Any]) -> bool:
        """Return whether a row is given up after an id; note where its last bars begin."""
        first, left = row - row % self._size, self._guides[row].bars_left
        if left is not None:
            self._n_bars.setdefault(row, left)
            if is_at_close(self._guides[row]) and not self.branches[row]:
                guide, rng = self._guides[row].copy(), deepcopy(self._rngs[row])
                self.branches[row] = Drawn(guide, rng, list(self.ids[row]), state=state_of())
        if first not in self._judged and all(map(self._has_begun, self._groups[first])):
            self._judged.add(first)
            self._leaders[first], self._groups[first] = self._better(self._groups[first])
        return row not in self._groups[first]

    def _has_begun(self, row: int) -> bool:
        """Return whether a row has the bars by which it is judged."""
        left = self._guides[row].bars_left or 0
        return row in self._n_bars and self._n_bars[row] - left >= self._n_judged(row)

    def _n_judged(self, row: int) -> int:
        return max(int(BEGINNING * self._n_bars[row]), FEWEST)

    def _better(self, rows: Sequence[int]) -> tuple[int, list[int]]:
        """Return the best row, and those that go on.

        These are all that are as good as the last that must.
        """
        marks = {row: self._mark(row, self.ids[row], self._n_judged(row)) for row in rows}
        n_kept = max(int(len(rows) * GOING_ON), FEWEST)
        least = sorted(marks.values(), reverse=True)[min(n_kept, len(rows)) - 1]
        return max(rows, key=marks.__getitem__), [row for row in rows if marks[row] >= least]
