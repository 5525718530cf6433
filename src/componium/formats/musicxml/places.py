"""Places of a MusicXML score: elements of measures with their times."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

from componium.formats.musicxml.part import Part
from componium.formats.musicxml.piece import Piece, measures_by_part
from componium.notation.repeats import type_time
from componium.notation.unfolding import Played


class Place(NamedTuple):
    """Element of a measure, and the state of the reader after it.

    Times count from the measure, in units of the piece. `written` are those by the durations of the file, which may be
    rounded.
    """

    element: Element
    start: type_time
    stop: type_time  # `start` for a further note of a chord, and for what takes no time
    written_start: type_time
    written_stop: type_time
    per_division: type_time
    shift: int  # semitones from the written pitch to the sounding one
    velocity: int

    @property
    def voice(self) -> str:
        """The text of its <voice>, as the reader takes it."""
        return self.element.findtext("voice") or ""


@dataclass
class PlacedPart:
    """Part: its measures, the places in each, and the reader that read it."""

    measures: list[Element]
    reader: Part
    places: list[list[Place]] = field(default_factory=list)


@dataclass
class Placed:
    """Score with the places of its parts, and how it is played."""

    piece: Piece
    played: Played
    parts: list[PlacedPart]


def find_places(root: Element) -> Placed:
    """Return the places of all parts of a score."""
    piece = Piece(root, strict=False)
    parts = []
    for at, (name, measures) in enumerate(measures_by_part(root)):
        part = PlacedPart(measures, Part(piece, at, name), [[] for _ in measures])
        reader = part.reader
        reader.read_child = {tag: _traced(read, part) for tag, read in reader.read_child.items()}
        reader.read(measures)
        parts.append(part)
    return Placed(piece, piece.play(), parts)


def _traced(read: Callable[[Element], None], part: PlacedPart) -> Callable[[Element], None]:
    reader = part.reader

    def traced(element: Element) -> None:
        start, written = reader.cursor, reader.written
        read(element)
        if element.find("chord") is not None:
            start = reader.chord_onset
        stop = reader.cursor if reader.cursor > start and element.find("chord") is None else start
        part.places[reader.index].append(Place(element, start, stop, written, reader.written, reader.per_division,
                                               reader.shift, reader.velocity))  # fmt: skip

    return traced
