"""Reader of one <part> of a MusicXML score, measure by measure."""

import re
from collections.abc import Callable
from fractions import Fraction
from xml.etree.ElementTree import Element

from componium.errors import LimitError
from componium.formats._repair import mention, repair
from componium.formats.musicxml.harmony import read_harmony
from componium.formats.musicxml.piece import Piece
from componium.formats.musicxml.text import (
    GENERAL_MIDI,
    get_text,
    meter_of,
    parse_beats,
    parse_integer,
    parse_number,
    parse_pitch,
)
from componium.formats.musicxml.tremolos import Tremolos
from componium.music.score import MODES
from componium.notation.programs import CHOIR, VOICES, find_program
from componium.notation.repeats import type_time
from componium.notation.unfolding import MAX_NOTES, MAX_QUARTERS, TIE_START, TIE_STOP, Line

_QUARTERS = {
    "breve": Fraction(8), "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8), "64th": Fraction(1, 16), "128th": Fraction(1, 32),
}  # fmt: skip
_MODES = {"ionian": "major", "aeolian": "minor", **{mode: mode for mode in MODES}}
_SNARE = 38
type_held = tuple[int, int]  # voice, pitch


class Part:
    """Parser of one <part>: a cursor that moves through its measures."""

    def __init__(self, piece: Piece, at: int, ident: str) -> None:
        self.piece, self.at = piece, at
        described = piece.described.get(ident)
        self.described = Element("score-part") if described is None else described
        self.line = Line(name=get_text(self.described, "part-name"))
        self.per_division: type_time = piece.units
        self.cursor: type_time = 0
        self.written: type_time = 0  # the cursor by the durations of the file, which may be rounded
        self.exact: dict[type_time, type_time] = {}  # where the two differ: written cursor -> cursor
        self.values: dict[tuple[str | None, ...], Fraction | None] = {}
        self.chord_onset: type_time = 0
        self.high: type_time = 0
        self.shift = self.velocity = self.index = self.unpitched = 0
        self.voices: dict[str, int] = {}
        self.hanging: dict[type_held, tuple[int, type_time]] = {}  # a note with a tie from it: measure, end
        self.hanging_to_endings: list[type_held] = []
        self.tremolos = Tremolos()
        self.cues: list[int] = []  # the measure of each cue note
        self.ending: frozenset[int] = frozenset()
        self.stops_ending = self.sings = False
        self.first_key = not piece.keys
        self.first_meter = at == 0
        self.drums = {
            element.get("id", ""): parse_integer(get_text(element, "midi-unpitched"), _SNARE + 1) - 1
            for element in self.described.iterfind("midi-instrument")
        }
        self.read_child: dict[str, Callable[[Element], None]] = {
            "note": self._note, "backup": self._backup, "forward": self._forward, "attributes": self._attributes,
            "direction": self._direction, "sound": self._sound, "harmony": self._harmony, "barline": self._barline,
        }  # fmt: skip

    def read(self, elements: list[Element]) -> None:
        """Read the measures of a part."""
        readers = self.read_child
        for self.index, element in enumerate(elements):
            measure = self.piece.measure(self.index)
            self.cursor = self.written = self.chord_onset = self.high = 0
            self.exact.clear()
            if self.ending:
                measure.endings = self.ending
            for child in element:
                reader = readers.get(child.tag)
                if reader:
                    reader(child)
            measure.length = max(measure.length, self.high)
            if self.high == self.piece.full(measure):
                self.piece.filled.add(self.index)
            self.hanging = {held: (self.index + 1, 0) for held, (_, end) in self.hanging.items() if end >= self.high}
            if self.stops_ending:
                self.ending, self.stops_ending = frozenset(), False
        self._finish()

    def _finish(self) -> None:
        line, piece = self.line, self.piece
        if self.cues:
            span = f"part {self.at + 1}, measures {self.cues[0] + 1} to {self.cues[-1] + 1}"
            mention(f"cue notes, {len(self.cues)} in all, were left out", where=span)
        line.rows = self.tremolos.play(line.rows, piece.units, MAX_NOTES - piece.n_notes)
        piece.n_notes += len(line.rows)
        on_drums = get_text(self.described, "midi-instrument/midi-channel") == "10"
        line.is_drum = on_drums or 2 * self.unpitched > len(line.rows)
        line.program = 0 if line.is_drum else self._program()
        piece.lines.append(line)

    def _program(self) -> int:
        """Return the program of the file, or else the one that the part's name implies.

        Program 0 may stand where none was chosen, and for a voice's name any instrument (programs notate few
        singers): then the name decides, unless the file states that its programs are General MIDI's.
        """
        given = parse_integer(get_text(self.described, "midi-instrument/midi-program"), 1) - 1
        library = get_text(self.described, "score-instrument/virtual-instrument/virtual-library")
        if library == GENERAL_MIDI and 0 <= given <= 127:
            return given
        names = (self.line.name, get_text(self.described, "score-instrument/instrument-name"))
        programs = (find_program(name, self.piece.names) for name in names if name)
        named = next((program for program in programs if program is not None), None)
        if 0 < given <= 127 and (named != CHOIR or given in VOICES):
            return given
        return named if named is not None else CHOIR if self.sings else 0

    def _where(self) -> str:
        return f"part {self.at + 1}, measure {self.index + 1}"

    def _repair(self, what: str) -> None:
        repair(what, strict=self.piece.strict, where=self._where())

    # ------------------------------------------------------------------------------------------------------- time

    def _duration(self, element: Element | None) -> type_time:
        text = element.text if element is not None else None
        try:
            value = int(text) * self.per_division  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = parse_number(text)
            if number is None:
                self._repair(f"the duration {text!r} is no number and was taken as 0")
            value = (number or 0) * self.per_division
        if not 0 <= value <= MAX_QUARTERS * self.piece.units:
            if value > 0:
                raise LimitError("too long a duration", where=self._where(), expected=f"{MAX_QUARTERS} quarters")
            self._repair("a negative duration was taken as 0")
            return 0
        return value

    def _backup(self, element: Element) -> None:
        self.written -= self._duration(element.find("duration"))
        if self.written < 0:
            self._repair("a <backup> beyond the start of the measure was cut")
            self.written = 0
        self.cursor = self.exact.get(self.written, self.written)

    def _forward(self, element: Element) -> None:
        duration = self._duration(element.find("duration"))
        self._advance(duration, duration)

    def _advance(self, duration: type_time, written: type_time) -> None:
        self.cursor += duration
        self.written += written
        if self.cursor != self.written:
            self.exact[self.written] = self.cursor
        if self.cursor > self.high:
            self.high = self.cursor
            if self.high > MAX_QUARTERS * self.piece.units:
                raise LimitError("a measure that is too long", where=self._where(), expected=f"{MAX_QUARTERS} quarters")

    # ------------------------------------------------------------------------------------------------------ notes

    def _note(self, element: Element) -> None:
        fields = {child.tag: child for child in element}
        if "grace" in fields:
            return
        written = self._duration(fields.get("duration"))
        duration = self._unrounded(written, element) if "time-modification" in fields else written
        onset = self.chord_onset
        if "chord" not in fields:
            onset = self.chord_onset = self.cursor
            self._advance(duration, written)
        if "rest" in fields:
            return
        if "cue" in fields:
            self.cues.append(self.index)
            return
        if not duration:
            self._repair("a note of length 0 was left out")
            return
        pitch = self._pitch(fields)
        if pitch is None:
            return
        self.piece.sounds_to[self.index] = max(self.piece.sounds_to.get(self.index, 0), onset + duration)
        voice = fields["voice"].text or "" if "voice" in fields else ""
        number = self.voices.setdefault(voice, len(self.voices))
        is_tremolo = self.tremolos.add(element, fields, number, len(self.line.rows))
        ties = self._ties(element, fields) if ("tie" in fields or "notations" in fields) and not is_tremolo else 0
        if self.hanging and not is_tremolo and self.hanging.pop((number, pitch), None) == (self.index, onset):
            ties |= TIE_STOP  # which some programs leave out
        if ties & TIE_START:
            self.hanging[number, pitch] = (self.index, onset + duration)
        loudness = element.get("dynamics")
        velocity = self._loudness(loudness) if loudness else self.velocity
        self.sings = self.sings or "lyric" in fields
        self.line.rows.append((self.index, onset, duration, pitch, velocity, min(number, 0x7FFF), ties))
        if len(self.line.rows) + self.piece.n_notes > MAX_NOTES:
            raise LimitError("too many notes", where=self._where(), expected=f"at most {MAX_NOTES}")

    def _unrounded(self, duration: type_time, element: Element) -> type_time:
        """Return the exact duration of a note in a tuplet, rounded in the file."""
        actual, normal = (element.findtext(f"time-modification/{name}-notes") for name in ("actual", "normal"))
        key = (element.findtext("type"), actual, normal, "." * len(element.findall("dot")))
        if key not in self.values:
            self.values[key] = _tuplet_quarters(*key)
        quarters = self.values[key]
        if quarters is None or abs(quarters * self.piece.units - duration) >= self.per_division:
            return duration
        exact = quarters * self.piece.units
        return int(exact) if exact.denominator == 1 else exact

    def _pitch(self, fields: dict[str, Element]) -> int | None:
        """Return the sounding pitch, or None where there is none that MIDI has."""
        if "unpitched" in fields:
            self.unpitched += 1
            instrument = fields["instrument"].get("id", "") if "instrument" in fields else ""
            pitch = self.drums.get(instrument, next(iter(self.drums.values()), _SNARE))
            return pitch if 0 <= pitch <= 127 else _SNARE
        element = fields.get("pitch")
        if element is None:
            self._repair("a note without a pitch was taken as a rest")
            return None
        written = parse_pitch(element.findtext("step"), element.findtext("alter"), element.findtext("octave"))
        if written is None:
            self._repair("an invalid pitch was taken as a rest")
            return None
        pitch = written + self.shift
        if not 0 <= pitch <= 127:
            self._repair("a pitch outside MIDI's range was taken as a rest")
            return None
        return pitch

    def _ties(self, element: Element, fields: dict[str, Element]) -> int:
        path = "tie" if "tie" in fields else "notations/tied"
        types = [tie.get("type") for tie in element.iterfind(path)]
        return TIE_START * ("start" in types) | TIE_STOP * ("stop" in types)

    def _loudness(self, text: str) -> int:
        percent = parse_number(text)
        return 0 if percent is None or percent <= 0 else max(1, min(round(percent * 90 / 100), 127))

    # ------------------------------------------------------------------------------------------------- attributes

    def _attributes(self, element: Element) -> None:
        for child in element:
            if child.tag == "divisions":
                self._divisions(child.text)
            elif child.tag == "transpose":
                octaves = parse_integer(get_text(child, "octave-change"), 0)
                self.shift = max(-60, min(parse_integer(get_text(child, "chromatic"), 0) + 12 * octaves, 60))
            elif child.tag == "time" and self.first_meter:
                self._time(child)
        for child in element.iterfind("key"):  # after <transpose>, which follows it in the standard
            if self.first_key:
                self._key(child)

    def _divisions(self, text: str | None) -> None:
        value = parse_number(text)
        if not value or value < 0:
            self._repair(f"divisions of {text!r} were skipped")
            return
        per_division = Fraction(self.piece.units) / value
        self.per_division = int(per_division) if per_division.denominator == 1 else per_division

    def _time(self, element: Element) -> None:
        meter: tuple[int, int] | None = None
        if element.find("senza-misura") is None:
            tops = [parse_beats(child.text) for child in element.iterfind("beats")]
            bottoms = [parse_integer(child.text, 0) for child in element.iterfind("beat-type")]
            meter = meter_of(tops, bottoms)
            if meter is None:
                self._repair("an invalid meter was skipped")
                return
        self.piece.measures[self.index].meter = meter
        for later in self.piece.measures[self.index + 1 :]:
            later.meter = meter

    def _key(self, element: Element) -> None:
        fifths = parse_integer(get_text(element, "fifths"), 99)
        if not -7 <= fifths <= 7:
            if element.find("fifths") is not None:  # else a key of other accidentals, which no Score has
                self._repair(f"a key of {fifths} fifths was skipped")
            return
        fifths += (7 * self.shift + 5) % 12 - 5
        fifths -= 12 * (fifths > 7) - 12 * (fifths < -7)
        mode = _MODES.get(get_text(element, "mode").lower(), "major")
        self.piece.keys.append((self.index, self.cursor, (fifths, mode)))

    # ------------------------------------------------------------------------------------------------- directions

    def _direction(self, element: Element) -> None:
        sound = element.find("sound")
        offset = element.find("offset")
        shift = (parse_number(offset.text) or 0) * self.per_division if offset is not None else 0
        if sound is not None:
            self._sound(sound, shift)
        if sound is None or sound.get("tempo") is None:
            for metronome in element.iterfind("direction-type/metronome"):
                self._metronome(metronome, shift)

    def _metronome(self, element: Element, shift: type_time) -> None:
        unit = _QUARTERS.get(get_text(element, "beat-unit"))
        match = re.search(r"\d+(\.\d+)?", get_text(element, "per-minute"))
        if unit and match:
            dots = len(element.findall("beat-unit-dot"))
            self._tempo(float(match[0][:12]) * float(unit * (2 - Fraction(1, 2 ** min(dots, 4)))), shift)

    def _tempo(self, qpm: float, shift: type_time) -> None:
        if 1 <= qpm <= 100_000:
            self.piece.tempos.append((self.index, max(self.cursor + shift, 0), qpm))
        else:
            self._repair(f"a tempo of {qpm} was skipped")

    def _sound(self, element: Element, shift: type_time = 0) -> None:
        attributes = element.attrib
        if "tempo" in attributes:
            self._tempo(float(parse_number(attributes["tempo"]) or 0), shift)
        if "dynamics" in attributes:
            self.velocity = self._loudness(attributes["dynamics"])
        signs = self.piece.measures[self.index].signs
        signs.update({"segno", "coda", "tocoda", "dalsegno"} & attributes.keys())
        signs.update(name for name in ("dacapo", "fine") if attributes.get(name, "no") != "no")

    def _harmony(self, element: Element) -> None:
        symbol = read_harmony(element, self.shift)
        if symbol:
            offset = element.find("offset")
            shift = (parse_number(offset.text) or 0) * self.per_division if offset is not None else 0
            self.piece.chords.append((self.index, max(self.cursor + shift, 0), symbol))

    def _barline(self, element: Element) -> None:
        measure = self.piece.measures[self.index]
        repeat, ending = element.find("repeat"), element.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            measure.forward = True
            self.ending = measure.endings = frozenset()
        elif repeat is not None:
            measure.backward = max(measure.backward, parse_integer(repeat.get("times"), 2), 2)
            self.stops_ending = True
        if ending is not None:
            numbers = frozenset(int(text) for text in re.findall(r"\d{1,3}", ending.get("number", "")) if int(text))
            if ending.get("type") == "start" and numbers:
                self.ending = measure.endings = numbers
                self._hang_into_ending(first=1 in numbers)
            self.stops_ending = self.stops_ending or ending.get("type") != "start"

    def _hang_into_ending(self, *, first: bool) -> None:
        """Extend a tie that leads into the first ending to the others."""
        if first:
            self.hanging_to_endings = list(self.hanging)
        else:
            self.hanging.update((held, (self.index, 0)) for held in self.hanging_to_endings)


def _tuplet_quarters(name: str | None, actual: str | None, normal: str | None, dots: str) -> Fraction | None:
    """Return the quarters of a printed value in a tuplet; None if it is unreadable."""
    quarters, among, of = _QUARTERS.get((name or "").strip()), parse_integer(actual, 0), parse_integer(normal, 0)
    if quarters is None or not (1 <= among <= 1000 and 1 <= of <= 1000):
        return None
    return quarters * (2 - Fraction(1, 2 ** min(len(dots), 4))) * of / among
