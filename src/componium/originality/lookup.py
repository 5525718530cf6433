"""Lookup: the words of a query, found among those of pieces.

One query is found by the runs that it has (see runs): only there the words of the pieces are made. After PASSES of them
all words of the pieces are put in order and kept: that takes longer and much memory, and each further query is found at
once. Both ways give the same pairs.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from componium.originality.runs import Runs
from componium.originality.sequences import Sequences
from componium.originality.words import Pattern, Table, type_pairs, type_places, type_words, words

PASSES = 64
UPPER = 16  # bits of a word that choose what is looked at more closely


class Lookup:
    """Pairs of equal words, of queries and of pieces.

    >>> pieces = Sequences.of_rows([], 256)
    >>> Lookup(pieces).pairs(pieces, [Pattern(3)], Pattern(3))
    [(array([], dtype=int64), array([], dtype=int64))]
    """

    def __init__(self, pieces: Sequences) -> None:
        self._pieces, self._bits = pieces, max(len(pieces).bit_length(), 1)
        self._passes: Counter[tuple[Pattern, int]] = Counter()
        self._tables: dict[tuple[Pattern, int], Table] = {}
        self._runs: Runs | None = None

    def pairs(
        self, query: Sequences, patterns: Sequence[Pattern], theirs: Pattern, least: int = 0, most: int | None = None
    ) -> list[type_pairs]:
        """Return for each pattern the pairs of a place in the query and one in the pieces.

        They are in order. The pieces' words are of the pattern `theirs`, whose runs are as long. `least` and `most` are
        as of `words` and of `Table.pairs`; a query has fewer events than the pieces.
        """
        asked = theirs, least
        self._passes[asked] += 1
        ours = [words(query, pattern, least) for pattern in patterns]
        if self._passes[asked] <= PASSES:
            found = words(self._pieces, theirs, least, self._runs_of(query).likely_places(theirs))
            tables = (Table.of(*mine, self._bits) for mine in ours)
            return [self._in_order(*table.pairs(*_likely(mine, found), most_given=most))
                    for table, mine in zip(tables, ours, strict=True)]  # fmt: skip
        if asked not in self._tables:
            self._tables[asked] = Table.of(*words(self._pieces, theirs, least), self._bits)
        return [self._tables[asked].pairs(*mine, most) for mine in ours]

    def _in_order(self, places: type_places, begins: type_places) -> type_pairs:
        """Return pairs of a place in the pieces and one in the query, in order.

        They become (query, pieces).
        """
        numbers = begins << self._bits | places
        numbers.sort()  # several times as fast as lexsort
        return numbers >> self._bits, numbers & ((1 << self._bits) - 1)

    def _runs_of(self, query: Sequences) -> Runs:
        """Return the runs of a query; those of the last one are kept."""
        if self._runs is None or self._runs.query is not query:
            self._runs = Runs(query, self._pieces)
        return self._runs


def _likely(query: type_words, pieces: type_words) -> type_words:
    """Return the words of the pieces with the upper bits of a word of the query."""
    shift = np.uint64(64 - UPPER)
    asked = np.zeros(1 << UPPER, dtype=np.bool_)
    asked[query[0] >> shift] = True
    likely = np.flatnonzero(asked[pieces[0] >> shift])
    return pieces[0][likely], pieces[1][likely]
