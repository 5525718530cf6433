"""Runs: places in the pieces where a word may be that a query has too.

A word is equal to another only if its longest run is. The runs of a query are few, and to look for them is many times
as fast as to make the words of all pieces: what remains are some percent of the places.
"""

import numpy as np
from numpy.typing import NDArray

from componium.originality.sequences import Sequences
from componium.originality.words import LONGEST, Pattern, type_places

BLOCK = 1 << 16  # events
BITS = 20  # of a run's number
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
        places = self._of(length, pattern.rhythm) - offset
        return places[(places >= 0) & (places + pattern.offsets[-1] < len(self.pieces))]

    def _of(self, length: int, rhythm: bool) -> type_places:
        """Return the places in the pieces where a run of the query is."""
        if (length, rhythm) not in self._found:
            asked = np.zeros(1 << BITS, dtype=np.bool_)
            asked[_numbers(self.query, length, rhythm, 0, len(self.query))] = True
            found = [np.flatnonzero(asked[_numbers(self.pieces, length, rhythm, begin, begin + BLOCK)]) + begin
                     for begin in range(0, max(len(self.pieces), 1), BLOCK)]  # fmt: skip
            self._found[length, rhythm] = np.concatenate(found)
        return self._found[length, rhythm]


def _numbers(sequences: Sequences, length: int, rhythm: bool, begin: int, end: int) -> NDArray[np.uint32]:
    """Return the numbers of the runs that begin in a range of events."""
    n = max(min(end, len(sequences) - length + 1) - begin, 0)
    numbers = np.zeros(n, dtype=np.uint32)
    for at in range(length):
        here = slice(begin + at, begin + at + n)
        if at >= 1:
            numbers += sequences.interval[here].view(np.uint8) * _WEIGHTS[0, at]
        if rhythm and at >= 2:
            numbers += sequences.ratio[here].view(np.uint8) * _WEIGHTS[1, at]
        if sequences.has_shapes:
            numbers += sequences.shape[here] * _WEIGHTS[2, at]
    return numbers >> np.uint32(32 - BITS)
