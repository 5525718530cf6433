"""Chord symbols of a patched file: <harmony> elements in and out."""

from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction

from componium.errors import PatchError
from componium.formats.musicxml.differences import Clock
from componium.formats.musicxml.harmony import canonicalize_symbol, write_harmony
from componium.formats.musicxml.places import Place, Placed, PlacedPart
from componium.formats.musicxml.spans import Document, Edit
from componium.formats.musicxml.text import parse_number
from componium.music.score import Chord, Score

_TIMELESS = ("attributes", "barline", "sound")


def symbol_edits(placed: Placed, clock: Clock, before: Score, target: Score, document: Document) -> Iterator[Edit]:
    """Yield the edits that take chord symbols out and put others in.

    These stand in the first part that has some, or else in the first, each in its measure with an <offset>.
    """
    gone, added = set(before.chords) - set(target.chords), set(target.chords) - set(before.chords)
    holding = [part for part in placed.parts if any(_symbols(part, at) for at in range(len(part.measures)))]
    ticks = {chord.tick for chord in gone}
    for at, measure in enumerate(clock.order if ticks else ()):
        for part in holding:
            for one in _symbols(part, measure):
                if _tick(one, clock, at, placed.piece.units) in ticks:
                    clock.check_once(measure)
                    yield from document.replaced([one.element], [])
    for chord in sorted(added, key=lambda chord: chord.tick):
        yield _added((holding or placed.parts)[0], chord, clock, placed.piece.units, document)


def _symbols(part: PlacedPart, measure: int) -> list[Place]:
    places = part.places[measure] if measure < len(part.places) else []
    return [one for one in places if one.element.tag == "harmony"]


def _tick(one: Place, clock: Clock, at: int, units: int) -> int:
    offset = (parse_number(one.element.findtext("offset")) or 0) * one.per_division
    return clock.starts[at] + round(Fraction(max(one.start + offset, 0)) * clock.unit / units)


def _added(part: PlacedPart, chord: Chord, clock: Clock, units: int, document: Document) -> Edit:
    at = bisect_right(clock.starts, chord.tick) - 1
    measure = clock.order[at]
    clock.check_once(measure)
    places = part.places[measure] if measure < len(part.places) else []
    first = next((one for one in places if one.element.tag not in _TIMELESS), None)
    if first is None or first.shift:
        raise PatchError("chord symbols in a transposing or an empty part", advice="write the file anew")
    symbol = canonicalize_symbol(chord.symbol)
    offset = Fraction((chord.tick - clock.starts[at]) * units, clock.unit) / first.per_division
    return document.before(first.element, write_harmony(symbol, round(offset)) if symbol else "")
