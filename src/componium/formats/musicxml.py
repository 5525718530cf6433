"""MusicXML, plain (.musicxml, .xml) and packed (.mxl): read.

Source: MusicXML 4.0 (W3C Community Group), score-partwise and score-timewise.

Conventions
- One Track a <part>, in the order of the part list; `voice` counts the <voice>s of a part from 0 as they appear.
- Pitches sound: <transpose> is applied, to the key as well. Repeats, endings and jumps (<sound>) are played out.
- A measure is as long as what is in it (the longest part); an empty one is as long as its metre says, and so is one
  that some part fills while rests of another run over.
- velocity is 0 unless <sound dynamics> or <note dynamics> gives it (100 is a velocity of 90, as the standard says).
"""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import lcm
from xml.etree.ElementTree import Element

from componium.errors import LimitError
from componium.formats import _harmony, _mxl
from componium.formats._measures import (
    MAX_NOTES,
    MAX_QUARTERS,
    TIE_START,
    TIE_STOP,
    Line,
    Measure,
    perform,
    play_order,
    type_time,
)  # fmt: skip
from componium.formats._mend import mend
from componium.formats._programs import CHOIR, program_of
from componium.pitch import LETTERS
from componium.score import MODES, Chord, Key, Score, Tempo

SUFFIXES = (".musicxml", ".xml", ".mxl")
LOSES = frozenset(
    ("articulations", "lyrics", "slurs", "layout", "grace notes", "cue notes", "dynamics", "ornaments", "spelling")
)
MAX_PARTS = 1000
_MAX_UNITS = 1 << 20  # per quarter; finer divisions than that become fractions
_QUARTERS = {
    "breve": Fraction(8), "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1), "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8), "64th": Fraction(1, 16),
}  # fmt: skip
_MODES = {"ionian": "major", "aeolian": "minor", **{mode: mode for mode in MODES}}
_SNARE = 38


def read(data: bytes, *, strict: bool = False) -> Score:
    """The score in the bytes of a MusicXML file, packed or not.

    Mends what it can, with a RepairWarning that names part and measure; `strict` refuses instead. Raises FormatError,
    NotThisFormatError (which says what it is instead), LimitError.
    """
    root = _mxl.parse(data)
    parts = _measures_by_part(root)
    piece = _Piece(root, strict)
    for at, (name, elements) in enumerate(parts):
        _Part(piece, at, name).read(elements)
    return piece.score()


def _measures_by_part(root: Element) -> list[tuple[str, list[Element]]]:
    """(part id, its measures) in score order, from either way of nesting them."""
    if root.tag == "score-partwise":
        return [(part.get("id", ""), part.findall("measure")) for part in root.findall("part")]
    found: dict[str, list[Element]] = {}
    for at, measure in enumerate(root.findall("measure")):
        for part in measure.findall("part"):
            measures = found.setdefault(part.get("id", ""), [])
            if len(found) > MAX_PARTS or at > len(measures) + 100_000:
                raise LimitError("too many parts", expected=f"at most {MAX_PARTS}")
            measures.extend(Element("measure") for _ in range(at - len(measures)))
            measures.append(part)
    return list(found.items())


class _Piece:
    """What the parts of one score share and fill."""

    def __init__(self, root: Element, strict: bool) -> None:
        self.root, self.strict = root, strict
        self.units = self._units_per_quarter()
        self.described = {part.get("id", ""): part for part in root.iterfind("part-list/score-part")}
        self.names = [_text(part, "part-name") for part in self.described.values()]
        self.measures: list[Measure] = []
        self.sounds_to: dict[int, type_time] = {}  # where in a measure the last note ends
        self.filled: set[int] = set()  # the measures that some part fills exactly
        self.lines: list[Line] = []
        self.keys: list[tuple[int, type_time, tuple[int, str]]] = []
        self.tempos: list[tuple[int, type_time, float]] = []
        self.chords: list[tuple[int, type_time, str]] = []
        self.n_notes = 0

    def _units_per_quarter(self) -> int:
        """Units that hold the divisions of all parts."""
        found = {element.text for element in self.root.iter("divisions")}
        units = 1
        for text in found:
            value = _number(text)
            if value and value.denominator == 1 and value > 0 and lcm(units, int(value)) <= _MAX_UNITS:
                units = lcm(units, int(value))
        return units

    def measure(self, at: int) -> Measure:
        while len(self.measures) <= at:
            self.measures.append(Measure(meter=self.measures[-1].meter if self.measures else (4, 4)))
        return self.measures[at]

    def full(self, measure: Measure) -> type_time:
        """The length that the metre gives a measure, 0 if it is free."""
        top, bottom = measure.meter or (0, 1)
        length = 4 * top * self.units
        return length // bottom if length % bottom == 0 else Fraction(length, bottom)

    def score(self) -> Score:
        for at, measure in enumerate(self.measures):
            full = self.full(measure)
            if not measure.length or (at in self.filled and measure.length > full):
                measure.length = max(full, self.sounds_to.get(at, 0))
        played = perform(self.measures, self.lines, self.units, play_order(self.measures))
        return Score(
            tracks=tuple(played.tracks),
            ticks_per_quarter=played.ticks_per_quarter,
            tempos=tuple(Tempo(tick, qpm) for tick, qpm in played.replay(self.tempos)),
            meters=tuple(played.meters),
            keys=tuple(Key(tick, *key) for tick, key in played.replay(self.keys)),
            chords=tuple(Chord(tick, symbol) for tick, symbol in played.replay(self.chords, holds=False)),
            title=_title(self.root),
            info=_info(self.root),
        )


class _Part:
    """Reads one <part>: a cursor that walks through its measures."""

    def __init__(self, piece: _Piece, at: int, ident: str) -> None:
        self.piece, self.at = piece, at
        described = piece.described.get(ident)
        self.described = Element("score-part") if described is None else described
        self.line = Line(name=_text(self.described, "part-name"))
        self.per_division: type_time = piece.units
        self.cursor: type_time = 0
        self.chord_onset: type_time = 0
        self.high: type_time = 0
        self.shift = self.velocity = self.index = self.unpitched = 0
        self.voices: dict[str, int] = {}
        self.hanging: dict[int, tuple[int, type_time]] = {}  # pitch of a note with a tie from it: measure, end
        self.hanging_to_endings: list[int] = []
        self.ending: frozenset[int] = frozenset()
        self.stops_ending = self.sings = False
        self.first_key = not piece.keys
        self.first_meter = at == 0
        self.drums = {
            element.get("id", ""): _integer(_text(element, "midi-unpitched"), _SNARE + 1) - 1
            for element in self.described.iterfind("midi-instrument")
        }
        self.read_child: dict[str, Callable[[Element], None]] = {
            "note": self._note, "backup": self._backup, "forward": self._forward, "attributes": self._attributes,
            "direction": self._direction, "sound": self._sound, "harmony": self._harmony, "barline": self._barline,
        }  # fmt: skip

    def read(self, elements: list[Element]) -> None:
        readers = self.read_child
        for self.index, element in enumerate(elements):
            measure = self.piece.measure(self.index)
            self.cursor = self.chord_onset = self.high = 0
            if self.ending:
                measure.endings = self.ending
            for child in element:
                reader = readers.get(child.tag)
                if reader:
                    reader(child)
            measure.length = max(measure.length, self.high)
            if self.high == self.piece.full(measure):
                self.piece.filled.add(self.index)
            self.hanging = {pitch: (self.index + 1, 0) for pitch, (_, end) in self.hanging.items() if end >= self.high}
            if self.stops_ending:
                self.ending, self.stops_ending = frozenset(), False
        self._finish()

    def _finish(self) -> None:
        line, piece = self.line, self.piece
        piece.n_notes += len(line.rows)
        on_drums = _text(self.described, "midi-instrument/midi-channel") == "10"
        line.is_drum = on_drums or 2 * self.unpitched > len(line.rows)
        line.program = 0 if line.is_drum else self._program()
        piece.lines.append(line)

    def _program(self) -> int:
        """The program the file gives, unless the part's name is of another family: names are the better kept."""
        given = _integer(_text(self.described, "midi-instrument/midi-program"), 1) - 1
        names = (self.line.name, _text(self.described, "score-instrument/instrument-name"))
        found = (program_of(name, self.piece.names) for name in names if name)
        named = next((program for program in found if program is not None), None)
        if 0 < given <= 127 and (named is None or named // 8 == given // 8):  # 0 is what stands when nobody chose
            return given
        return named if named is not None else CHOIR if self.sings else 0

    def _where(self) -> str:
        return f"part {self.at + 1}, measure {self.index + 1}"

    def _mend(self, what: str) -> None:
        mend(what, strict=self.piece.strict, where=self._where())

    # ------------------------------------------------------------------------------------------------------- time

    def _duration(self, element: Element | None) -> type_time:
        text = element.text if element is not None else None
        try:
            value = int(text) * self.per_division  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = _number(text)
            if number is None:
                self._mend(f"a duration that isn't a number, {text!r}, was taken as none")
            value = (number or 0) * self.per_division
        if not 0 <= value <= MAX_QUARTERS * self.piece.units:
            if value > 0:
                raise LimitError("too long a duration", where=self._where(), expected=f"{MAX_QUARTERS} quarters")
            self._mend("a negative duration was taken as none")
            return 0
        return value

    def _backup(self, element: Element) -> None:
        self.cursor -= self._duration(element.find("duration"))
        if self.cursor < 0:
            self._mend("a <backup> to before the measure went to its start")
            self.cursor = 0

    def _forward(self, element: Element) -> None:
        self._advance(self._duration(element.find("duration")))

    def _advance(self, duration: type_time) -> None:
        self.cursor += duration
        if self.cursor > self.high:
            self.high = self.cursor
            if self.high > MAX_QUARTERS * self.piece.units:
                raise LimitError("a measure that is too long", where=self._where(), expected=f"{MAX_QUARTERS} quarters")

    # ------------------------------------------------------------------------------------------------------ notes

    def _note(self, element: Element) -> None:
        fields = {child.tag: child for child in element}
        if "grace" in fields:
            return
        duration = self._duration(fields.get("duration"))
        onset = self.chord_onset
        if "chord" not in fields:
            onset = self.chord_onset = self.cursor
            self._advance(duration)
        if "rest" in fields or "cue" in fields or not duration:
            return
        pitch = self._pitch(fields)
        if pitch is None:
            return
        self.piece.sounds_to[self.index] = max(self.piece.sounds_to.get(self.index, 0), onset + duration)
        voice = fields["voice"].text or "" if "voice" in fields else ""
        number = self.voices.setdefault(voice, len(self.voices))
        ties = self._ties(element, fields) if "tie" in fields or "notations" in fields else 0
        if self.hanging and self.hanging.pop(pitch, None) == (self.index, onset):
            ties |= TIE_STOP  # which some programs leave out
        if ties & TIE_START:
            self.hanging[pitch] = (self.index, onset + duration)
        loudness = element.get("dynamics")
        velocity = self._loudness(loudness) if loudness else self.velocity
        self.sings = self.sings or "lyric" in fields
        self.line.rows.append((self.index, onset, duration, pitch, velocity, min(number, 0x7FFF), ties))
        if len(self.line.rows) + self.piece.n_notes > MAX_NOTES:
            raise LimitError("too many notes", where=self._where(), expected=f"at most {MAX_NOTES}")

    def _pitch(self, fields: dict[str, Element]) -> int | None:
        """The sounding pitch, or None where there is none that MIDI has."""
        if "unpitched" in fields:
            self.unpitched += 1
            instrument = fields["instrument"].get("id", "") if "instrument" in fields else ""
            pitch = self.drums.get(instrument, next(iter(self.drums.values()), _SNARE))
            return pitch if 0 <= pitch <= 127 else _SNARE
        element = fields.get("pitch")
        if element is None:
            self._mend("a note without a pitch was taken as a rest")
            return None
        written = _written_pitch(element.findtext("step"), element.findtext("alter"), element.findtext("octave"))
        if written is None:
            self._mend("a pitch that can't be read was taken as a rest")
            return None
        pitch = written + self.shift
        if not 0 <= pitch <= 127:
            self._mend("a pitch beyond MIDI's was taken as a rest")
            return None
        return pitch

    def _ties(self, element: Element, fields: dict[str, Element]) -> int:
        path = "tie" if "tie" in fields else "notations/tied"
        types = [tie.get("type") for tie in element.iterfind(path)]
        return TIE_START * ("start" in types) | TIE_STOP * ("stop" in types)

    def _loudness(self, text: str) -> int:
        percent = _number(text)
        return 0 if percent is None or percent <= 0 else max(1, min(round(percent * 90 / 100), 127))

    # ------------------------------------------------------------------------------------------------- attributes

    def _attributes(self, element: Element) -> None:
        for child in element:
            if child.tag == "divisions":
                self._divisions(child.text)
            elif child.tag == "transpose":
                octaves = _integer(_text(child, "octave-change"), 0)
                self.shift = max(-60, min(_integer(_text(child, "chromatic"), 0) + 12 * octaves, 60))
            elif child.tag == "time" and self.first_meter:
                self._time(child)
        for child in element.iterfind("key"):  # after <transpose>, which the standard puts behind it
            if self.first_key:
                self._key(child)

    def _divisions(self, text: str | None) -> None:
        value = _number(text)
        if not value or value < 0:
            self._mend(f"divisions of {text!r} were passed over")
            return
        per_division = Fraction(self.piece.units) / value
        self.per_division = int(per_division) if per_division.denominator == 1 else per_division

    def _time(self, element: Element) -> None:
        meter: tuple[int, int] | None = None
        if element.find("senza-misura") is None:
            tops = [_beats(child.text) for child in element.iterfind("beats")]
            bottoms = [_integer(child.text, 0) for child in element.iterfind("beat-type")]
            meter = _meter(tops, bottoms)
            if meter is None:
                self._mend("a metre that can't be read was passed over")
                return
        self.piece.measures[self.index].meter = meter
        for later in self.piece.measures[self.index + 1 :]:
            later.meter = meter

    def _key(self, element: Element) -> None:
        fifths = _integer(_text(element, "fifths"), 99)
        if not -7 <= fifths <= 7:
            if element.find("fifths") is not None:  # else a key of other accidentals, which no Score has
                self._mend(f"a key of {fifths} fifths was passed over")
            return
        fifths += (7 * self.shift + 5) % 12 - 5
        fifths -= 12 * (fifths > 7) - 12 * (fifths < -7)
        mode = _MODES.get(_text(element, "mode").lower(), "major")
        self.piece.keys.append((self.index, self.cursor, (fifths, mode)))

    # ------------------------------------------------------------------------------------------------- directions

    def _direction(self, element: Element) -> None:
        sound = element.find("sound")
        offset = element.find("offset")
        shift = (_number(offset.text) or 0) * self.per_division if offset is not None else 0
        if sound is not None:
            self._sound(sound, shift)
        if sound is None or sound.get("tempo") is None:
            for metronome in element.iterfind("direction-type/metronome"):
                self._metronome(metronome, shift)

    def _metronome(self, element: Element, shift: type_time) -> None:
        unit = _QUARTERS.get(_text(element, "beat-unit"))
        found = re.search(r"\d+(\.\d+)?", _text(element, "per-minute"))
        if unit and found:
            dots = len(element.findall("beat-unit-dot"))
            self._tempo(float(found[0][:12]) * float(unit * (2 - Fraction(1, 2 ** min(dots, 4)))), shift)

    def _tempo(self, qpm: float, shift: type_time) -> None:
        if 1 <= qpm <= 100_000:
            self.piece.tempos.append((self.index, max(self.cursor + shift, 0), qpm))
        else:
            self._mend(f"a tempo of {qpm} was passed over")

    def _sound(self, element: Element, shift: type_time = 0) -> None:
        found = element.attrib
        if "tempo" in found:
            self._tempo(float(_number(found["tempo"]) or 0), shift)
        if "dynamics" in found:
            self.velocity = self._loudness(found["dynamics"])
        signs = self.piece.measures[self.index].signs
        signs.update({"segno", "coda", "tocoda", "dalsegno"} & found.keys())
        signs.update(name for name in ("dacapo", "fine") if found.get(name, "no") != "no")

    def _harmony(self, element: Element) -> None:
        symbol = _harmony.symbol(element, self.shift)
        if symbol:
            offset = element.find("offset")
            shift = (_number(offset.text) or 0) * self.per_division if offset is not None else 0
            self.piece.chords.append((self.index, max(self.cursor + shift, 0), symbol))

    def _barline(self, element: Element) -> None:
        measure = self.piece.measures[self.index]
        repeat, ending = element.find("repeat"), element.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            measure.forward = True
            self.ending = measure.endings = frozenset()
        elif repeat is not None:
            measure.backward = max(measure.backward, _integer(repeat.get("times"), 2), 2)
            self.stops_ending = True
        if ending is not None:
            numbers = frozenset(int(text) for text in re.findall(r"\d{1,3}", ending.get("number", "")) if int(text))
            if ending.get("type") == "start" and numbers:
                self.ending = measure.endings = numbers
                self._hang_into_ending(first=1 in numbers)
            self.stops_ending = self.stops_ending or ending.get("type") != "start"


    def _hang_into_ending(self, *, first: bool) -> None:
        """A tie that leads into the first ending leads into the others too."""
        if first:
            self.hanging_to_endings = list(self.hanging)
        else:
            self.hanging.update((pitch, (self.index, 0)) for pitch in self.hanging_to_endings)


# ----------------------------------------------------------------------------------------------------------- text


def _text(element: Element, path: str) -> str:
    return " ".join((element.findtext(path) or "").split())


@lru_cache(maxsize=4096)
def _written_pitch(step: str | None, alter: str | None, octave: str | None) -> int | None:
    """The MIDI pitch of the three parts of a <pitch>; quarter tones are rounded up; None if it can't be read."""
    letter, semitones = LETTERS.get((step or "").strip()), _number(alter or "0")
    number = (octave or "").strip()
    if letter is None or semitones is None or abs(semitones) > 12 or not re.fullmatch("[0-9]{1,3}", number):
        return None
    return 12 * (int(number) + 1) + letter + math.floor(semitones + Fraction(1, 2))


def _number(text: str | None) -> Fraction | None:
    """A decimal number, exact; None if it isn't one."""
    found = re.fullmatch(r"\s*([+-]?\d{1,9}(?:\.\d{0,9})?|[+-]?\.\d{1,9})\s*", text or "")
    return Fraction(found[1]) if found else None


def _integer(text: str | None, default: int) -> int:
    found = re.fullmatch(r"\s*([+-]?\d{1,9})\s*", text or "")
    return int(found[1]) if found else default


def _beats(text: str | None) -> int:
    return sum(int(part) for part in re.findall(r"\d{1,3}", text or ""))


def _meter(tops: list[int], bottoms: list[int]) -> tuple[int, int] | None:
    """One metre of several added up ("2/4+3/8" is 7/8), or None if that isn't one."""
    if not tops or len(tops) != len(bottoms) or any(b not in (1, 2, 4, 8, 16, 32, 64, 128) for b in bottoms):
        return None
    bottom = max(bottoms)
    top = sum(t * bottom // b for t, b in zip(tops, bottoms, strict=True))
    return (top, bottom) if 1 <= top <= 255 and min(tops) > 0 else None


def _title(root: Element) -> str:
    title = _text(root, "work/work-title") or _text(root, "movement-title")
    return re.sub(r"\.(mxl|xml|musicxml)$", "", title)


def _info(root: Element) -> tuple[tuple[str, str], ...]:
    creators = root.iterfind("identification/creator")
    found = {creator.get("type", "composer"): _text(creator, ".") for creator in creators}
    found["rights"] = "; ".join(_text(rights, ".") for rights in root.iterfind("identification/rights"))
    if not found["rights"]:  # often it only stands on the page
        lines = (_text(words, ".") for words in root.iterfind("credit/credit-words"))
        found["rights"] = "; ".join(line for line in lines if re.search(r"©|\(c\)|copyright", line, re.IGNORECASE))
    found["source"] = _text(root, "identification/source")
    found["number"] = _text(root, "work/work-number") or _text(root, "movement-number")
    if _text(root, "movement-title") != _text(root, "work/work-title"):
        found["movement"] = _text(root, "movement-title")
    return tuple(found.items())
