"""Patch of a MusicXML file: notes replaced, all else kept byte for byte.

- What differs is found voice by voice and measure by measure, and the smallest stretch of a voice that holds all of it,
  from note to note, is engraved anew: what is tied into the stretch or out of it too.
- Elements between the notes that go out (directions, attributes, other voices) keep their time: a <forward> stands for
  notes before them, a <backup> leads to the new notes. Where only notes stood, only notes stand again.
- A slur from a note that stays to one that goes is led to the new note nearest in time.
- Chord symbols are <harmony> elements of the part that has some, or else of the first.

A measure that is played more than once is patched if all its passes get the same notes, else refused; its chord symbols
are not patched.
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
from componium.formats.musicxml.places import Place, Placed, PlacedPart, find_places
from componium.formats.musicxml.provenance import provenance_edits
from componium.formats.musicxml.slurs import Slurs
from componium.formats.musicxml.spans import Document, Edit
from componium.formats.musicxml.symbols import symbol_edits
from componium.music.score import Score, type_notes
from componium.notation.grid import QUARTER

_MIDDLE = 60
_SNARE = 38


@dataclass
class _Stretch:
    """Stretch of a voice in a measure that is engraved anew; bounds in units."""

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
        self.further: dict[tuple[str, int], str] = {}
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
        """Return the notes, new ones in the main voice of either staff by pitch.

        So it is where all new notes of a measure are of one voice, unless they replace notes of that voice alone.
        """
        main = [max((count, voice) for (voice, its), count in self.staves.items() if its == staff)[1]
                for staff in ("1", "2")]  # fmt: skip
        voices = self.part.reader.voices
        if not voices.keys() >= set(main):
            return self.notes
        array = self.notes.copy()
        gone, added = self._by_measure(self.before, self.notes), self._by_measure(self.notes, self.before)
        for measure, places in added.items():
            new, old = array[places], self.before[gone[measure]]
            if len({*new["voice"].tolist()}) == 1 and not _replaces(new, old):
                is_high = new["pitch"] >= _MIDDLE
                array["voice"][places] = np.where(is_high, voices[main[0]], voices[main[1]])
        return array

    def _by_measure(self, notes: type_notes, others: type_notes) -> defaultdict[int, list[int]]:
        """Map each measure to the places of the notes that the others don't have."""
        known = Counter(rows_of(others))
        by_measure: defaultdict[int, list[int]] = defaultdict(list)
        for at, row in enumerate(rows_of(notes)):
            known[row] -= 1
            if known[row] < 0:
                by_measure[bisect_right(self.clock.starts, row[0]) - 1].append(at)
        return by_measure

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
        """Return a voice as it stands in a measure."""
        notes = [place for place in places if place.element.tag == "note"]
        staves = Counter(place.element.findtext("staff") or "" for place in notes if place.voice == name)
        if not any(staves):
            staves = Counter({staff: count for (voice, staff), count in self.staves.items() if voice == name})
        staff = max(staves, key=lambda staff: staves[staff], default="1")
        first = next((place.voice for place in notes if (place.element.findtext("staff") or "") == staff), name)
        if not any(its for _, its in self.staves):
            return Line(name, 0, first == name)
        return Line(name, int(staff) if staff.isdecimal() else 1, first == name)

    def _further(self, line: Line, number: int) -> Line:
        """Return an unused voice for further lines of one: the same for the same number."""
        if (line.name, number) not in self.further:
            self.further[line.name, number] = self._fresh()
            self.texts.append(self.further[line.name, number])
        return Line(self.further[line.name, number], line.staff, leads=False)

    # ------------------------------------------------------------------------------------------------- stretches

    def stretches(self) -> Iterator[_Stretch]:
        """Yield the stretches of all that differs."""
        for (at, voice), (first, last) in differences(self.clock, self.before, self.notes).items():
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
        exact = all(place.stop == place.written_stop for place in places if place.stop > place.start)
        bounds = [bound for bound in self._bounds(own, length, exact=exact) if is_bound(lines, bound)]
        start = max((bound for bound in bounds if bound <= first), default=0)
        stop = min((bound for bound in bounds if bound >= last), default=length)
        inside = [place for place in own if start <= self._units(place.start) < stop]
        names = [self._line(name, places)]
        names += [self._further(names[0], number) for number in range(1, len(lines))]
        return _Stretch(at, measure, voice, start, stop, engraver, names, inside)

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
        timed = [one for one in own if one.stop > one.start]
        in_tuplet = [one for one in timed if one.element.find("time-modification") is not None]
        uncut = {one.start for one in in_tuplet} & {one.stop for one in in_tuplet}
        for time in {time for one in timed for time in (one.start, one.stop)} - uncut if exact else ():
            unit = self._units(time)
            if unit.denominator == 1 and not any(one.start < time < one.stop for one in timed):
                yield int(unit)

    # ----------------------------------------------------------------------------------------------------- edits

    def edits(self, stretches: Sequence[_Stretch], document: Document) -> Iterator[Edit]:
        """Yield the edits of the document."""
        slurs = Slurs([[place for place in places if place.element.tag == "note"] for places in self.part.places])
        gone = {place.element for stretch in stretches for place in stretch.places}
        for stretch in stretches:
            torn = [(time, document.text(slur)) for time, slur in slurs.torn(stretch.places, gone)]
            yield from self._edits_of(stretch, document, self._slur_texts(stretch, torn))

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

    def _edits_of(self, stretch: _Stretch, document: Document, slurs: dict[int, str]) -> Iterator[Edit]:
        measure, places = self.part.measures[stretch.measure], self.part.places[stretch.measure]
        runs = _runs(measure, stretch.places)
        for run in runs[:-1]:
            text = move(self._divisions(run[-1].written_stop - run[0].written_start, run[-1]))
            yield from document.replaced([place.element for place in run], [text])
        if runs:
            first, last = runs[-1][0], runs[-1][-1]
            texts = self._texts(stretch, first, first.written_start, last.written_stop, slurs)
            yield from document.replaced([place.element for place in runs[-1]], texts)
        elif places:
            end = places[-1].written_stop
            texts = self._texts(stretch, places[-1], end, end, slurs)
            yield document.added(measure, texts)
        else:
            raise PatchError(f"measure {stretch.measure + 1} is empty", advice="write the file anew")

    def _texts(
        self, stretch: _Stretch, place: Place, start: int | Fraction, stop: int | Fraction, slurs: dict[int, str]
    ) -> list[str]:
        """Return the new elements, between two places of the cursor."""
        per_quarter = Fraction(self.units) / place.per_division
        if per_quarter.denominator != 1:
            raise PatchError(f"{per_quarter} divisions a quarter", expected="a whole number")
        bounds = [Fraction(bound, QUARTER) * per_quarter for bound in (stretch.start, stretch.stop)]
        if any(bound.denominator != 1 for bound in bounds):
            raise PatchError("a measure that the file's divisions don't hold", advice="write the file anew")
        engraved = stretch.engraver.engrave(stretch.at, (stretch.start, stretch.stop), stretch.names,
                                            int(per_quarter), place.velocity, slurs)  # fmt: skip
        before = move(int(bounds[0]) - self._divisions(start, place))
        after = move(self._divisions(stop, place) - int(bounds[1]))
        return [text for text in (before, *engraved, after) if text]

    def _divisions(self, time: int | Fraction, place: Place) -> int:
        divisions = Fraction(time) / place.per_division
        if divisions.denominator != 1:
            raise PatchError("durations that are no whole number of divisions", advice="write the file anew")
        return int(divisions)


def _replaces(new: type_notes, old: type_notes) -> bool:
    """Return whether new notes are of the voice of old ones, and within an octave."""
    pitches = old["pitch"].astype(int)
    return {*new["voice"].tolist()} == {*old["voice"].tolist()} and bool(
        pitches.min() - 12 < new["pitch"].min() and new["pitch"].max() < pitches.max() + 12)  # fmt: skip


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


def patch_document(loads: Callable[[bytes], Score], data: bytes, before: Score, target: Score) -> bytes:
    """Return the bytes of a file that holds `before`, patched to hold `target`.

    Raises PatchError, and FormatError for a document that is not well-formed.
    """
    xml = container.read_document(data, strict=True)
    root = container.parse_document(xml, strict=True)
    document, placed = Document(xml, root), find_places(root)
    clock = Clock(placed, target)
    edits = [*provenance_edits(document, before, target)]
    if clock.starts:
        edits += symbol_edits(placed, clock, before, target, document)
    for at, part in enumerate(placed.parts):
        if before.tracks[at] != target.tracks[at]:
            patch = _PartPatch(placed, part, clock, (before, target), at)
            edits += patch.edits(list(patch.stretches()), document)
    patched = container.replace_document(data, container.check_size(document.edited(edits))) if edits else data
    if patched != data:
        _check(before, target, read_quietly(loads, patched))
    return patched


def _check(before: Score, target: Score, after: Score) -> None:
    """Raise PatchError unless a patched file holds the target.

    New notes may be moved to a printable grid, with a warning.
    """
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
