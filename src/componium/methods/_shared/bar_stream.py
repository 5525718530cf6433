"""Bars of takes as they are completed."""

from collections.abc import Iterator, Sequence

import numpy as np

from componium.codecs.base import Codec
from componium.decoding.sampling import Guide
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars

CONTEXT = 4  # bars decoded at a time, so that notes held over into the last of them are complete


def bars_of(score: Score, first: int = 0) -> Iterator[Score]:
    """Yield each bar of a score, from bar `first` (0-based) on, as a score."""
    for bar in range(first, n_bars(score)):
        yield slice_bars(score, bar, bar + 1)


class BarStream:
    """Bars decoded from the ids of takes while these are drawn.

    Only the last few bars are decoded each time, so that a bar of a long take costs no more than one of a short one.

    guides  one a take
    """

    def __init__(self, codec: Codec, guides: Sequence[Guide]) -> None:
        self._codec, self._guides = codec, guides
        self._rows: dict[int, list[int]] = {}
        self._starts: dict[int, list[int]] = {}  # places in the ids where the bars of each take begin
        self._n_yielded: dict[int, int] = {}

    def push(self, row: int, index: int) -> Iterator[tuple[int, Score]]:
        """Take in one id of a take; yield (number, score) of the bar that it ends."""
        ids, starts = self._rows.setdefault(row, []), self._starts.setdefault(row, [])
        ids.append(index)
        begins = len(self._codec.bar_starts(np.array([index]))) > 0
        if starts and (begins or index == self._codec.eos):
            last = starts[-CONTEXT:]
            score = self._codec.decode([*ids[: starts[0]], *ids[last[0] : -1]])
            if n_bars(score) >= len(last):
                self._n_yielded[row] = len(starts)
                bar = slice_bars(score, len(last) - 1, len(last))
                yield len(starts) - 1, self._guides[row].bar(len(starts) - 1, bar)
        if begins:
            starts.append(len(ids) - 1)

    def rest(self, row: int, score: Score) -> Iterator[tuple[int, Score]]:
        """Yield (number, score) of the bars `push` has not: no id begins or ends them."""
        first = self._n_yielded.get(row, 0)
        yield from enumerate(bars_of(score, first), first)
