"""Words: short passages as numbers, their places, and pairs that are equal.

A word is a run of events, or two runs with some events left out between them. Its number depends on the intervals
between its events, on their shapes, and, where asked for, on the rhythm inside each run. Leaving events out on one side
or on both makes the words of passages equal that differ by a change ("spaced seeds": Ma, Tromp and Li, "PatternHunter:
faster and more sensitive homology search", Bioinformatics, 2002).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.originality.sequences import Sequences

type_places = NDArray[np.int64]
type_words = tuple[NDArray[np.uint64], type_places]
type_pairs = tuple[type_places, type_places]

BLOCK = 1 << 17  # events
LONGEST = 64  # events of a word, at most
_WEIGHTS = np.random.default_rng(1).integers(0, 2**64, (3, LONGEST), dtype=np.uint64)


class Pattern(NamedTuple):
    """The events of a word: `before` of them, `skipped` left out, and `after`.

    With `rhythm` the proportions of the times inside each run count.

    >>> Pattern(2, 1, 3).offsets
    (0, 1, 3, 4, 5)
    """

    before: int
    skipped: int = 0
    after: int = 0
    rhythm: bool = False

    @property
    def offsets(self) -> tuple[int, ...]:
        """The places of the events after the first."""
        second = self.before + self.skipped
        return (*range(self.before), *range(second, second + self.after))

    def is_timed(self, at: int) -> bool:
        """Return whether the rhythm of an event, given by its number, counts."""
        return self.rhythm and (at if at < self.before else at - self.before) >= 2


def words(
    sequences: Sequences, pattern: Pattern, least: int = 0, begins: type_places | None = None
) -> type_words:
    """Return the words of a pattern, and the place of the first event of each.

    Words with fewer moves than `least` are left out: a move is to another pitch or another shape. With `begins` only
    words that begin there are looked at; none may go beyond the last event. A word is a number of 64 bits, the sum of
    its values times random ones (multilinear hashing: Carter and Wegman, "Universal classes of hash functions", 1979),
    of which the upper bits count most.
    """
    if begins is not None:
        return _words_at(sequences, pattern, least, begins)
    numbers, places = zip(*word_blocks(sequences, pattern, least), strict=True)
    return np.concatenate(numbers), np.concatenate(places)


def word_blocks(sequences: Sequences, pattern: Pattern, least: int = 0) -> Iterator[type_words]:
    """Yield the same block by block, at least one.

    What stays in the processor's cache takes a fifth of the time.
    """
    end = max(len(sequences) - pattern.offsets[-1], 0)
    for begin in range(0, max(end, 1), BLOCK):
        yield _words_at(sequences, pattern, least, range(begin, min(begin + BLOCK, end)))


def _words_at(sequences: Sequences, pattern: Pattern, least: int, begins: range | type_places) -> type_words:
    """Return the words that begin at places."""
    offsets = pattern.offsets
    residue, ratio, shape, row = (
        _Shifted(getattr(sequences, name), begins) for name in ("residue", "ratio", "shape", "row")
    )
    numbers, moved = np.zeros(len(begins), dtype=np.uint64), np.zeros(len(begins), dtype=np.uint8)
    pitch = residue[0]
    for at in range(1, len(offsets)):
        before, pitch = pitch, residue[offsets[at]]
        step = pitch - before  # modulo 256
        if sequences.modulus < 256:
            step = (step.view(np.int8) % sequences.modulus).view(np.uint8)
        changed = step != 0
        if sequences.has_shapes:
            changed |= shape[offsets[at]] != shape[offsets[at - 1]]
        moved += changed
        numbers += np.multiply(step, _WEIGHTS[0, at], dtype=np.uint64)
        if pattern.is_timed(at):
            numbers += np.multiply(ratio[offsets[at]].view(np.uint8), _WEIGHTS[1, at], dtype=np.uint64)
    if sequences.has_shapes:
        for at, here in enumerate(offsets):
            numbers += np.multiply(shape[here], _WEIGHTS[2, at], dtype=np.uint64)
    kept = np.flatnonzero((row[0] == row[offsets[-1]]) & (moved >= least))
    return numbers[kept], kept + begins.start if isinstance(begins, range) else begins[kept]


class _Shifted:
    """The entries of a column at places, or some events after them."""

    def __init__(self, column: NDArray[Any], begins: range | type_places) -> None:
        self._column, self._begins = column, begins

    def __getitem__(self, by: int) -> NDArray[Any]:
        if isinstance(self._begins, range):
            return self._column[self._begins.start + by:self._begins.stop + by]
        return self._column[self._begins + by]


@dataclass(frozen=True, eq=False)
class Table:
    """Words in order.

    The upper bits of an entry are the word's, the lower `bits` its place.
    """

    entries: NDArray[np.uint64]
    bits: int

    @classmethod
    def of(cls, numbers: NDArray[np.uint64], places: type_places, bits: int) -> "Table":
        """Return the table of words at their places, which are below 2 ** `bits`."""
        entries = (numbers >> np.uint64(bits) << np.uint64(bits)) | places.astype(np.uint64)
        entries.sort()  # several times as fast as argsort
        return cls(entries, bits)

    def pairs(
        self, numbers: NDArray[np.uint64], places: type_places, most: int | None = None, most_given: int | None = None
    ) -> type_pairs:
        """Return the pairs of a given place and one here with the same word, in order.

        Equal upper bits count as the same word, so that a pair is rarely of two. With `most` words that stand here more
        often than that are passed over, with `most_given` those that are given more often.
        """
        bits, within = np.uint64(self.bits), np.uint64((1 << self.bits) - 1)
        lowest = numbers >> bits << bits
        low = np.searchsorted(self.entries, lowest)
        count = np.searchsorted(self.entries, lowest | within, side="right") - low
        if most is not None:
            count[count > most] = 0
        if most_given is not None:
            given = np.bincount(low[count > 0], minlength=len(self.entries) + 1)
            count[given[low] > most_given] = 0
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found = self.entries[np.repeat(low, count) + nth] & within
        return np.repeat(places, count), found.astype(np.int64)
