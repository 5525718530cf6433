"""Music lines of an ABC tune, parsed token by token into measures and rows.

Source: the ABC music standard 2.1. Accidentals hold to the end of the bar, in every octave, as it defines, unless
`propagate-accidentals` sets another scope. Decorations, slurs, grace notes and spacing are skipped.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from componium.errors import LimitError
from componium.formats._repair import quote
from componium.formats.abc import fields
from componium.music.chords import is_usual_symbol
from componium.music.pitch import LETTERS
from componium.notation.programs import find_program
from componium.notation.repeats import MAX_PLAYED, Measure, type_time
from componium.notation.unfolding import MAX_NOTES, MAX_QUARTERS, TIE_START, TIE_STOP, Line

PER_QUARTER = 40320
_LENGTH = r"\d{0,5}(?:/\d{0,5}){0,8}"
_NOTE = rf"(\^{{1,2}}|_{{1,2}}|=)?([A-Ga-g])([,']{{0,9}})({_LENGTH})"
_NUMBERS = r"\d{1,2}(?:[,.-]\d{1,2}){0,40}"
_SIGN = r"![A-Za-z0-9.()<>+/ -]{1,20}!"
# No part repeats a group without a bound, or looks for an end that a later token would look for again: a line takes
# time in proportion to its length, and little memory.
TOKEN = re.compile(
    rf"""(?P<note>{_NOTE})
    | (?P<field>\[[A-Za-z]:[^\[\]]*\])
    | (?P<bar>(?P<line>:*(?:\[\||\|)[|\]]*:*|:{{2,}}|:(?=\d|\]|\s*$))(?:\[(?=\d)|\])?(?P<end>{_NUMBERS})?)
    | (?P<volta>\[{_NUMBERS})
    | (?P<quoted>"[^"]*"?)
    | (?P<broken>>+|<+)
    | (?P<rest>[zx]{_LENGTH})
    | (?P<chord>\[(?:"[^"]*"|[^\[\]|":]){{0,400}}\]{_LENGTH})
    | (?P<tie>-)
    | (?P<tuplet>\((?:[1-9]\d|[2-9])(?::\d{{0,2}})?(?::\d{{0,3}})?)
    | (?P<grace>\{{[^}}]*\}}?)
    | (?P<sign>{_SIGN})
    | (?P<bars>[ZX]\d{{0,3}})
    | (?P<overlay>&)
    | (?P<spaces>[\s`\\)~.H-Wh-w$*]+|(?!{_SIGN})!|\((?![1-9]\d|[2-9])|y\d*|\+\w{{1,30}}\+)
    | (?P<odd>[\d#%'*,/;?@]+|.)""",
    re.VERBOSE,
)
_NAMES = re.compile(r"""\b(?:name|nm|subname|sname|snm)\s*=\s*(?:"[^"]*"|[^\s"]+)|"[^"]*\"""")
_IN_CHORD = re.compile(_NOTE + r"(-?)")
_LIKE_A_CHORD = re.compile(r"\(?[A-G](?=.*[\d#/+()°øΔ])\S*")
_ALTERS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_JUMPS = {
    "segno": "segno", "coda": "coda", "fine": "fine", "d.c.": "dacapo", "dacapo": "dacapo", "d.s.": "dalsegno",
    "d.c.alfine": "dacapo", "d.s.alfine": "dalsegno", "d.s.alcoda": "dalsegno", "d.c.alcoda": "dacapo",
    "dacoda": "tocoda",
}  # fmt: skip
_AT_END = {"fine", "dacapo", "dalsegno", "tocoda"}
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}


class Voice:
    """State of one voice of a tune: its line, its measures, what is in force."""

    def __init__(self, meter: tuple[int, int] | None, unit: Fraction) -> None:
        self.line = Line()
        self.meter, self.unit = meter, unit
        self.measures = [Measure(meter=meter)]
        self.keys: list[tuple[int, type_time, tuple[int, str]]] = []
        self.tempos: list[tuple[int, type_time, float]] = []
        self.chords: list[tuple[int, type_time, str]] = []
        self.sections: list[tuple[int, str]] = []  # (measure it starts with, its letter)
        self.alters: dict[str, int] = {}
        self.in_bar: dict[str, int] = {}  # accidentals that still hold
        self.propagate = "pitch"
        self.shift = fields.Shift(0, 0)
        self.semitones = 0
        self.position: type_time = 0
        self.overlay = 0
        self.last: tuple[type_time, type_time] | None = None  # (onset, duration) of the last event of this bar
        self.last_row = 0  # its first row
        self.sounding: dict[str, int] = {}  # the last event's notes: letter and octave, pitch
        self.tied: dict[str, int] = {}  # those of them that are tied to the next event
        self.tied_elsewhere: dict[int, dict[str, int]] = {}  # the same, of overlays that aren't read now
        self.tied_to_endings: dict[str, int] = {}
        self.next_times: tuple[int, int] = (1, 1)  # what a broken rhythm makes of the next length
        self.tuplet: tuple[int, int, int] = (1, 1, 0)  # times, over, events left
        self.ending: frozenset[int] = frozenset()
        self.lengths: dict[str, type_time] = {}

    @property
    def place(self) -> tuple[int, type_time]:
        """The measure and the position in it."""
        return len(self.measures) - 1, self.position

    def set_unit(self, unit: Fraction) -> None:
        """Set the unit: from here on a length of 1 is `unit` quarters."""
        self.unit, self.lengths = unit, {}

    def set_meter(self, meter: tuple[int, int] | None) -> None:
        """Set the meter of this bar, or, if it has begun, of the next."""
        self.meter = meter
        if not self.position:
            self.measures[-1].meter = meter

    def set_key(self, field: fields.KeyField) -> None:
        """Set the key from here on."""
        self.transpose(field.shift)
        if field.key:
            self.alters = field.alters
            self.in_bar = {}
            self.keys.append((*self.place, field.key))

    def transpose(self, shift: fields.Shift) -> None:
        """Transpose from here on by a field; what it doesn't state stays in force."""
        clef, steps = (mine if stated is None else stated for mine, stated in zip(self.shift, shift, strict=True))
        self.shift = fields.Shift(clef, steps)
        self.semitones = (clef or 0) + (steps or 0)

    def start_section(self, letter: str) -> None:
        """Begin part `letter`, as a P: in the music does."""
        self.close_measure()
        self.sections.append((len(self.measures) - 1, letter))

    def to_overlay(self, overlay: int) -> None:
        """Continue in an overlay of this voice (0: the voice itself) with its ties."""
        self.tied_elsewhere[self.overlay] = self.tied
        self.overlay, self.tied = overlay, self.tied_elsewhere.pop(overlay, {})

    def close_measure(self) -> Measure | None:
        """End the measure unless it is empty; return the one before the bar line."""
        measure = self.measures[-1]
        measure.length = max(measure.length, self.position)
        if measure.length:
            self.measures.append(Measure(meter=self.meter, endings=self.ending))
            self.position, self.last = 0, None
            self.to_overlay(0)
        elif len(self.measures) > 1:  # signs between two bar lines belong to the measure before
            self.measures[-2].signs |= measure.signs & _AT_END
            measure.signs -= _AT_END
        self.in_bar = {}
        return self.measures[-2] if len(self.measures) > 1 else None


class Body:
    """Parser of the music of one tune.

    `repair` is called with what is wrong and the character where it is.
    """

    def __init__(self, voice: Voice, make_voice: Callable[[], Voice], repair: Callable[[str, int], None]) -> None:
        self.voice, self.make_voice, self.repair = voice, make_voice, repair
        self.voices: dict[str, Voice] = {}
        self.n_notes = self.n_rest_bars = self.at = 0
        self.read_token: dict[str, Callable[[re.Match[str]], None]] = {
            name: getattr(self, f"_{name}")
            for name in ("note", "field", "bar", "volta", "quoted", "broken", "rest", "chord", "tie", "tuplet", "sign",
                         "bars", "overlay", "odd")
        }  # fmt: skip

    def music(self, line: str, at: int) -> None:
        """Parse a line of music that begins at character `at`."""
        self.at = at
        readers = self.read_token
        for token in TOKEN.finditer(line):
            reader = readers.get(token.lastgroup or "")
            if reader:
                reader(token)

    def field(self, letter: str, value: str, at: int) -> None:
        """Parse a field within the music."""
        voice = self.voice
        if letter == "K":
            key = fields.key(value)
            if key:
                voice.set_key(key)
            else:
                self.repair(f"the key {quote(value)} is invalid and was skipped", at)
        elif letter == "M":
            try:
                voice.set_meter(fields.meter(value))
            except ValueError:
                self.repair(f"the meter {quote(value)} is invalid and was skipped", at)
        elif letter == "L":
            voice.set_unit(fields.unit(value) or voice.unit)
        elif letter == "Q":
            qpm = fields.tempo(value, voice.unit)
            if qpm:
                voice.tempos.append((*voice.place, qpm))
        elif letter == "V":
            self.switch(value)
        elif letter == "P" and re.fullmatch(r"[A-Z]\.?", value):
            voice.start_section(value[0])
        elif letter == "I":
            self.directive(value)

    def switch(self, value: str) -> None:
        """Continue in the voice that a V: field names; add it if it is new."""
        name, _, about = value.strip().partition(" ")
        if name not in self.voices:
            fresh = self.voices and self.make_voice()
            self.voices[name] = fresh or self.voice
            if len(self.voices) > fields.MAX_VOICES:
                raise LimitError("too many voices", expected=f"at most {fields.MAX_VOICES}")
        self.voice = self.voices[name]
        called = re.search(r'\b(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))', about)
        if called:
            self.voice.line.name = fields.plain(called[1] or called[2] or "")
            self.voice.line.program = find_program(self.voice.line.name) or self.voice.line.program
        self.voice.transpose(fields.transposition(_NAMES.sub("", about)))

    def directive(self, text: str) -> None:
        """Apply a directive (after %% or I:) that changes how the music sounds."""
        words = text.split()
        numbers = [int(word) for word in words if word.isdecimal() and len(word) < 4]
        if words[:2] == ["MIDI", "program"] and numbers and numbers[-1] <= 127:
            self.voice.line.program = numbers[-1]
        elif words[:2] == ["MIDI", "channel"] and numbers:
            self.voice.line.is_drum = numbers[0] == 10
        elif words[:2] == ["MIDI", "nobarlines"]:
            self.voice.propagate = "not"
        elif words[:1] == ["propagate-accidentals"] and len(words) > 1:
            self.voice.propagate = words[1]

    # ------------------------------------------------------------------------------------------------------ notes

    def _note(self, token: re.Match[str]) -> None:
        sign, letter, octave, length = token.group(2, 3, 4, 5)
        self._event([(sign, letter, octave)], self._length(length, token))

    def _chord(self, token: re.Match[str]) -> None:
        inside, _, outside = token["chord"][1:].rpartition("]")
        notes = _IN_CHORD.findall(re.sub(r'"[^"]*"|![^!]*!', "", inside))
        if not notes:
            self._warn(f"{quote(token['chord'])} was skipped", token)
            return
        length = self._length(outside, token) * self._length(notes[0][3], token)
        unit = self._length("", token)
        first = len(self.voice.line.rows)
        self._event([note[:3] for note in notes], _times(length, 1, unit))
        for row, note in zip(self.voice.line.rows[first:], notes, strict=False):
            if note[4]:
                row[6] |= TIE_START
                self.voice.tied[note[1] + note[2]] = row[3]

    def _rest(self, token: re.Match[str]) -> None:
        self._event([], self._length(token["rest"][1:], token))

    def _bars(self, token: re.Match[str]) -> None:
        top, bottom = self.voice.meter or (4, 4)
        count = int(token["bars"][1:] or 1)
        self.n_rest_bars += count
        if self.n_rest_bars > MAX_PLAYED:
            raise LimitError("too many bars of rest", expected=f"at most {MAX_PLAYED}")
        for _ in range(count):
            self.voice.close_measure()
            self._advance(_times(4 * top * PER_QUARTER, 1, bottom))
        self.voice.last = None

    def _event(self, notes: list[tuple[str, str, str]], length: type_time) -> None:
        """Add notes that sound together, of a written `length`; none: a rest."""
        voice = self.voice
        if voice.next_times != (1, 1):
            length = _times(length, *voice.next_times)
            voice.next_times = (1, 1)
        if voice.tuplet[2]:
            times, over, left = voice.tuplet
            length = _times(length, times, over)
            voice.tuplet = (times, over, left - 1)
        rows, place = voice.line.rows, len(voice.measures) - 1
        voice.last, voice.last_row = (voice.position, length), len(rows)
        tied, voice.tied, voice.sounding = voice.tied, {}, {}
        for sign, letter, octave in notes:
            pitch = voice.sounding[letter + octave] = self._pitch(sign, letter, octave, tied)
            if 0 <= pitch <= 127 and length > 0:
                voice.sounding[f"{pitch}"] = pitch  # beside another on the same line, too
                stop = TIE_STOP if pitch in tied.values() else 0
                rows.append([place, voice.position, length, pitch, 0, voice.overlay, stop])
            else:
                self.repair("a note out of range was skipped", self.at)
        self.n_notes += len(notes)
        if self.n_notes > MAX_NOTES:
            raise LimitError("too many notes", expected=f"at most {MAX_NOTES}")
        self._advance(length)

    def _advance(self, length: type_time) -> None:
        voice = self.voice
        voice.position += length
        if voice.position > MAX_QUARTERS * PER_QUARTER:
            raise LimitError("a bar that is too long", expected=f"at most {MAX_QUARTERS} quarters")

    def _pitch(self, sign: str, letter: str, octave: str, tied: dict[str, int]) -> int:
        voice, step = self.voice, letter.upper()
        key = step if voice.propagate == "pitch" else letter + octave
        if sign:
            alter = _ALTERS[sign]
            if voice.propagate != "not":
                voice.in_bar[key] = alter
        elif letter + octave in tied:
            return tied[letter + octave]
        else:
            alter = voice.in_bar.get(key, voice.alters.get(step, 0))
        height = 60 if letter == step else 72
        height += 12 * (octave.count("'") - octave.count(",")) if octave else 0
        return height + LETTERS[step] + alter + voice.semitones

    def _length(self, text: str, token: re.Match[str]) -> type_time:
        voice = self.voice
        if text not in voice.lengths:
            top, *below = text.split("/")
            value = voice.unit * PER_QUARTER * int(top or 1)
            for divisor in below:
                if divisor and not int(divisor):
                    self._warn("a length divided by 0 was taken as undivided", token)
                value /= int(divisor or 2) or 1
            voice.lengths[text] = int(value) if value.denominator == 1 else value
        return voice.lengths[text]

    def _broken(self, token: re.Match[str]) -> None:
        voice, marks = self.voice, token["broken"]
        if voice.last is None:
            self._warn("a broken rhythm without a note before it was skipped", token)
            return
        half = 2 ** min(len(marks), 6)
        longer, shorter = (2 * half - 1, half), (1, half)
        mine, voice.next_times = (longer, shorter) if marks[0] == ">" else (shorter, longer)
        onset, length = voice.last
        length = _times(length, *mine)
        for row in voice.line.rows[voice.last_row :]:
            row[2] = length
        voice.position = onset + length
        voice.last = (onset, length)

    def _tuplet(self, token: re.Match[str]) -> None:
        notes, *rest = [int(number or 0) for number in token["tuplet"][1:].split(":")]
        compound = self.voice.meter and self.voice.meter[0] in (6, 9, 12, 15, 18)
        usual = _TUPLETS.get(notes, 3 if compound else 2) if notes < 10 else 1 << notes.bit_length() - 1
        times = (rest[0] if rest else 0) or usual
        self.voice.tuplet = (times, notes, (rest[1] if len(rest) > 1 else 0) or notes)

    def _tie(self, token: re.Match[str]) -> None:
        voice = self.voice
        if not voice.sounding:
            self._warn("a tie without a note before it was skipped", token)
            return
        for row in voice.line.rows[voice.last_row :]:
            row[6] |= TIE_START
        voice.tied = dict(voice.sounding)

    def _overlay(self, _: re.Match[str]) -> None:
        measure = self.voice.measures[-1]
        measure.length = max(measure.length, self.voice.position)
        self.voice.position, self.voice.last = 0, None
        self.voice.to_overlay(min(self.voice.overlay + 1, 100))

    # --------------------------------------------------------------------------------------------------- bar lines

    def _bar(self, token: re.Match[str]) -> None:
        voice, text = self.voice, token["line"]
        only_colons = text.strip(":") == ""
        left = len(text) - len(text.lstrip(":")) if not only_colons else 1
        right = len(text) - len(text.rstrip(":")) if not only_colons else int(len(text) > 1)
        before = voice.close_measure()
        measure = voice.measures[-1]
        if left or right or text not in ("|", "[|]"):
            voice.ending = measure.endings = frozenset()
            if before:
                before.closes = True
                before.backward = max(before.backward, left + 1 if left else 0)
        measure.forward = measure.forward or right > 0
        if token["end"]:
            self._start_ending(token["end"])

    def _volta(self, token: re.Match[str]) -> None:
        self.voice.close_measure()
        self._start_ending(token["volta"][1:])

    def _start_ending(self, text: str) -> None:
        """Begin an ending; a tie into the first of them leads into the others too."""
        voice = self.voice
        numbers: set[int] = set()
        for part in re.split(r"[,.]", text):
            low, _, high = part.partition("-")
            numbers.update(range(int(low or 1), int(high or low or 1) + 1))
        voice.ending = voice.measures[-1].endings = frozenset(numbers)
        if 1 in numbers:
            voice.tied_to_endings = dict(voice.tied)
        else:
            voice.tied = dict(voice.tied_to_endings)

    # ------------------------------------------------------------------------------------------------ what remains

    def _field(self, token: re.Match[str]) -> None:
        self.field(token["field"][1], token["field"][3:-1].strip(), self.at + token.start())

    def _quoted(self, token: re.Match[str]) -> None:
        text = fields.chord_symbol(token["quoted"].strip('" '))
        if is_usual_symbol(text):
            self.voice.chords.append((*self.voice.place, text))
        elif _LIKE_A_CHORD.fullmatch(text):
            self._warn(f"the chord symbol {quote(text)} is unknown and was left out", token)

    def _sign(self, token: re.Match[str]) -> None:
        name = _JUMPS.get(token["sign"].strip("! ").lower().replace(" ", ""))
        if name:
            self.voice.measures[-1].signs.add(name)

    def _odd(self, token: re.Match[str]) -> None:
        self._warn(f"{quote(token['odd'])} was skipped", token)

    def _warn(self, what: str, token: re.Match[str]) -> None:
        self.repair(what, self.at + token.start())


def _times(value: type_time, times: type_time, over: type_time) -> type_time:
    """value * times / over: an int if it is one."""
    product = value * times
    return int(product // over) if product % over == 0 else Fraction(product) / over
