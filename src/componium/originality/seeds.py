"""Seeds: pairs of words from which a copy with changes may grow.

Of a passage of 8 events with one change each kind of seed has the 6 or 7 events that are as they were:

    as it is      7 events; of the rhythm only that no time is off by far, so that a swung copy is found
    replaced      an event is left out of the piece, and one of the query, or up to four as of an ornament, or none
    inserted      one to four events are left out of the query

Words that stand in the pieces over MOST times are no seeds, nor are those of one or two events in repetition: they are
formulas, and passages that are more than formulas are found by their other words (as BLAST and minimap2 do). The same
holds of the words by which exact passages are found.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.originality.lookup import Lookup
from componium.originality.sequences import Sequences
from componium.originality.words import Pattern, type_pairs, type_places

MOST = 128
MOVES = 2  # events of a word that differ in pitch or shape from the one before, at least
AS_IT_IS = Pattern(7)
ORNAMENT = 4  # events in the place of one, or inserted, at most
ONE_LESS = tuple(Pattern(before, 1, after, rhythm=True) for before, after in ((1, 6), (2, 4), (4, 2), (6, 1)))
WHOLE = tuple(Pattern(before, 0, after, rhythm=True) for before, after in ((2, 5), (4, 3), (6, 1)))


def _with(pattern: Pattern, skipped: int) -> Pattern:
    return pattern._replace(skipped=skipped)


# Pairs of patterns, the query's and the pieces'.
PATTERNS = (
    (AS_IT_IS, AS_IT_IS),
    *((_with(pattern, skipped), pattern) for pattern in ONE_LESS for skipped in range(ORNAMENT + 1)),
    *((_with(pattern, skipped), pattern) for pattern in WHOLE for skipped in range(1, ORNAMENT + 1)),
)


class Seeds(NamedTuple):
    """Pairs of words, as columns (N,).

    begin, place      the first event of the word in the query, and in the pieces
    last, place_last  the last event of each
    notes             events of the word
    changes           1 if events are left out of it, else 0
    tempo             of the query, in twelfths of a doubling of the time between two events
    """

    begin: type_places
    place: type_places
    last: type_places
    place_last: type_places
    notes: type_places
    changes: type_places
    tempo: NDArray[np.float64]


def find_words(query: Sequences, lookup: Lookup, length: int) -> type_pairs:
    """Return the pairs of equal words of `length` events that are no formulas.

    Their rhythm counts.
    """
    pattern = Pattern(length, rhythm=True)
    return lookup.pairs(query, [pattern], pattern, min(MOVES, length - 1), MOST)[0]


def find_seeds(query: Sequences, pieces: Sequences, lookup: Lookup, tolerance: float) -> Seeds:
    """Return the seeds of a query.

    lookup     of the pieces
    tolerance  by which the time between two events of a run may differ, in twelfths of a doubling
    """
    found = []
    for ours, theirs, (begin, place) in _pairs(query, lookup):
        tempo, alike = _compare_rhythm(query, pieces, begin, place, ours, theirs, tolerance)
        begin, place, tempo = begin[alike], place[alike], tempo[alike]
        kept = ~follows_another(begin, place, len(pieces))
        begin, place, tempo = begin[kept], place[kept], tempo[kept]
        notes, changes = np.full_like(begin, len(ours.offsets)), np.full_like(begin, ours != AS_IT_IS)
        found.append(Seeds(begin, place, begin + ours.offsets[-1], place + theirs.offsets[-1], notes, changes, tempo))
    return Seeds(*map(np.concatenate, zip(*found, strict=True)))


def _pairs(query: Sequences, lookup: Lookup) -> Iterator[tuple[Pattern, Pattern, type_pairs]]:
    """Yield the pairs of equal words, with the patterns of both."""
    for theirs in dict.fromkeys(theirs for _, theirs in PATTERNS):
        patterns = [ours for ours, other in PATTERNS if other == theirs]
        found = lookup.pairs(query, patterns, theirs, MOVES, MOST)
        yield from ((ours, theirs, pairs) for ours, pairs in zip(patterns, found, strict=True))


def _compare_rhythm(
    query: Sequences, pieces: Sequences, begin: type_places, place: type_places, ours: Pattern, theirs: Pattern,
    tolerance: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:  # fmt: skip
    """Return the relative tempo, and which pairs are alike in rhythm inside runs."""
    slowest, fastest = np.full(len(begin), -(2**30)), np.full(len(begin), 2**30)
    for at in range(1, len(ours.offsets)):
        if at != ours.before:
            longer = query.log_gap[begin + ours.offsets[at]] - pieces.log_gap[place + theirs.offsets[at]]
            slowest, fastest = np.maximum(slowest, longer), np.minimum(fastest, longer)
    return (slowest + fastest) / 2, slowest - fastest <= 2 * tolerance


def follows_another(begin: type_places, place: type_places, n: int) -> NDArray[np.bool_]:
    """Return which pairs follow another.

    They are in order, of places below `n`.
    """
    numbers = begin * (n + 1) + place
    at = np.searchsorted(numbers, numbers - (n + 2))
    return numbers[np.minimum(at, len(numbers) - 1)] == numbers - (n + 2) if len(numbers) else np.zeros(0, np.bool_)
