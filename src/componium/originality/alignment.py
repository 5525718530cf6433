"""Alignment: from a pair of equal words to the whole passage, with changes.

Two passages are aligned event by event, at one transposition and one tempo. A change is an event that differs in pitch,
events inserted (one, or the up to four of an ornament), or an event deleted. A passage has the score of its equal
events less PENALTY for each change, and ends where that is highest. Times are compared with a tolerance that a swung
rhythm is within, and not at all across a change.

These are the operations of Mongeau and Sankoff, "Comparison of musical sequences" (Computers and the Humanities, 1990);
the way from exact words to alignments is that of Altschul et al., "Basic local alignment search tool" (Journal of
Molecular Biology, 1990), and the extension is greedy (Zhang et al., "A greedy algorithm for aligning DNA sequences",
Journal of Computational Biology, 2000): an optimal one (Smith and Waterman, 1981) costs many times as much.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from componium.originality.seeds import Seeds, follows_another
from componium.originality.sequences import FIRST, Sequences
from componium.originality.words import type_places

# Steps in the query and in the piece to the next equal event.
EDITS = ((2, 2), (2, 1), (1, 2), (3, 1), (4, 1), (5, 1), (3, 2), (4, 2), (5, 2))
LOOKAHEAD, AT_LEAST = 4, 2  # events compared after an edit, and those that must be equal
PENALTY, DROP = 4, 6  # a change costs as much as so many equal events; fall of the score at which a passage ends
TOLERANCE = 7.2  # of times, in twelfths of a doubling; those of triplet swing differ by 5 and 7


@dataclass(frozen=True, eq=False)
class Passages:
    """Pairs of passages, one in the query and one in the pieces, as columns (N,).

    begin, end        events of the query, half-open
    place, place_end  events of the pieces, half-open
    notes             events that are equal
    changes           changes between them
    """

    begin: type_places
    end: type_places
    place: type_places
    place_end: type_places
    notes: type_places
    changes: type_places

    def __len__(self) -> int:
        return len(self.begin)

    def where(self, chosen: NDArray[np.bool_] | type_places) -> "Passages":
        """Return some of the pairs."""
        return Passages(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def joined(cls, parts: list["Passages"]) -> "Passages":
        """Return the pairs of all parts."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


class Alignment:
    """The comparison of a query with pieces.

    All methods take places in the query and in the pieces, (N,) each.
    """

    def __init__(self, query: Sequences, pieces: Sequences) -> None:
        self.query, self.pieces, self.modulus = query, pieces, pieces.modulus

    def exact(self, begin: type_places, place: type_places, length: int) -> Passages:
        """Return the longest equal passages around pairs of equal words.

        The pairs are in order, the words of `length` events.
        """
        apart = ~follows_another(begin, place, len(self.pieces))
        begin, place = self._earliest(begin[apart], place[apart])
        lengths, going = np.full(len(begin), length), np.arange(len(begin))
        while len(going):
            i, j = begin[going] + lengths[going], place[going] + lengths[going]
            going = going[self._steps_equal(i, j) & (_at(self.query.ratio, i) == _at(self.pieces.ratio, j))]
            lengths[going] += 1
        return Passages(begin, begin + lengths, place, place + lengths, lengths, np.zeros_like(lengths))

    def _earliest(self, begin: type_places, place: type_places) -> tuple[type_places, type_places]:
        """Return where the equal passages begin that pairs stand in, each once."""
        begin, place, going = begin.copy(), place.copy(), np.arange(len(begin))
        while len(going):
            i, j = begin[going], place[going]
            going = going[self._steps_equal(i, j) & (_next(self.query.ratio, i) == _next(self.pieces.ratio, j))]
            begin[going] -= 1
            place[going] -= 1
        return np.divmod(np.unique(begin * len(self.pieces) + place), max(len(self.pieces), 1))

    def _steps_equal(self, i: type_places, j: type_places) -> NDArray[np.bool_]:
        """Return which events have equal intervals from the one before, and shapes."""
        ours, theirs = _at(self.query.interval, i, FIRST), _at(self.pieces.interval, j, FIRST)
        same: NDArray[np.bool_] = (ours == theirs) & (ours != FIRST)
        if self.pieces.has_shapes:
            same &= _at(self.query.shape, i) == _at(self.pieces.shape, j)
            same &= _at(self.query.shape, i - 1) == _at(self.pieces.shape, j - 1)
        return same

    def near(self, seeds: Seeds, least: int) -> Passages:
        """Return the passages of `least` equal events or more that grow from seeds."""
        begin, place, notes = self._extend_left(seeds.begin, seeds.place, seeds.tempo, seeds.notes)
        last, place_last, notes, changes = self._extend_right(
            seeds.last, seeds.place_last, seeds.tempo, notes, seeds.changes
        )
        return Passages(begin, last + 1, place, place_last + 1, notes, changes).where(notes >= least)

    def _alike(self, i: type_places, j: type_places, tempo: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which events follow the ones before equally, at the tempo."""
        off = _at(self.query.log_gap, i) - _at(self.pieces.log_gap, j) - tempo
        alike: NDArray[np.bool_] = self._steps_equal(i, j) & (np.abs(off) <= TOLERANCE)
        return alike

    def _extend_left(
        self, begin: type_places, place: type_places, tempo: NDArray[np.float64], notes: type_places
    ) -> tuple[type_places, type_places, type_places]:
        going, length = np.arange(len(begin)), np.zeros_like(notes)
        while len(going):
            at = length[going]
            going = going[self._alike(begin[going] - at, place[going] - at, tempo[going])]
            length[going] += 1
        return begin - length, place - length, notes + length

    def _extend_right(
        self, last: type_places, place: type_places, tempo: NDArray[np.float64], notes: type_places,
        changes: type_places,
    ) -> tuple[type_places, type_places, type_places, type_places]:  # fmt: skip
        """Return the ends, notes and changes of the extensions with the highest score."""
        now = np.array((last, place, notes, changes))
        best, going = now.copy(), np.arange(len(last))
        while len(going):
            i, j = now[:2, going]
            edit = np.zeros(len(going), dtype=np.int64)
            differs = np.flatnonzero(~self._alike(i + 1, j + 1, tempo[going]))
            edit[differs] = self._best_edit(i[differs], j[differs], tempo[going[differs]])
            steps = _STEPS[edit].T
            going, steps = going[steps[0] > 0], steps[:, steps[0] > 0]
            now[:, going] += steps
            gain = _score(now[:, going]) - _score(best[:, going])
            best[:, going[gain > 0]] = now[:, going[gain > 0]]
            going = going[gain > -DROP]
        return best[0], best[1], best[2], best[3]

    def _best_edit(self, i: type_places, j: type_places, tempo: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number of the edit after which most events are equal.

        It is counted from 1; -1 if none is good enough.
        """
        most, best = np.full(len(i), AT_LEAST - 1), np.full(len(i), -1)
        our_moves = {ours: self._moves(self.query, i, ours, -1) for ours in {ours for ours, _ in EDITS}}
        their_moves = {theirs: self._moves(self.pieces, j, theirs, -2) for theirs in {theirs for _, theirs in EDITS}}
        for number, (ours, theirs) in enumerate(EDITS, 1):
            equal = np.zeros(len(i), dtype=np.int64)
            going = np.flatnonzero(our_moves[ours] == their_moves[theirs])
            for ahead in range(1, LOOKAHEAD + 1):
                equal[going] = ahead
                going = going[self._alike(i[going] + ours + ahead, j[going] + theirs + ahead, tempo[going])]
            better = equal > most
            most[better], best[better] = equal[better], number
        return best

    def _moves(self, sequences: Sequences, at: type_places, ahead: int, beyond: int) -> NDArray[np.int32]:
        """Return the interval to the event `ahead`, and its shape, as one number.

        It is `beyond` where the row has ended.
        """
        there = np.minimum(at + ahead, len(sequences) - 1)
        apart = sequences.residue[there] - sequences.residue[at]  # modulo 256
        move = (apart if self.modulus == 256 else apart.view(np.int8) % self.modulus).astype(np.int32)
        if self.pieces.has_shapes:
            move += sequences.shape[there].astype(np.int32) * 256
        inside = (at + ahead < len(sequences)) & (sequences.row[there] == sequences.row[at])
        return np.where(inside, move, np.int32(beyond))


# The query's and the pieces' events, the equal ones and the changes that a step adds; the last, of -1, is the end.
_STEPS = np.array([(1, 1, 1, 0), *((ours, theirs, 1, 1) for ours, theirs in EDITS), (0, 0, 0, 0)])


def _score(state: NDArray[np.int64]) -> NDArray[np.int64]:
    score: NDArray[np.int64] = state[2] - PENALTY * state[3]
    return score


def _at(column: NDArray[np.generic], places: type_places, beyond: int = 0) -> NDArray[np.int64]:
    """Return the entries of a column at places; `beyond` where it has ended."""
    found = column[np.minimum(places, len(column) - 1)].astype(np.int64)
    return np.where(places < len(column), found, beyond)


def _next(column: NDArray[np.generic], places: type_places) -> NDArray[np.int64]:
    return _at(column, places + 1)
