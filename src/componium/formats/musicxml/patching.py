"""Patch of a MusicXML file: notes of some voices and measures in and out, all else byte for byte as it stood.

- What differs is found voice by voice and measure by measure, and the smallest stretch of a voice that holds all of it,
  from note to note, is engraved anew: what is tied into the stretch or out of it too.
- Elements between the notes that go out (directions, attributes, other voices) keep their time: a <forward> stands for
  notes before them, a <backup> leads to the new notes. Where only notes stood, only notes stand again.
- A slur from a note that stays to one that goes is led to the new note nearest in time.
- Chord symbols are <harmony> elements of the part that has some, or else of the first.

A measure that is played more than once is refused, as its notes would sound at other places too.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

import numpy as np

from componium.errors import PatchError
from componium.formats._patching import read_quietly, rows_of, warn_of_rounding
from componium.formats.musicxml import container
from componium.formats.musicxml.differences import Clock, differences
from componium.formats.musicxml.engraving import Drums, Engraver, Line, end_of, is_bound, move, tick_units
from componium.formats.musicxml.harmony import canonicalize_symbol, write_harmony
from componium.formats.musicxml.places import Place, Placed, PlacedPart, place
from componium.formats.musicxml.provenance import provenance_edits
from componium.formats.musicxml.slurs import Slurs
from componium.formats.musicxml.spans import Edit, Span, apply_edits, find_spans
from componium.music.score import Score, type_notes
from componium.notation.grid import QUARTER

_MIDDLE = 60
_SNARE = 38


@dataclass
class _Stretch:
    """Stretch of a voice in a measure that is engraved anew: its bounds in units, and what goes out."""

    at: int  # the measure in the order played
    measure: int  # the measure as written
    voice: int
    start: int
    stop: int
    engraver: Engraver
    names: list[Line]
    places: list[Place] = field(default_factory=list)


class _PartPatch:
    """Patch of one part: its stretches, then their edits."""

    def __init__(self, placed: Placed, part: PlacedPart, clock: Clock, scores: tuple[Score, Score], at: int) -> None:
        self.part, self.clock, self.target = part, clock, scores[1]
        self.units = placed.piece.units
        self.before, self.notes = scores[0].tracks[at].notes, scores[1].tracks[at].notes
        self.engravers: dict[tuple[int, int], Engraver] = {}
        notes = [place for places in part.places for place in places if place.element.tag == "note"]
        self.staves = Counter((place.voice, place.element.findtext("staff") or "") for place in notes)
        self.texts = list(dict.fromkeys(place.voice for place in notes))
        self.drums = self._drums(scores[0].tracks[at].is_drum)
        if self._has_hands() and len(self.part.reader.voices) > 1:
            self.notes = self._in_hands()

    def _drums(self, is_drum: bool) -> Drums | None:
        reader = self.part.reader
        if not (is_drum and reader.unpitched):
            return None
        ids = {pitch: ident for ident, pitch in reversed(reader.drums.items())}
        return Drums(ids, next(iter(reader.drums.values()), _SNARE))

    # ----------------------------------------------------------------------------------------------------- voices

    def _has_hands(self) -> bool:
        return {"1", "2"} <= {staff for _, staff in self.staves}

    def _in_hands(self) -> type_notes:
        """Return the notes; new ones of a measure that all are of one voice go to the main voice of either staff."""
        main = {staff: max((count, voice) for (voice, its), count in self.staves.items() if its == staff)[1]
                for staff in ("1", "2")}  # fmt: skip
        numbers = [self.part.reader.voices.get(main[staff]) for staff in ("1", "2")]
        old = Counter(rows_of(self.before, *self.before.dtype.names))
        array = self.notes.copy()
        added = []
        for place, row in enumerate(rows_of(array, *array.dtype.names)):
            old[row] -= 1
            if old[row] < 0:
                added.append(place)
        by_measure: defaultdict[int, list[int]] = defaultdict(list)
        for place in added:
            by_measure[bisect_right(self.clock.starts, int(array["onset"][place])) - 1].append(place)
        for places in by_measure.values():
            if None not in numbers and len({*array["voice"][places].tolist()}) == 1:
                array["voice"][places] = np.where(array["pitch"][places] >= _MIDDLE, *numbers)
        return array

    def _name(self, voice: int) -> str:
        """Return the text of a voice, or an unused one for a new voice."""
        known = {number: text for text, number in self.part.reader.voices.items()}
        if voice not in known:
            idle = (text for text in self.texts if text not in self.part.reader.voices)
            known[voice] = next(idle, "") or self._fresh()
            self.part.reader.voices[known[voice]] = voice
            self.texts.append(known[voice])
        return known[voice]

    def _fresh(self) -> str:
        return str(max((int(text) for text in self.texts if text.isdecimal()), default=0) + 1)

    def _line(self, name: str, places: Sequence[Place]) -> Line:
        staves = Counter(place.element.findtext("staff") or "" for place in places if place.voice == name)
        if not any(staff for _, staff in self.staves):
            return Line(name, 0)
        if not any(staves):
            staves = Counter({staff: count for (voice, staff), count in self.staves.items() if voice == name})
        staff = max(staves, key=lambda staff: staves[staff], default="1")
        return Line(name, int(staff) if staff.isdecimal() else 1)

    # ------------------------------------------------------------------------------------------------- stretches

    def stretches(self) -> Iterator[_Stretch]:
        """Yield the stretches of all that differs."""
        for (at, voice), (first, last) in differences(self.clock, self.before, self.notes).items():
            measure = self.clock.order[at]
            if self.clock.order.count(measure) > 1:
                raise PatchError(f"measure {measure + 1} is played more than once", expected="measures played once",
                                 advice="the piece as it is played can be written anew")  # fmt: skip
            yield self._stretch(at, voice, (first, last))

    def _stretch(self, at: int, voice: int, ticks: tuple[int, int]) -> _Stretch:
        measure = self.clock.order[at]
        if measure >= len(self.part.measures):
            raise PatchError(f"measure {measure + 1}, which a part lacks")
        places, name = self.part.places[measure], self._name(voice)
        shift = places[-1].shift if places else self.part.reader.shift
        engraver = self._engraver(voice, shift)
        lines = engraver.lines(at)
        own = [place for place in places if place.element.tag == "note" and place.voice == name]
        length = engraver.length(at)
        first, last = (tick_units(tick, self.target.ticks_per_quarter) for tick in ticks)
        exact = all(place.stop == place.written_stop for place in places)
        bounds = [bound for bound in self._bounds(own, length, exact=exact) if is_bound(lines, bound)]
        start = max((bound for bound in bounds if bound <= first), default=0)
        stop = min((bound for bound in bounds if bound >= last), default=length)
        inside = [place for place in own if start <= self._units(place.start) < stop]
        names = [self._line(name, places)]
        names += [self._line_like(names[0]) for _ in lines[1:]]
        return _Stretch(at, measure, voice, start, stop, engraver, names, inside)

    def _line_like(self, line: Line) -> Line:
        name = self._fresh()
        self.texts.append(name)
        return line._replace(name=name)

    def _engraver(self, voice: int, shift: int) -> Engraver:
        if (voice, shift) not in self.engravers:
            notes = self.notes[self.notes["voice"] == voice]
            self.engravers[voice, shift] = Engraver(self.target, notes, self.clock, shift, self.drums)
        return self.engravers[voice, shift]

    def _units(self, time: int | Fraction) -> Fraction:
        return Fraction(time) * QUARTER / self.units

    def _bounds(self, own: Sequence[Place], length: int, *, exact: bool) -> Iterator[int]:
        """Yield the times in units at which no note and no tuplet of a voice is cut."""
        yield from (0, length)
        timed = [place for place in own if place.stop > place.start]
        tuplets = {place.element.find("time-modification") is not None: place for place in timed}
        before = {place.stop for place in timed if place.element.find("time-modification") is not None}
        after = {place.start for place in timed if place.element.find("time-modification") is not None}
        for time in sorted({time for place in timed for time in (place.start, place.stop)}) if exact else ():
            cut = any(place.start < time < place.stop for place in timed) or (time in before and time in after)
            unit = self._units(time)
            if not cut and unit.denominator == 1 and tuplets:
                yield int(unit)

    # ----------------------------------------------------------------------------------------------------- edits

    def edits(self, stretches: Sequence[_Stretch], spans: dict[Element, Span], xml: bytes) -> Iterator[Edit]:
        """Yield the edits of the document."""
        slurs = Slurs([[place for place in places if place.element.tag == "note"] for places in self.part.places])
        gone = {place.element for stretch in stretches for place in stretch.places}
        for stretch in stretches:
            torn = slurs.torn(stretch.places, gone)
            texts = self._slur_texts(stretch, [(time, xml[slice(*spans[slur].outer)].decode()) for time, slur in torn])
            yield from self._edits_of(stretch, spans, texts)

    def _slur_texts(self, stretch: _Stretch, torn: Sequence[tuple[int | Fraction, str]]) -> dict[int, str]:
        """Return slurs by the onset of the new chord nearest to where each began or ended."""
        events = stretch.engraver.lines(stretch.at)[0].events
        onsets = [event.onset for event in events
                  if event.heads and stretch.start <= event.onset and end_of(event) <= stretch.stop]  # fmt: skip
        texts: dict[int, str] = {}
        for time, text in torn if onsets else ():
            unit = self._units(time)
            nearest = min(onsets, key=lambda onset: abs(onset - unit))
            texts[nearest] = texts.get(nearest, "") + text
        return texts

    def _edits_of(self, stretch: _Stretch, spans: dict[Element, Span], slurs: dict[int, str]) -> Iterator[Edit]:
        measure = self.part.measures[stretch.measure]
        if measure not in spans or spans[measure].end == spans[measure].inner:
            raise PatchError(f"measure {stretch.measure + 1} is empty", advice="write the file anew")
        runs = _runs(measure, stretch.places)
        for run in runs[:-1]:
            text = move(self._divisions(run[-1].written_stop - run[0].written_start, run[-1]))
            yield from _replaced([spans[place.element] for place in run], text)
        if runs:
            first, last = runs[-1][0], runs[-1][-1]
            text = self._text(stretch, first, first.written_start, last.written_stop, slurs)
            yield from _replaced([spans[place.element] for place in runs[-1]], text)
        else:
            places = self.part.places[stretch.measure]
            at, last_place = _end(measure, spans), places[-1] if places else None
            if last_place is None:
                raise PatchError(f"measure {stretch.measure + 1} is empty", advice="write the file anew")
            yield Edit(at, at, self._text(stretch, last_place, last_place.written_stop, None, slurs))

    def _text(
        self, stretch: _Stretch, place: Place, start: int | Fraction, stop: int | Fraction | None, slurs: dict[int, str]
    ) -> str:
        """Return the new elements, from a place of the cursor to another (wherever it comes to, for None)."""
        per_quarter = Fraction(self.units) / place.per_division
        if per_quarter.denominator != 1:
            raise PatchError(f"{per_quarter} divisions a quarter", expected="a whole number")
        bounds = [Fraction(bound, QUARTER) * per_quarter for bound in (stretch.start, stretch.stop)]
        if any(bound.denominator != 1 for bound in bounds):
            raise PatchError("a measure that the file's divisions don't hold", advice="write the file anew")
        engraved = stretch.engraver.engrave(stretch.at, (stretch.start, stretch.stop), stretch.names,
                                            int(per_quarter), place.velocity, slurs)  # fmt: skip
        before = move(int(bounds[0]) - self._divisions(start, place))
        return before + engraved + (move(self._divisions(stop, place) - int(bounds[1])) if stop is not None else "")

    def _divisions(self, time: int | Fraction, place: Place) -> int:
        divisions = Fraction(time) / place.per_division
        if divisions.denominator != 1:
            raise PatchError("durations that are no whole number of divisions", advice="write the file anew")
        return int(divisions)


def _runs(measure: Element, places: Sequence[Place]) -> list[list[Place]]:
    """Return the places in runs without any other element between them."""
    by_element = {place.element: place for place in places}
    runs: list[list[Place]] = [[]]
    for child in measure:
        if child in by_element:
            runs[-1].append(by_element[child])
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _replaced(spans: Sequence[Span], text: str) -> Iterator[Edit]:
    """Yield the edits that put a text in place of the first element, and take out the others."""
    yield Edit(*spans[0].outer, text)
    yield from (Edit(*span.outer, "") for span in spans[1:])


def _end(measure: Element, spans: dict[Element, Span]) -> int:
    """Return where notes can be added: before the barline at the end of a measure, if there is one."""
    last = measure[-1] if len(measure) else None
    is_barline = last is not None and last.tag == "barline" and last.get("location", "right") == "right"
    return spans[last].start if last is not None and is_barline else spans[measure].end


def _harmony_edits(placed: Placed, clock: Clock, before: Score, target: Score, spans: dict[Element, Span]
                   ) -> Iterator[Edit]:  # fmt: skip
    """Yield the edits that take chord symbols out and put others in."""
    gone, added = set(before.chords) - set(target.chords), set(target.chords) - set(before.chords)
    if not (gone or added):
        return
    holding = [part for part in placed.parts if any(part_place.element.tag == "harmony" for places in part.places
                                                    for part_place in places)]  # fmt: skip
    part = (holding or placed.parts)[0]
    ticks = {chord.tick for chord in gone}
    for at, measure in enumerate(clock.order):
        for holder in holding:
            places = holder.places[measure] if measure < len(holder.places) else []
            for one in places:
                if one.element.tag == "harmony" and _tick(one, clock, at, placed.piece.units) in ticks:
                    _check_once(clock, measure)
                    yield Edit(*spans[one.element].outer, "")
    for chord in sorted(added, key=lambda chord: chord.tick):
        at = bisect_right(clock.starts, chord.tick) - 1
        _check_once(clock, clock.order[at])
        yield _harmony(part, clock, at, chord.tick - clock.starts[at], chord.symbol, placed, spans)


def _check_once(clock: Clock, measure: int) -> None:
    if clock.order.count(measure) > 1:
        raise PatchError(f"measure {measure + 1} is played more than once", expected="measures played once",
                         advice="the piece as it is played can be written anew")  # fmt: skip


def _tick(one: Place, clock: Clock, at: int, units: int) -> int:
    offset = Fraction(one.element.findtext("offset") or 0) * one.per_division
    return clock.starts[at] + round(max(one.start + offset, 0) * clock.unit / units)


def _harmony(part: PlacedPart, clock: Clock, at: int, tick: int, symbol: str, placed: Placed, spans: dict[Element, Span]
             ) -> Edit:  # fmt: skip
    measure, places = part.measures[clock.order[at]], part.places[clock.order[at]]
    timed = next((one for one in places if one.element.tag not in ("attributes", "barline", "sound")), None)
    if timed is None or timed.shift:
        raise PatchError("chord symbols in a transposing or empty part", advice="write the file anew")
    offset = Fraction(tick * placed.piece.units, clock.unit) / timed.per_division
    text = write_harmony(canonicalize_symbol(symbol), round(offset)) if canonicalize_symbol(symbol) else ""
    start = spans[timed.element].start
    assert measure in spans
    return Edit(start, start, text)


def patch_document(loads: Callable[[bytes], Score], data: bytes, before: Score, target: Score) -> bytes:
    """Return the bytes of a file that holds `before`, patched to hold `target`.

    Raises PatchError, and FormatError for a document that is not well-formed.
    """
    xml = container.read_document(data, strict=True)
    root = container.parse_document(xml, strict=True)
    spans = find_spans(xml, root)
    placed = place(root)
    clock = Clock(placed, target)
    edits = [*provenance_edits(root, spans, before, target)]
    if clock.starts:
        edits += _harmony_edits(placed, clock, before, target, spans)
    for at, part in enumerate(placed.parts):
        if before.tracks[at] != target.tracks[at]:
            patch = _PartPatch(placed, part, clock, (before, target), at)
            edits += patch.edits(list(patch.stretches()), spans, xml)
    patched = container.replace_document(data, container.check_size(apply_edits(xml, edits))) if edits else data
    if patched != data:
        _check(before, target, read_quietly(loads, patched))
    return patched


def _check(before: Score, target: Score, after: Score) -> None:
    """Raise PatchError unless a patched file holds the target, but for new notes moved to a printable grid."""
    moved = 0
    if len(after.tracks) != len(target.tracks):
        raise PatchError("a part that would be lost", advice="write the file anew")
    for old, new, found in zip(before.tracks, target.tracks, after.tracks, strict=True):
        wanted = _in_quarters(new.notes, target.ticks_per_quarter)
        missing = wanted - (held := _in_quarters(found.notes, after.ticks_per_quarter))
        if missing & _in_quarters(old.notes, before.ticks_per_quarter) or held.total() != wanted.total():
            raise PatchError(f"notes of {old.name or 'a part'} that this file can't hold", advice="write the file anew")
        moved += missing.total()
    if moved:
        warn_of_rounding(moved, "printable values")


def _in_quarters(notes: type_notes, unit: int) -> Counter[tuple[Fraction, Fraction, int]]:
    rows = rows_of(notes, "onset", "duration", "pitch")
    return Counter((Fraction(onset, unit), Fraction(duration, unit), pitch) for onset, duration, pitch in rows)
