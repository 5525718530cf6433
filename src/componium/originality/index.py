"""Index of pieces: passages that a score shares with them, exactly or nearly.

Scores are compared as melodies, chords and textures (see sequences), whatever the key and the tempo. A passage is
shared exactly if all its intervals and the proportions of its times are the same; see alignment for the changes that
are looked through. The shortest passages found are of `k` events, or `k` - 1 with changes: of 8 notes one may differ.
Scales, repeated notes and whatever else stands in very many places count only beside something that doesn't (see
seeds). Nearly any two pieces of a style share that much: the length of the longest, beside that of unseen music, says
more.

>>> from componium.music.score import Track, notes
>>> tune = [60, 62, 64, 65, 67, 69, 67, 65, 64, 62, 60]
>>> piece = Score(tracks=(Track(notes([(480 * i, 480, pitch) for i, pitch in enumerate(tune)])),))
>>> higher_and_faster = Score(tracks=(Track(notes([(240 * i, 240, p + 5) for i, p in enumerate(tune[1:])])),))
>>> index = Index.of([("tune", piece)])
>>> print(index.longest_shared(higher_and_faster))
10 notes (1.2 bars) from bar 1, as in tune from bar 1
>>> tune[5] = 70
>>> changed = Score(tracks=(Track(notes([(240 * i, 240, pitch) for i, pitch in enumerate(tune)])),))
>>> print(index.compare(changed).near)
10 notes (1.4 bars) from bar 1, 1 changed, as in tune from bar 1
"""

import io
import json
import zipfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium._files import write_atomic
from componium.errors import CheckpointError
from componium.music.score import Score
from componium.music.time import bar_lines, bar_number
from componium.originality.alignment import TOLERANCE, Alignment, Passages
from componium.originality.lookup import Lookup
from componium.originality.novelty import Features, Neighbor, nearest
from componium.originality.seeds import find_seeds, find_words
from componium.originality.sequences import FIRST, VIEWS, Row, Sequences

K = 8
MELODY = "melody"


@dataclass(frozen=True, slots=True)
class Shared:
    """A passage that a score shares with a piece.

    `notes` is the number of equal events (`unit` has their name), 0 if nothing is shared; `changes` that of the changes
    between them; `bars` the length in bars of the score. It begins in bar `bar` of row `line` (from 0) of the score,
    numbered as on a page, and in bar `piece_bar` of the piece, from 1.
    """

    notes: int = 0
    bars: float = 0.0
    piece: str = ""
    bar: int = 0
    piece_bar: int = 0
    line: int = 0
    changes: int = 0
    unit: str = "notes"

    def __str__(self) -> str:
        """Return the passage in words."""
        if not self.notes:
            return "nothing shared"
        changed = f", {self.changes} changed" if self.changes else ""
        where = f"from bar {self.bar}{changed}, as in {self.piece} from bar {self.piece_bar}"
        return f"{self.notes} {self.unit} ({self.bars:.1f} bars) {where}"


@dataclass(frozen=True, eq=False)
class Copies:
    """The passages that a score shares with the pieces, in one view.

    exact         the longest that is the same
    near          the longest with changes; the exact one if it is as long
    exact_length  the length of the longest exact passage over each event of the score, 0 if there is none (N,)
    near_length   the same with changes (N,)
    """

    exact: Shared
    near: Shared
    exact_length: NDArray[np.int64]
    near_length: NDArray[np.int64]

    def share(self, notes: int = K) -> float:
        """Return the share of events in passages of so many or more.

        Of `notes` events one in eight may be changed. It is nan without events.
        """
        exact = self.exact_length >= notes
        near = self.near_length >= notes - notes // 8
        return float(np.mean(exact | near)) if len(exact) else float("nan")

    def exact_share(self, notes: int = K) -> float:
        """Return the same for exact passages."""
        return float(np.mean(self.exact_length >= notes)) if len(self.exact_length) else float("nan")


@dataclass(frozen=True, eq=False)
class Index:
    """An index of pieces for finding the passages that a score shares with them.

    `sequences` holds the pieces in each view; row i of one belongs to the piece `names[piece[i]]`. `k` (2 to 64) is the
    length of the shortest exact passage that can be found. `unseen` has figures of other music, by style (see report).
    """

    sequences: Mapping[str, Sequences]
    names: tuple[str, ...]
    k: int = K
    unseen: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    _lookups: dict[str, Lookup] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, Score]], k: int = K) -> "Index":
        """Return the index of pieces, given as pairs of a name and a score."""
        names, scores = [], []
        for name, score in pieces:
            names.append(name)
            scores.append(score)
        return cls({name: Sequences.of(scores, view) for name, view in VIEWS.items()}, tuple(names), k)

    def made_ready(self) -> "Index":
        """Return this index with all made that a first comparison would have to wait for."""
        _ = self._features
        for sequences in self.sequences.values():
            _ = sequences.row, sequences.log_gap, sequences.residue, sequences.has_shapes
        return self

    @property
    def n_notes(self) -> int:
        """The number of notes in the index, those of a top line too."""
        return len(self.sequences[MELODY])

    def longest_shared(self, score: Score, *, but: Collection[str] = ()) -> Shared:
        """Return the longest passage of a melody shared exactly with any piece.

        Pieces named in `but` are left out.
        """
        rows = VIEWS[MELODY].rows(score)
        query = Sequences.of_rows([(score, rows)], VIEWS[MELODY].modulus)
        return self._longest(self.find_exact(query, but=but), query, MELODY, score, rows)

    def compare(self, score: Score, view: str = MELODY, *, but: Collection[str] = ()) -> Copies:
        """Return the passages shared with the pieces, exactly and with changes.

        view  "melody", "chords" or "texture"
        but   names of pieces to leave out
        """
        rows = VIEWS[view].rows(score)
        query = Sequences.of_rows([(score, rows)], VIEWS[view].modulus)
        runs = self._find_runs(query, view, but)
        exact, both = runs.where(runs.notes >= self.k), Passages.joined([runs, self._find_changed(query, view, but)])
        return Copies(
            self._longest(exact, query, view, score, rows), self._longest(both, query, view, score, rows),
            _length_over(exact, len(query)), _length_over(both, len(query)),
        )  # fmt: skip

    def find_exact(self, query: Sequences, view: str = MELODY, *, but: Collection[str] = ()) -> Passages:
        """Return the passages of `k` events or more that are shared exactly."""
        runs = self._find_runs(query, view, but)
        return runs.where(runs.notes >= self.k)

    def find_near(self, query: Sequences, view: str = MELODY, *, but: Collection[str] = ()) -> Passages:
        """Return the passages of `k` - 1 equal events or more, with changes."""
        return Passages.joined([self._find_runs(query, view, but), self._find_changed(query, view, but)])

    def _find_runs(self, query: Sequences, view: str, but: Collection[str]) -> Passages:
        """Return the passages that are shared exactly, of `k` - 1 events or more."""
        pieces, length = self.sequences[view], max(self.k - 1, 2)
        begin, place = find_words(query, self._lookup(view), length)
        return self._without(Alignment(query, pieces).exact(begin, place, length), pieces, but)

    def _find_changed(self, query: Sequences, view: str, but: Collection[str]) -> Passages:
        """Return the passages that grow from seeds."""
        pieces = self.sequences[view]
        seeds = find_seeds(query, pieces, self._lookup(view), TOLERANCE)
        return self._without(Alignment(query, pieces).near(seeds, self.k - 1), pieces, but)

    def _lookup(self, view: str) -> Lookup:
        if view not in self._lookups:
            self._lookups[view] = Lookup(self.sequences[view])
        return self._lookups[view]

    def nearest(self, score: Score, n: int = 3, *, but: Collection[str] = ()) -> tuple[Neighbor, ...]:
        """Return the `n` pieces most like a score, by cosine similarity.

        Pieces named in `but` are left out. See novelty for the formula.
        """
        melodies = Sequences.of([score], VIEWS[MELODY])
        return nearest(self._features, melodies, self.names, n, but)

    @cached_property
    def _features(self) -> Features:
        return Features.of(self.sequences[MELODY], len(self.names))

    def _without(self, passages: Passages, pieces: Sequences, but: Collection[str]) -> Passages:
        if not but:
            return passages
        left_out = [number for number, name in enumerate(self.names) if name in but]
        return passages.where(~np.isin(pieces.piece[pieces.row[passages.place]], left_out))

    def _longest(self, passages: Passages, query: Sequences, view: str, score: Score, rows: list[Row]) -> Shared:
        """Return the longest passage, that with the fewest changes if there are several."""
        if not len(passages):
            return Shared(unit=VIEWS[view].unit)
        passages = passages.where(passages.notes == passages.notes.max())
        best = np.lexsort((passages.place, passages.begin, passages.changes))[0]
        begin, end, place = (int(column[best]) for column in (passages.begin, passages.end, passages.place))
        pieces, line = self.sequences[view], int(query.row[begin])
        onset, offset = (np.concatenate([row[at] for row in rows]) for at in (0, 1))
        bars = bar_lines(score)
        began, ended = np.interp((onset[begin], offset[end - 1]), bars, np.arange(len(bars)))
        return Shared(
            int(passages.notes[best]), float(ended - began), self.names[pieces.piece[pieces.row[place]]],
            bar_number(score, int(began)), int(pieces.bar[place]), line, int(passages.changes[best]), VIEWS[view].unit,
        )  # fmt: skip

    def save(self, path: str | Path) -> None:
        """Write the index to a file (.npz), atomically: 1 to 2 bytes an event."""
        arrays: dict[str, Any] = {f"{view}.{name}": getattr(sequences, name)
                                  for view, sequences in self.sequences.items() for name in COLUMNS}  # fmt: skip
        arrays |= {"names": _to_bytes(self.names), "unseen": _to_bytes(self.unseen), "k": np.array(self.k)}
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)
        write_atomic(Path(path), out.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> "Index":
        """Read an index from a file that `save` wrote.

        Raises CheckpointError if it isn't one, OSError if it can't be read.
        """
        data = Path(path).read_bytes()
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                names = tuple(map(str, json.loads(arrays["names"].tobytes().decode())))
                sequences = {
                    name: Sequences(**{column: arrays[f"{name}.{column}"] for column in COLUMNS}, modulus=view.modulus)
                    for name, view in VIEWS.items()
                }
                unseen = json.loads(arrays["unseen"].tobytes().decode())
                index = cls(sequences, names, int(arrays["k"]), unseen)
            _check(index)
        except (ValueError, TypeError, KeyError, AttributeError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise CheckpointError("not an index of originality", where=str(path), advice=str(error)) from error
        return index


COLUMNS = {
    "interval": np.int8, "ratio": np.int8, "shape": np.uint16, "bar": np.uint16, "start": np.int64, "piece": np.int32,
}  # fmt: skip


def _to_bytes(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), dtype=np.uint8)


def _length_over(passages: Passages, n: int) -> NDArray[np.int64]:
    """Return the equal events of the longest passage over each of `n` events."""
    length = np.zeros(n, dtype=np.int64)
    for notes in np.unique(passages.notes):
        change = np.zeros(n + 1, dtype=np.int64)
        np.add.at(change, passages.begin[passages.notes == notes], 1)
        np.add.at(change, passages.end[passages.notes == notes], -1)
        length[np.cumsum(change)[:n] > 0] = notes
    return length


def _check(index: Index) -> None:
    """Raise ValueError unless the arrays fit together."""
    if not 2 <= index.k <= 64:
        raise ValueError(f"k is {index.k}")
    figures = [values for figures in index.unseen.values() for values in figures.values()]
    if not all(values and all(isinstance(value, int | float) for value in values) for values in figures):
        raise ValueError("figures of unseen pieces that are none")
    for sequences in index.sequences.values():
        columns = {name: getattr(sequences, name) for name in COLUMNS}
        if any(column.ndim != 1 or column.dtype != COLUMNS[name] for name, column in columns.items()):
            raise ValueError("an array of another kind")
        if len({len(columns[name]) for name in ("interval", "ratio", "shape", "bar")}) > 1:
            raise ValueError("arrays of unequal length")
        if not np.array_equal(sequences.start, np.flatnonzero(sequences.interval == FIRST)):
            raise ValueError("rows that begin elsewhere")
        if (len(sequences.interval) and sequences.interval[0] != FIRST) or len(sequences.start) != len(sequences.piece):
            raise ValueError("events of no row")
        if len(sequences.piece) and not 0 <= sequences.piece.min() <= sequences.piece.max() < len(index.names):
            raise ValueError("a row of no piece")
