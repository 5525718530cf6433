"""Lookup: the words of queries, found among those of pieces.

One query is found by going through the words of the pieces block by block, with what is asked for in memory. After
PASSES of them the words of the pieces are put in order and kept: that takes longer and much memory, and each further
query is found at once. Both ways give the same pairs.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from componium.originality.sequences import Sequences
from componium.originality.words import Pattern, Table, type_pairs, type_words, word_blocks, words

PASSES = 8
UPPER = 20  # bits of a word that choose what is looked at more closely


class Lookup:
    """Pairs of equal words, of queries and of pieces.

    >>> pieces = Sequences.of_rows([], 256)
    >>> Lookup(pieces).pairs([words(pieces, Pattern(3))], Pattern(3))
    [(array([], dtype=int64), array([], dtype=int64))]
    """

    def __init__(self, pieces: Sequences) -> None:
        self._pieces, self._bits = pieces, max(len(pieces).bit_length(), 1)
        self._passes: Counter[tuple[Pattern, int]] = Counter()
        self._tables: dict[tuple[Pattern, int], Table] = {}

    def pairs(
        self, queries: Sequence[type_words], pattern: Pattern, least: int = 0, most: int | None = None
    ) -> list[type_pairs]:
        """Return for each query the pairs of a place in it and one in the pieces.

        They are in order. `least` and `most` are as of `words` and of `Table.pairs`; a query's places are fewer than
        the pieces' events.
        """
        asked = pattern, least
        self._passes[asked] += 1
        if self._passes[asked] <= PASSES:
            return self._in_passing(queries, pattern, least, most)
        if asked not in self._tables:
            self._tables[asked] = Table.of(*words(self._pieces, pattern, least), self._bits)
        return [self._tables[asked].pairs(*query, most) for query in queries]

    def _in_passing(
        self, queries: Sequence[type_words], pattern: Pattern, least: int, most: int | None
    ) -> list[type_pairs]:
        tables = [Table.of(*query, self._bits) for query in queries]
        likely, lower = np.zeros(1 << UPPER, dtype=np.bool_), np.uint64(64 - UPPER)
        for numbers, _ in queries:
            likely[numbers >> lower] = True
        found: list[list[type_pairs]] = [[] for _ in queries]
        for numbers, places in word_blocks(self._pieces, pattern, least):
            closer = likely[numbers >> lower]
            for pairs, table in zip(found, tables, strict=True):
                pairs.append(table.pairs(numbers[closer], places[closer]))
        return [_in_order(pairs, most) for pairs in found]


def _in_order(found: Sequence[type_pairs], most: int | None) -> type_pairs:
    """Return pairs of (place in the pieces, place in the query) as (query, pieces).

    They are in order. Places in the query of more than `most` pairs are left out.
    """
    places, begins = map(np.concatenate, zip(*found, strict=True))
    if most is not None:
        rare = np.bincount(begins)[begins] <= most
        places, begins = places[rare], begins[rare]
    order = np.lexsort((places, begins))
    return begins[order], places[order]
