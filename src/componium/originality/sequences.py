"""Sequences compared for copies: melodies, chords and textures.

Each is a row of events, whatever the key and the tempo; an event is an onset, a pitch and a shape:

    melody    a note of a line: a voice of a track (analysis.lines), or the top line of all where it is none of these
    chords    a chord of three or more pitch classes: its bass, and its pitch classes above the bass
    texture   all that sounds from an onset on, two or more pitches: the highest, and the intervals below it

Two events are the same if they have the same interval from the event before, the same time since then in proportion to
the time before that, and the same shape. Ratios of time are rounded to twelfths of a doubling, which separates written
values; music played freely, off any grid, seldom matches. How long a note is held doesn't count. Drums are left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import lines, pitched, sonorities
from componium.music.score import Score, type_notes
from componium.music.time import bar_lines

FIRST = -128  # the interval of a row's first event, which has none: it equals nothing
TWELFTHS = 12  # of a doubling of time


class Row(NamedTuple):
    """Events of a score, as columns (N,); onset and offset are in ticks."""

    onset: NDArray[Any]
    offset: NDArray[Any]
    pitch: NDArray[Any]
    shape: NDArray[np.uint16]


class View(NamedTuple):
    """A kind of sequence.

    rows     returns the rows of a score
    unit     the name of its events
    modulus  the number of semitones after which intervals repeat
    """

    rows: Callable[[Score], list[Row]]
    unit: str
    modulus: int = 256


def melody_rows(score: Score) -> list[Row]:
    """Return the lines of a score, and its top line where that is another."""
    found = [_melody(line) for line in lines(score)]
    if len(found) > 1:
        top = _melody(top_line(score))
        if not any(_same(top, row) for row in found):
            found.append(top)
    return found


def _melody(line: type_notes) -> Row:
    return Row(line["onset"], line["onset"] + line["duration"], line["pitch"], np.zeros(len(line), np.uint16))


def top_line(score: Score) -> type_notes:
    """Return the notes that begin with none above them: the top line (skyline).

    After Uitdenbogerd and Zobel, "Manipulation of music for melody matching" (ACM Multimedia, 1998), without the notes
    that begin below one that still sounds.
    """
    array = pitched(score)
    onsets, sounding = sonorities(score)
    highest = 127 - np.argmax(sounding[:, ::-1], axis=1)
    top = array[array["pitch"] == highest[np.searchsorted(onsets, array["onset"])]] if len(array) else array
    first: type_notes = top[np.append(True, np.diff(top["onset"]) > 0)[:len(top)]]
    return first


def chord_rows(score: Score) -> list[Row]:
    """Return the chords of a score; one that is held or repeated is one event."""
    onsets, sounding = sonorities(score)
    classes = np.zeros((len(onsets), 12), dtype=np.bool_)
    for octave in range(0, 128, 12):
        part = sounding[:, octave:octave + 12]
        classes[:, :part.shape[1]] |= part
    full = classes.sum(axis=1) >= 3
    onsets, sounding, classes = onsets[full], sounding[full], classes[full]
    bass = np.argmax(sounding, axis=1) % 12
    above = np.take_along_axis(classes, (np.arange(12) + bass[:, None]) % 12, axis=1)
    shape = (above @ (1 << np.arange(12))).astype(np.uint16)
    changed = np.append(True, (np.diff(bass) != 0) | (np.diff(shape.astype(np.int64)) != 0))[:len(bass)]
    return [_row(score, onsets[changed], bass[changed], shape[changed])]


def texture_rows(score: Score) -> list[Row]:
    """Return all that sounds from each onset on, where two or more pitches do."""
    onsets, sounding = sonorities(score)
    several = sounding.sum(axis=1) >= 2
    onsets, sounding = onsets[several], sounding[several]
    highest = 127 - np.argmax(sounding[:, ::-1], axis=1)
    below = np.zeros(len(onsets), dtype=np.uint64)
    event, pitch = np.nonzero(sounding)
    np.add.at(below, event, _MIXED[highest[event] - pitch])
    return [_row(score, onsets, highest, (below >> np.uint64(48)).astype(np.uint16))]


def _row(score: Score, onset: NDArray[Any], pitch: NDArray[Any], shape: NDArray[np.uint16]) -> Row:
    """Return events that last until the next."""
    return Row(onset, np.append(onset[1:], score.end)[:len(onset)], pitch, shape)



_MIXED = np.random.default_rng(0).integers(0, 2**64, 128, dtype=np.uint64)  # a random number for each interval

VIEWS = {
    "melody": View(melody_rows, "notes"),
    "chords": View(chord_rows, "chords", modulus=12),
    "texture": View(texture_rows, "onsets"),
}


@dataclass(frozen=True, eq=False)
class Sequences:
    """Rows of events, one after another.

    interval  from the event before, in semitones (int8); FIRST for the first of a row
    ratio     of the time since the event before to the time before that, in twelfths of a doubling (int8)
    shape     (uint16), 0 for a melody
    bar       of the event, from 1 (uint16)
    start     where each row begins (int64)
    piece     the number of the piece that each row belongs to (int32)
    modulus   the number of semitones after which intervals repeat
    """

    interval: NDArray[np.int8]
    ratio: NDArray[np.int8]
    shape: NDArray[np.uint16]
    bar: NDArray[np.uint16]
    start: NDArray[np.int64]
    piece: NDArray[np.int32]
    modulus: int = 256

    @classmethod
    def of(cls, scores: Iterable[Score], view: View) -> "Sequences":
        """Return the rows of scores, numbered in their order."""
        return cls.of_rows(((score, view.rows(score)) for score in scores), view.modulus)

    @classmethod
    def of_rows(cls, scores: Iterable[tuple[Score, list[Row]]], modulus: int) -> "Sequences":
        """Return the given rows of scores."""
        columns, pieces = [_no_events()], []
        for number, (score, rows) in enumerate(scores):
            bars = bar_lines(score)
            for row in rows:
                if len(row.onset):
                    bar = np.minimum(np.searchsorted(bars, row.onset, side="right"), 0xFFFF).astype(np.uint16)
                    columns.append((_intervals(row.pitch, modulus), _ratios(row.onset), row.shape, bar))
                    pieces.append(number)
        interval, ratio, shape, bar = (np.concatenate(column) for column in zip(*columns, strict=True))
        start = np.flatnonzero(interval == FIRST)
        return cls(interval, ratio, shape, bar, start, np.array(pieces, dtype=np.int32), modulus)

    def __len__(self) -> int:
        return len(self.interval)

    @cached_property
    def has_shapes(self) -> bool:
        """True if events have shapes: melodies have none."""
        return bool(self.shape.any())

    @cached_property
    def row(self) -> NDArray[np.int32]:
        """The number of the row that each event belongs to."""
        return np.cumsum(self.interval == FIRST, dtype=np.int32) - 1

    @cached_property
    def log_gap(self) -> NDArray[np.int32]:
        """The time since the event before, in twelfths of a doubling.

        For differences inside a row.
        """
        return self.ratio.cumsum(dtype=np.int32)

    @cached_property
    def residue(self) -> NDArray[np.uint8]:
        """The pitch of each event, modulo 256: for differences inside a row."""
        return self.interval.view(np.uint8).cumsum(dtype=np.uint8)


def _no_events() -> tuple[NDArray[Any], ...]:
    return tuple(np.zeros(0, kind) for kind in (np.int8, np.int8, np.uint16, np.uint16))


def _intervals(pitch: NDArray[Any], modulus: int) -> NDArray[np.int8]:
    steps: NDArray[np.int64] = pitch[1:].astype(np.int64) - pitch[:-1]
    if modulus < 256:
        steps = (steps + modulus // 2) % modulus - modulus // 2
    return np.append(FIRST, np.clip(steps, -127, 127)).astype(np.int8)


def _ratios(onset: NDArray[Any]) -> NDArray[np.int8]:
    ratio = np.zeros(len(onset), dtype=np.int8)
    gaps = np.diff(onset).astype(np.float64)
    ratio[2:] = np.clip(np.rint(TWELFTHS * np.log2(gaps[1:] / gaps[:-1])), -127, 127)
    return ratio


def _same(row: Row, other: Row) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(row, other, strict=True))
