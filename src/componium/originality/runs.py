"""Runs: places in the pieces where a word may be that a query has too.

A word is equal to another only if its longest run is. The runs of a query are few, and to look for them is many times
as fast as to make the words of all pieces: what remains are some percent of the places.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from componium.originality.sequences import Sequences
from componium.originality.words import LONGEST, Pattern, type_places

BLOCK = 1 << 16  # events
BITS = 17  # of a run's number: tables of so many stay in the processor's cache
TOGETHER = (4, 5, 6, 7)  # lengths that are looked for in one pass: those of seeds
_WEIGHTS = np.random.default_rng(2).integers(0, 2**32, (3, LONGEST), dtype=np.uint32) | np.uint32(1)


class Runs:
    """The runs that a query and pieces share.

    >>> tune = Sequences.of_rows([], 256)
    >>> Runs(tune, tune).likely_places(Pattern(3))
    array([], dtype=int64)
    """

    def __init__(self, query: Sequences, pieces: Sequences) -> None:
        self.query, self.pieces = query, pieces
        self._found: dict[tuple[int, bool], type_places] = {}

    def likely_places(self, pattern: Pattern) -> type_places:
        """Return the places in the pieces where a word of the query may begin.

        They are in order. No such word begins elsewhere.
        """
        offset, length = (0, pattern.before)
        if pattern.after > pattern.before:
            offset, length = pattern.before + pattern.skipped, pattern.after
        if (length, pattern.rhythm) not in self._found:
            self._find(TOGETHER if pattern.rhythm and length in TOGETHER else (length,), pattern.rhythm)
        places = self._found[length, pattern.rhythm] - offset
        return places[(places >= 0) & (places + pattern.offsets[-1] < len(self.pieces))]

    def _find(self, lengths: tuple[int, ...], rhythm: bool) -> None:
        """Find the places in the pieces where a run of the query is, for each length."""
        asked = np.zeros((len(lengths), 1 << BITS), dtype=np.bool_)
        for mine, numbers in zip(asked, _numbers(self.query, lengths, rhythm, 0, len(self.query)), strict=True):
            mine[numbers] = True
        found: list[list[type_places]] = [[] for _ in lengths]
        for begin in range(0, max(len(self.pieces), 1), BLOCK):
            blocks = _numbers(self.pieces, lengths, rhythm, begin, begin + BLOCK)
            for places, mine, numbers in zip(found, asked, blocks, strict=True):
                places.append(np.flatnonzero(mine[numbers]) + begin)
        for length, places in zip(lengths, found, strict=True):
            self._found[length, rhythm] = np.concatenate(places)


def _numbers(
    sequences: Sequences, lengths: tuple[int, ...], rhythm: bool, begin: int, end: int
) -> Iterator[NDArray[np.uint32]]:
    """Yield the numbers of the runs that begin in a range of events.

    They are yielded for each length, the shortest first: a run's number is part of that of a longer one.
    """
    total = np.zeros(max(min(end, len(sequences) - lengths[0] + 1) - begin, 0), dtype=np.uint32)
    for at in range(lengths[-1]):
        total = total[:max(min(end, len(sequences) - at) - begin, 0)]
        here = slice(begin + at, begin + at + len(total))
        if at >= 1:
            total += sequences.interval[here].view(np.uint8) * _WEIGHTS[0, at]
        if rhythm and at >= 2:
            total += sequences.ratio[here].view(np.uint8) * _WEIGHTS[1, at]
        if sequences.has_shapes:
            total += sequences.shape[here] * _WEIGHTS[2, at]
        if at + 1 in lengths:
            yield total >> np.uint32(32 - BITS)
