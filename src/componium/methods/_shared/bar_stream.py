"""Bars of takes as they are finished."""

from collections.abc import Iterator

import numpy as np

from componium.codecs.base import Codec
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars

CONTEXT = 4  # bars decoded at a time, so that notes held over are there


def bars_of(score: Score) -> Iterator[Score]:
    """Yield each bar of a score as a score."""
    for bar in range(n_bars(score)):
        yield slice_bars(score, bar, bar + 1)


class BarStream:
    """Bars decoded from the ids of takes as these are drawn.

    Only the last few bars are decoded each time, so a bar of a long take costs no more than one of a short.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._rows: dict[int, list[int]] = {}
        self._starts: dict[int, list[int]] = {}  # where the bars of each take begin

    def push(self, row: int, index: int) -> Iterator[tuple[int, Score]]:
        """Take in one id of a take; yield the number of the bar that it ends, and the bar as a score."""
        ids, starts = self._rows.setdefault(row, []), self._starts.setdefault(row, [])
        ids.append(index)
        begins = len(self._codec.bar_starts(np.array([index]))) > 0
        if starts and (begins or index == self._codec.eos):
            last = starts[-CONTEXT:]
            score = self._codec.decode([*ids[: starts[0]], *ids[last[0] : -1]])
            if n_bars(score) >= len(last):
                yield len(starts) - 1, slice_bars(score, len(last) - 1, len(last))
        if begins:
            starts.append(len(ids) - 1)
