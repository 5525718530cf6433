"""Paths through slices that reach the end of the piece with its last bar."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.methods._shared.bars import type_ints
from componium.methods.recombine.slices import BAR, ENTRY, LAST, NEXT, PARTS, PIECE, PLACE, Slices, unit_of

JOINS = ("every part", "the outer parts", "any")  # what must agree at a join, from the strictest on
UNIT = TICKS_PER_QUARTER // 24


class Ways:
    """Slices that may stand at each step of a path to the end of the last bar."""

    def __init__(self, slices: Slices, piece: Plan, join: int) -> None:
        self.slices = slices
        self.a_bar = piece.bar_ticks // UNIT // unit_of(piece.meter, len(piece.programs))
        self.steps = piece.bars * self.a_bar
        self._entry, self._next = _join_keys(slices, join)
        self._members = _group_by_entry(self._entry)
        is_last = slices.about[:, LAST] == 1
        right = is_last & (_ends_on_tonic(slices, is_last, piece.key.tonic) == piece.closed)
        self._last = right if right.any() else is_last
        self._places = slices.about[:, PLACE]
        self._leads = self._find_leads()

    def _find_leads(self) -> list[NDArray[np.bool_]]:
        """Return the masks of entries that lead to the end, one for each step."""
        n_keys = int(max(self._entry.max(), self._next.max())) + 2  # the last stands for -1, which leads nowhere
        leads = [np.zeros(n_keys, dtype=bool) for _ in range(self.steps + 1)]
        every = np.arange(len(self._entry))
        for at in reversed(range(self.steps)):
            leads[at][self._entry[every[self._ok(every, at, leads)]]] = True
        return leads

    def _ok(self, numbers: type_ints, at: int, leads: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """Return the mask of the slices that lead to the end from step `at`."""
        ok: NDArray[np.bool_] = leads[at + 1][self._next[numbers]]
        if at >= self.steps - self.a_bar:  # in the last bar; what sounds at the end is held to its end
            ok = ok | self._last[numbers]
        return ok & (self._places[numbers] == at % self.a_bar) if self.a_bar > 1 else ok

    def starts(self) -> NDArray[np.bool_]:
        """Return the mask of the slices to begin with.

        They are first in their pieces and have all parts; or, if none of these leads to the end, others.
        """
        every = np.arange(len(self._entry))
        downbeat: NDArray[np.bool_] = self._ok(every, 0, self._leads) & (self._places == 0)
        first = downbeat & (self.slices.about[:, BAR] == 0)
        for chosen in (first, downbeat):
            full = chosen.copy()
            full[chosen] = [self._is_full(at) for at in np.flatnonzero(chosen).tolist()]
            if full.any():
                return full
        return downbeat

    def _is_full(self, at: int) -> bool:
        rows = self.slices.of(at)
        return len(set(rows[rows[:, 0] == 0, 3].tolist())) == int(self.slices.about[at, PARTS])

    def may_end(self, here: int, done: int) -> bool:
        """Return whether the path of `done` slices, the last of them `here`, may stop."""
        return done > self.steps - self.a_bar and bool(self._last[here])

    def after(self, here: int, at: int) -> type_ints:
        """Return the slices that may stand at step `at` after `here`."""
        group = self._members[int(self._next[here])]
        numbers: type_ints = group[self._ok(group, at, self._leads)]
        return numbers


def _group_by_entry(entry: type_ints) -> dict[int, type_ints]:
    """Return the slices of each entry."""
    order = np.argsort(entry, kind="stable")
    keys, starts = np.unique(entry[order], return_index=True)
    return dict(zip(keys.tolist(), np.split(order, starts[1:]), strict=True))


def _join_keys(slices: Slices, join: int) -> tuple[type_ints, type_ints]:
    """Return numbers for the entry and the destination of each slice.

    They are equal where a join is allowed. A loosened join never joins a held note to one that is not.
    """
    about = slices.about
    if join == 0:
        return about[:, ENTRY], about[:, NEXT]
    numbers: dict[tuple[Any, ...], int] = {}
    entry = np.full(len(about), -1, dtype=np.int64)
    for at in range(len(about)):
        sounding = slices.of(at)
        sounding = sounding[sounding[:, 0] == 0]
        outer = sorted(sounding[:, 2].tolist())
        bars = (outer[:1], outer[-1:]) if join == 1 else ()
        place = int(about[at, PLACE]) if about[at, PARTS] > 1 else 0
        held = tuple(sorted(sounding[sounding[:, 4] == 1][:, 2].tolist()))
        entry[at] = numbers.setdefault((place, held, str(bars)), len(numbers))
    follows = (about[1:, PIECE] == about[:-1, PIECE]) & (about[:-1, LAST] == 0)
    return entry, np.append(np.where(follows, entry[1:], -1), -1)


def _ends_on_tonic(slices: Slices, chosen: NDArray[np.bool_], tonic: int) -> NDArray[np.bool_]:
    """Return the mask of the chosen slices whose lowest last note is the tonic."""
    mask = np.zeros(len(chosen), dtype=bool)
    for at in np.flatnonzero(chosen).tolist():
        rows = slices.of(at)
        ends = rows[:, 0] + rows[:, 1]
        mask[at] = rows[ends == ends.max(), 2].min() % 12 == tonic
    return mask
