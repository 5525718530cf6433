"""Slices of a corpus: beats (or bars, in one part), each with its destination.

A slice has an `entry`, what every part sounds at its beginning, and a destination, the entry of the slice after it in
its piece: it may be followed by any other whose entry is its destination, and every part goes on as it did there.

Pitches are transposed to a tonic of C, those of drums excepted; times are in 24ths of a quarter from the slice's
beginning. A note that is held over a slice's edge is cut there, and marked, so that it can be joined again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.codecs.events.grid import canonicalize
from componium.corpora.base import Corpus, Piece
from componium.decoding.context import TICKS
from componium.errors import CheckpointError
from componium.methods._shared.bars import check_music, kit_of, to_c, type_ints
from componium.music.score import Meter, Score
from componium.music.time import bar_lines, beat_quarters

PIECE, BAR, PLACE, PARTS, METER, MINOR, KIT, LAST, ENTRY, NEXT = range(10)
PERIOD = 4  # bars after which a tune stands at the same place of a phrase again


@dataclass(frozen=True)
class Slices:
    """Slices in the order of their pieces.

    notes   (N, 6): onset, duration, pitch, part, held from before, held on; of slice s notes[first[s]:first[s + 1]]
    about   (S, 10): PIECE, BAR (from 0, after the pickup), PLACE (beat in the bar; of a tune, bar in its period),
            PARTS, METER, MINOR, KIT (which parts are drums: see bars.kit_of), LAST (1 for a piece's last), ENTRY and
            NEXT (numbers of entries; -1 after the last)
    """

    notes: type_ints
    first: type_ints
    about: type_ints
    pieces: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]
    meters: tuple[str, ...]

    def only(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the chosen slices alone."""
        counts = np.diff(self.first)
        first = np.concatenate([[0], np.cumsum(counts[chosen])]).astype(np.int64)
        return replace(self, notes=self.notes[np.repeat(chosen, counts)], first=first, about=self.about[chosen])

    def of(self, number: int) -> type_ints:
        """Return the notes of a slice."""
        rows: type_ints = self.notes[self.first[number] : self.first[number + 1]]
        return rows

    def has_style(self, style: str) -> NDArray[np.bool_]:
        """Return the mask of the slices of a style."""
        mask: NDArray[np.bool_] = np.array([style in styles for styles in self.styles], bool)[self.about[:, PIECE]]
        return mask

    def to_weights(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return plain values and arrays to be saved."""
        plain = {"pieces": list(self.pieces), "styles": list(map(list, self.styles)), "meters": list(self.meters)}
        return plain, {"notes": self.notes.astype(np.int16), "first": self.first.astype(np.int32),
                       "about": self.about.astype(np.int32)}

    @classmethod
    def from_weights(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the slices that `to_weights` described.

        Raises CheckpointError if a part is missing.
        """
        try:
            check_music(plain, arrays, 6, NEXT + 1)
            notes, first, about = (arrays[name].astype(np.int64) for name in ("notes", "first", "about"))
            return cls(notes, first, about, tuple(plain["pieces"]), tuple(map(tuple, plain["styles"])),
                       tuple(plain["meters"]))
        except KeyError as error:
            raise CheckpointError(f"the slices lack {error}", expected="what save wrote") from error


def slices_of(corpus: Corpus) -> Slices:
    """Return the slices of the training pieces that have a key, in the corpus's order.

    Bars of another meter are left out.
    """
    meters: dict[str, int] = {}
    entries: dict[tuple[Any, ...], int] = {}
    notes: list[type_ints] = []
    about: list[list[int]] = []
    kept: list[Piece] = []
    for piece in corpus.train.pieces:
        score = canonicalize(piece.score, ())
        if not score.n_notes or not score.keys:
            continue
        meter = main_meter(score)
        minor, kit = int("minor" in score.keys[-1].mode), kit_of(track.is_drum for track in score.tracks)
        same = [len(kept), len(score.tracks), meters.setdefault(str(meter), len(meters)), minor, kit]
        cut = list(_cut(score, meter))
        for at, (rows, bar, place) in enumerate(cut):
            entry = entries.setdefault((*same[1:], place, _entry(rows)), len(entries))
            notes.append(rows)
            about.append([same[0], bar, place, *same[1:], int(at == len(cut) - 1), entry, -1])
        for one, other in zip(about[len(about) - len(cut) : -1], about[len(about) - len(cut) + 1 :], strict=True):
            one[NEXT] = other[ENTRY]
        kept.append(piece)
    first = np.concatenate([[0], np.cumsum([len(rows) for rows in notes])]).astype(np.int64)
    joined = np.concatenate([np.zeros((0, 6), dtype=np.int64), *notes])
    table = np.array(about, dtype=np.int64).reshape(-1, NEXT + 1)
    return Slices(joined, first, table, tuple(piece.id for piece in kept),
                  tuple(piece.styles for piece in kept), tuple(meters))


def unit_of(meter: Meter, parts: int) -> int:
    """Return the length of a slice in 24ths: a beat, or, for one part, a bar."""
    beats = 4 * TICKS * meter.numerator // meter.denominator
    return beats if parts == 1 else int(beat_quarters(meter) * TICKS)


def _entry(rows: type_ints) -> tuple[Any, ...]:
    """Return part, pitch and whether it is held, of all that sounds at the beginning."""
    return tuple(sorted(map(tuple, rows[rows[:, 0] == 0][:, [3, 2, 4]].tolist())))


def _cut(score: Score, meter: Meter) -> Iterator[tuple[type_ints, int, int]]:
    """Yield (notes, bar, place) of each slice of a score from its first full bar on."""
    lines, unit = bar_lines(score), unit_of(meter, len(score.tracks))
    length = 4 * TICKS * meter.numerator // meter.denominator
    full = np.flatnonzero(np.diff(lines) == length)
    if not len(full):
        return
    start, stop = int(lines[full[0]]), int(lines[full[-1] + 1])
    end, key = min(score.end, stop), score.keys[-1]
    rows = np.concatenate([np.stack([track.notes["onset"], track.notes["onset"] + track.notes["duration"],
                                     to_c(track, key), np.full(len(track.notes), part)], axis=1)
                           for part, track in enumerate(score.tracks)]).astype(np.int64)
    a_bar = length // unit
    for number, cut in enumerate(_in_slices(rows[(rows[:, 1] > start) & (rows[:, 0] < end)], start, end, unit)):
        yield cut, number // a_bar, number % a_bar if a_bar > 1 else number % PERIOD


def _in_slices(rows: type_ints, start: int, end: int, unit: int) -> list[type_ints]:
    """Cut notes (onset, offset, pitch, part) at slice edges; return each slice's."""
    begins, ends = np.maximum(rows[:, 0], start), np.minimum(rows[:, 1], end)
    first, last = (begins - start) // unit, (ends - 1 - start) // unit
    times = last - first + 1
    which = np.repeat(np.arange(len(rows)), times)
    number = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    edge = start + number * unit
    onset, offset = np.maximum(rows[which, 0], edge), np.minimum(rows[which, 1], edge + unit)
    cut = np.stack([onset - edge, offset - onset, rows[which, 2], rows[which, 3],
                    rows[which, 0] < edge, rows[which, 1] > edge + unit], axis=1).astype(np.int64)
    order = np.lexsort((cut[:, 2], cut[:, 3], cut[:, 0], number))
    n_slices = -(-(end - start) // unit)
    return np.split(cut[order], np.searchsorted(number[order], np.arange(1, n_slices)))
