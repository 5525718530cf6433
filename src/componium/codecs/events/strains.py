"""Strains of a piece being composed: bars that come back have their first ids.

The bars of the first time are kept as groups of ids, one an onset. A bar that comes back is forced whole, but that

- where the next strain comes back too, the last bar goes on to the upbeat of that strain, from its place in the bar on;
- where the next strain is new, its upbeat is open, as is the whole last bar of a strain with an ending of its own;
- the last bar of the piece is its first time again where that closes as planned; else it is open.
"""

from copy import copy
from dataclasses import dataclass

from componium.codecs.vocab import Vocab
from componium.decoding.style.form import closing_bar
from componium.decoding.style.plan import Plan


@dataclass(frozen=True)
class Script:
    """Given part of one bar.

    body     ids that are forced, up to the upbeat's place where one is due; None where they are free
    upbeat   ids of the upbeat to the next strain, forced once the body is done; None where none is forced
    is_open  whether a forced body is followed by an upbeat that is free
    is_last  whether it is the piece's last bar, whose body is followed if it closes as planned
    """

    body: tuple[int, ...] | None = None
    upbeat: tuple[int, ...] | None = None
    is_open: bool = False
    is_last: bool = False


class Strains:
    """Bars of a piece that come back, and the ids of those begun.

    begin   the bar that the first strain begins with: 1 after an upbeat, else 0
    n_bars  bars of the piece, that of the upbeat counted
    onset   place in the bar of an upbeat, in 24ths of a quarter; 0 without one
    """

    def __init__(self, plan: Plan, vocab: Vocab) -> None:
        self._form, self.onset, self.begin = plan.form, plan.upbeat_onset, int(plan.form.upbeat > 0)
        self.n_bars = plan.bars + self.begin
        self._strain = plan.bars // len(plan.form.letters)
        self._bars: list[list[tuple[int, list[int]]]] = []  # of each bar the onsets and their ids

    def begin_bar(self) -> Script:
        """Go on to the next bar; return what is given of it."""
        self._bars.append([])
        return self._script(len(self._bars) - 1)

    def add(self, index: int, family: str, value: int | str) -> None:
        """Keep an id of the bar; those before its first onset are of its head."""
        if family == "Pos":
            self._bars[-1].append((int(value), [index]))
        elif self._bars and self._bars[-1]:
            self._bars[-1][-1][1].append(index)

    def bars_to_close(self, position: int) -> int | None:
        """Return the number of bars to the close of the strain that the piece ends with.

        In its first time, the present bar counted; after that, from the place of an upbeat to the next strain on, None.
        """
        bar, last = len(self._bars) - 1, self.begin + closing_bar(self._form.letters, self._strain)
        is_past = bar > last or (bar == last and not self._is_body(position))
        return None if is_past else last - bar + 1

    def closing(self) -> int | None:
        """Return the last onset before an upbeat in the bar that this one repeats."""
        source = self._source(len(self._bars) - 1)
        onsets = [onset for onset, _ in self._bars[source] if self._is_body(onset)] if source is not None else []
        return onsets[-1] if onsets else None

    def copy(self) -> "Strains":
        """Return independent strains in the same state."""
        other = copy(self)
        other._bars = [[(onset, list(ids)) for onset, ids in bar] for bar in self._bars]
        return other

    def _script(self, bar: int) -> Script:
        letters, source = self._form.letters, self._source(bar)
        strain, place = divmod(bar - self.begin, self._strain)
        if bar < self.begin or (source is None and place + 1 < self._strain):
            return Script()
        if source is not None and place + 1 < self._strain:
            return Script(self._ids(source, True) + self._ids(source, False))
        body = self._ids(source, True) if source is not None else None
        if strain + 1 == len(letters):
            return Script(body, is_last=True)
        body = None if strain in self._form.endings else body
        following = letters.index(letters[strain + 1])
        if self.begin and following <= strain:
            return Script(body, self._ids(self.begin + following * self._strain - 1, False))
        return Script(body, is_open=self.begin > 0)

    def _source(self, bar: int) -> int | None:
        """Return the bar that a bar repeats, if any."""
        if bar < self.begin:
            return None
        strain = (bar - self.begin) // self._strain
        first = self._form.letters.index(self._form.letters[strain])
        return bar - (strain - first) * self._strain if first < strain else None

    def _is_body(self, onset: int) -> bool:
        return not self.begin or onset < self.onset

    def _ids(self, bar: int, is_body: bool) -> tuple[int, ...]:
        """Return the ids of a bar before the place of an upbeat, or those from there on."""
        return tuple(index for onset, ids in self._bars[bar] if self._is_body(onset) == is_body for index in ids)
