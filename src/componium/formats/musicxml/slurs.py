"""Slurs of a part, and those that a patch would leave with one end."""

from collections.abc import Collection, Iterator, Sequence
from xml.etree.ElementTree import Element

from componium.formats.musicxml.places import Place
from componium.notation.repeats import type_time


class Slurs:
    """Slurs of a part: the two notes of each.

    A slur ends at the next end of its number.
    """

    def __init__(self, measures: Sequence[Sequence[Place]]) -> None:
        self.others: dict[Element, Element] = {}  # a <slur> -> the note at its other end
        opened: dict[str, tuple[Element, Element]] = {}
        for places in measures:
            for place in sorted(places, key=lambda place: place.start):
                slurs = place.element.iterfind("notations/slur")
                for slur in sorted(slurs, key=lambda slur: slur.get("type") != "stop"):
                    self._pair(slur, place.element, opened)

    def _pair(self, slur: Element, note: Element, opened: dict[str, tuple[Element, Element]]) -> None:
        number, kind = slur.get("number", "1"), slur.get("type")
        if kind == "start":
            opened[number] = slur, note
        elif kind == "stop" and number in opened:
            begun, first = opened.pop(number)
            self.others[begun], self.others[slur] = note, first

    def torn(self, places: Sequence[Place], gone: Collection[Element]) -> Iterator[tuple[type_time, Element]]:
        """Yield time and element of each slur of some notes whose other note stays."""
        for place in places:
            for slur in place.element.iterfind("notations/slur"):
                if slur in self.others and self.others[slur] not in gone:
                    yield place.start, slur
