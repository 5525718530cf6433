"""Tremolos of MusicXML as the notes that they stand for.

They are bowed, or between two notes or chords. A tremolo of n marks on a note with m beams is played in notes of n + m
beams, thirty-seconds at most; one that is unmeasured, in thirty-seconds. No note of a tremolo is tied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from componium.formats.musicxml.text import get_text, parse_integer
from componium.notation.repeats import type_time

_BEAMS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4}
_MOST_BEAMS = 3
_LONGEST = 16  # quarters; longer ones, which no note head shows, are left as they are


@dataclass
class Tremolo:
    """Tremolo: the beams of its notes, and the rows of the one or two chords written."""

    beams: int
    first: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)


class Tremolos:
    """Tremolos of one part, gathered while its notes are read, then played."""

    def __init__(self) -> None:
        self.tremolos: list[Tremolo] = []
        self.begun: dict[int, Tremolo] = {}  # voice -> a tremolo whose second chord is to come
        self.rows: list[int] | None = None  # of the tremolo's chord that is being read

    def add(self, element: Element, fields: dict[str, Element], voice: int, row: int) -> bool:
        """Return True if a note is one of a tremolo, as the first of its chord is.

        `row` is its place in the line.
        """
        if "chord" not in fields:
            tremolo = element.find("notations/ornaments/tremolo") if "notations" in fields else None
            self.rows = None if tremolo is None else self._begin(tremolo, get_text(element, "type"), voice)
        if self.rows is None:
            return False
        self.rows.append(row)
        return True

    def _begin(self, element: Element, type_: str, voice: int) -> list[int] | None:
        kind = element.get("type", "single")
        if kind == "stop":
            begun = self.begun.pop(voice, None)
            if begun is None:
                return None
            self.tremolos.append(begun)
            return begun.second
        marks = parse_integer(element.text, 0) if kind != "unmeasured" else 0
        beams = marks + _BEAMS.get(type_, 0) if 1 <= marks <= 8 else _MOST_BEAMS
        tremolo = Tremolo(min(beams, _MOST_BEAMS))
        if kind == "start":
            self.begun[voice] = tremolo
        else:
            self.tremolos.append(tremolo)
        return tremolo.first

    def play(self, rows: list[Any], per_quarter: int, most: int) -> list[Any]:
        """Return the rows of the part with the tremolos played.

        They stay as written if that would be over `most` rows.
        """
        played: list[Any] = []
        gone: set[int] = set()
        for tremolo in self.tremolos:
            written = [*tremolo.first, *tremolo.second]
            first, second = ([rows[at] for at in chord] for chord in (tremolo.first, tremolo.second))
            strokes = list(_strokes(first, second, Fraction(per_quarter, 2**tremolo.beams), _LONGEST * per_quarter))
            if strokes and len(rows) + len(played) + len(strokes) <= most:
                played += strokes
                gone.update(written)
        kept = (row for at, row in enumerate(rows) if at not in gone)
        return sorted([*kept, *played], key=lambda row: row[0]) if gone else rows


def _strokes(first: Sequence[Any], second: Sequence[Any], step: Fraction, longest: int) -> Iterator[Any]:
    """Yield the rows of a chord struck again and again, or of two chords in turn.

    None if they are too short.
    """
    chords = [first, second] if second else [first]
    measure, start = first[0][:2]
    stop = max(row[1] + row[2] for row in chords[-1])
    count = (stop - start) // step
    if count < 2 or stop - start > longest or chords[-1][0][0] != measure:
        return
    times = [_whole(start + at * step) for at in range(count)] + [stop]
    for at in range(count):
        for row in chords[at % len(chords)]:
            yield (measure, times[at], times[at + 1] - times[at], *row[3:6], 0)


def _whole(time: type_time) -> type_time:
    return int(time) if time.denominator == 1 else time
