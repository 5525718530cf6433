"""Index of passages: the longest run of notes a score shares with other music.

A passage is a run of notes of one line (see analysis.lines: a voice of a track, chords by their highest note). Two
passages are the same if they have the same melodic intervals, and their notes' onsets the same proportions, whatever
the key and the tempo; how long each note is held doesn't count. Drums are left out. Proportions are rounded to twelfths
of a doubling, which separates written values; music played freely, off any grid, seldom matches.

Algorithm: each note of a line has two small numbers, the interval from the note before and the ratio of the time since
then to the time before that, as twelfths of a doubling. Every run of `k` notes in the indexed music is hashed to 64
bits; the hashes are sorted once. A query hashes its own runs, finds the places where they occur, checks them number by
number and extends all of them note by note until one is left. Nothing shorter than `k` notes is found: nearly any two
pieces share that much.

>>> from componium.music.score import Track, notes
>>> tune = [60, 62, 64, 65, 67, 69, 67, 65, 64, 62, 60]
>>> piece = Score(tracks=(Track(notes([(480 * i, 480, pitch) for i, pitch in enumerate(tune)])),))
>>> higher_and_faster = Score(tracks=(Track(notes([(240 * i, 240, p + 5) for i, p in enumerate(tune[1:])])),))
>>> print(Index.of([("tune", piece)]).longest_shared(higher_and_faster))
10 notes (1.2 bars) from bar 1, as in tune from bar 1
"""

import io
import json
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium._files import write_atomic
from componium.analysis.lines import lines
from componium.errors import CheckpointError
from componium.music.score import Score, type_notes
from componium.music.time import bar_lines

K = 8
FIRST = -128  # the interval of a line's first note, which has none: it equals nothing
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no step of the hash loses a bit
MAX_PAIRS = 1 << 20  # places compared at once, to bound memory


@dataclass(frozen=True, slots=True)
class Shared:
    """A passage that a score shares with a piece.

    `notes` is its length, 0 if nothing of k notes is shared; `bars` the length in bars of the score. It begins in bar
    `bar` of line `line` (from 0) of the score, and in bar `piece_bar` of the piece; bars are counted from 1.
    """

    notes: int = 0
    bars: float = 0.0
    piece: str = ""
    bar: int = 0
    piece_bar: int = 0
    line: int = 0

    def __str__(self) -> str:
        """Return the passage in words."""
        if not self.notes:
            return "nothing shared"
        where = f"from bar {self.bar}, as in {self.piece} from bar {self.piece_bar}"
        return f"{self.notes} notes ({self.bars:.1f} bars) {where}"


@dataclass(frozen=True, eq=False)
class Index:
    """An index of pieces for finding the passages that a score shares with them.

    `interval`, `ratio` (int8) and `bar` (uint16, from 1) have one entry a note, line after line; line i begins at
    `start[i]` and belongs to the piece `names[piece[i]]`.
    """

    interval: NDArray[np.int8]
    ratio: NDArray[np.int8]
    bar: NDArray[np.uint16]
    start: NDArray[np.int64]
    piece: NDArray[np.int32]
    names: tuple[str, ...]
    k: int = K

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, Score]], k: int = K) -> "Index":
        """Return the index of pieces, given as pairs of a name and a score.

        `k` (at least 2) is the length in notes of the shortest passage that can be found.
        """
        names, owners, rows = [], [], [_no_notes()]
        for number, (name, score) in enumerate(pieces):
            names.append(name)
            for line in lines(score):
                rows.append((*_numbers(line), _bars_of(score, line)))
                owners.append(number)
        interval, ratio, bar = (np.concatenate(column) for column in zip(*rows, strict=True))
        start = np.cumsum([0, *(len(row[0]) for row in rows[1:-1])]) if owners else np.zeros(0)
        return cls(interval, ratio, bar, start.astype(np.int64), np.array(owners, dtype=np.int32), tuple(names), k)

    @property
    def n_notes(self) -> int:
        """The number of notes in the index."""
        return len(self.interval)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the hashes of all runs of k notes, sorted, and where each begins."""
        hashes, whole = _hashes(self.interval, self.ratio, self.k)
        order = np.argsort(hashes[whole], kind="stable")
        places = np.flatnonzero(whole)[order]
        return hashes[places], places

    @cached_property
    def _padded(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        return np.append(self.interval, np.int8(FIRST)), np.append(self.ratio, np.int8(0))

    def longest_shared(self, score: Score, *, but: Collection[str] = ()) -> Shared:
        """Return the longest passage that a score shares with any piece.

        Pieces named in `but` are left out.
        """
        best = Shared()
        left_out = np.array([number for number, name in enumerate(self.names) if name in but], dtype=np.int64)
        for number, line in enumerate(lines(score)):
            for begins, places in self._pairs(line, left_out):
                length, begin, place = self._extend(line, begins, places)
                if length > best.notes:
                    best = self._describe(score, line[begin:begin + length], number, place)
        return best

    def _pairs(
        self, line: type_notes, left_out: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield, in batches, pairs of a note of the line and one here with k notes alike."""
        interval, ratio = _numbers(line)
        hashes, whole = _hashes(interval, ratio, self.k)
        known, places = self._sorted
        begins = np.flatnonzero(whole)
        low = np.searchsorted(known, hashes[begins], side="left")
        count = np.searchsorted(known, hashes[begins], side="right") - low
        batch = np.cumsum(count) // MAX_PAIRS
        for number in np.unique(batch[count > 0]):
            some = (batch == number) & (count > 0)
            within = np.arange(count[some].sum()) - np.repeat(np.cumsum(count[some]) - count[some], count[some])
            begin, place = np.repeat(begins[some], count[some]), places[np.repeat(low[some], count[some]) + within]
            if len(left_out):
                kept = ~np.isin(self.piece[self._line_of(place)], left_out)
                begin, place = begin[kept], place[kept]
            yield begin, place

    def _extend(
        self, line: type_notes, begin: NDArray[np.int64], place: NDArray[np.int64]
    ) -> tuple[int, int, int]:
        """Return the longest passage from any of the pairs.

        It is given by its length, and where it begins in the line and here.
        """
        (theirs, their_ratio), (interval, ratio) = self._padded, _numbers(line)
        ours, our_ratio = np.append(interval, np.int8(FIRST)), np.append(ratio, np.int8(0))
        longer = (ours[begin] == theirs[place]) & (ours[begin] != FIRST)
        longer &= our_ratio[begin + 1] == their_ratio[place + 1]
        begin, place, length = begin[~longer], place[~longer], 1  # the pair one note before finds all that these do
        while True:
            nearer, farther = begin + length, place + length
            same = (ours[nearer] == theirs[farther]) & (ours[nearer] != FIRST)
            if length > 1:  # the first step has nothing before it to be in proportion to
                same &= our_ratio[nearer] == their_ratio[farther]
            if not same.any():
                break
            begin, place, length = begin[same], place[same], length + 1
        return (length, int(begin[0]), int(place[0])) if length >= self.k else (0, 0, 0)

    def _describe(self, score: Score, passage: type_notes, line: int, place: int) -> Shared:
        bars, ticks = bar_lines(score), (passage["onset"][0], passage["onset"][-1] + passage["duration"][-1])
        began, ended = np.interp(ticks, bars, np.arange(len(bars)))
        name = self.names[self.piece[self._line_of(np.array([place]))[0]]]
        return Shared(len(passage), float(ended - began), name, int(began) + 1, int(self.bar[place]), line)

    def _line_of(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.start, place, side="right") - 1

    def save(self, path: str | Path) -> None:
        """Write the index to a file (.npz), atomically: 1 to 2 bytes a note."""
        names = np.frombuffer(json.dumps(self.names, ensure_ascii=False).encode(), dtype=np.uint8)
        out = io.BytesIO()
        np.savez_compressed(
            out, interval=self.interval, ratio=self.ratio, bar=self.bar, start=self.start, piece=self.piece,
            names=names, k=np.array(self.k),
        )
        write_atomic(Path(path), out.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> "Index":
        """Read an index from a file that `save` wrote.

        Raises CheckpointError if it isn't one, OSError if it can't be read.
        """
        data = Path(path).read_bytes()
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                fields: dict[str, Any] = {name: arrays[name] for name in arrays.files}
            names = tuple(map(str, json.loads(fields.pop("names").tobytes().decode())))
            index = cls(**fields | {"names": names, "k": int(fields["k"])})
            _check(index)
        except (ValueError, TypeError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise CheckpointError("not an index of originality", where=str(path), advice=str(error)) from error
        return index


def _no_notes() -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.uint16]]:
    return np.zeros(0, np.int8), np.zeros(0, np.int8), np.zeros(0, np.uint16)


def _numbers(line: type_notes) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return the interval and the time ratio of each note of a line.

    The interval is that from the note before; the ratio that of the time since it to the time before that.
    """
    interval = np.full(len(line), FIRST, dtype=np.int8)
    interval[1:] = np.clip(np.diff(line["pitch"]), -127, 127)
    ratio = np.zeros(len(line), dtype=np.int8)
    gaps = np.diff(line["onset"]).astype(np.float64)
    ratio[2:] = np.clip(np.rint(12 * np.log2(gaps[1:] / gaps[:-1])), -127, 127)
    return interval, ratio


def _bars_of(score: Score, line: type_notes) -> NDArray[np.uint16]:
    at = np.searchsorted(bar_lines(score), line["onset"], side="right")
    return np.minimum(at, 0xFFFF).astype(np.uint16)


def _hashes(
    interval: NDArray[np.int8], ratio: NDArray[np.int8], k: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the hash of the k notes from each note on.

    The second array states whether the line has so many notes from there.
    """
    n = max(len(interval) - k + 1, 0)
    steps = (interval.astype(np.int64) + 128).astype(np.uint64)
    moves = steps * np.uint64(256) + (ratio.astype(np.int64) + 128).astype(np.uint64)
    hashes, whole = steps[1:n + 1].copy(), np.ones(n, dtype=np.bool_)
    for ahead in range(1, k):
        whole &= interval[ahead:ahead + n] != FIRST
        if ahead > 1:
            hashes = hashes * MULTIPLIER + moves[ahead:ahead + n]
    return hashes, whole


def _check(index: Index) -> None:
    """Raise ValueError unless the arrays fit together."""
    kinds = [("interval", np.int8), ("ratio", np.int8), ("bar", np.uint16), ("start", np.int64), ("piece", np.int32)]
    if any(getattr(index, name).ndim != 1 or getattr(index, name).dtype != kind for name, kind in kinds):
        raise ValueError("an array of another kind")
    if not len(index.interval) == len(index.ratio) == len(index.bar) or len(index.start) != len(index.piece):
        raise ValueError("arrays of unequal length")
    if len(index.piece) and not 0 <= index.piece.min() <= index.piece.max() < len(index.names):
        raise ValueError("a line of no piece")
    if len(index.interval) and not (len(index.start) and index.start[0] == 0):
        raise ValueError("notes of no line")
