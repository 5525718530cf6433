"""Reader of Humdrum **kern: spines, tokens, durations, pitches.

A line is a row of tokens, one a spine; a spine may split in two (*^), two may join (*v), change places (*x), begin (*+)
and end (*-). Of the spines only those of **kern are music. The music becomes measures and lines, as that of
MusicXML and ABC does (see notation.unfolding); times are in whole units that hold every duration of the file.

Source: Huron, *The Humdrum Toolkit: Reference Manual* (1994), **kern; the Humdrum guide of humdrum.org.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from math import lcm

from componium.errors import LimitError
from componium.formats._repair import repair
from componium.formats.kern.instruments import name_instrument
from componium.music.pitch import name_to_fifths
from componium.music.score import MODES
from componium.notation.repeats import MAX_PLAYED, Measure, play_order
from componium.notation.unfolding import MAX_UNITS, TIE_START, TIE_STOP, Line

MAX_SPINES = 256
MAX_SECTIONS = 1000  # in the order they are played
SHARPS, FLATS = "fcgdaeb", "beadgcf"
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_NOTE = re.compile(r"([a-g]+|[A-G]+)(#+|-+|n)?")
_RECIP = re.compile(r"(\d+)(?:%(\d+))?")
# Bounded, so that no line is slow.
_DURATIONS = re.compile(r"(?<!\d)(\d{1,6}(?:%\d{1,6})?)(?=[^\s\d]{0,20}[A-Ga-gr])([^\s\d]{0,30})")
_PATHS = frozenset(("*^", "*v", "*x", "*+", "*-"))
_SILENT = _PATHS | {"*"}  # interpretations that say nothing of the music
_METER = re.compile(r"\*M(\d{1,3})/(\d{1,3})")
_SIGNATURE = re.compile(r"\*k\[((?:[a-g][#n-]*)*)\]")
_TEMPO = re.compile(r"\*MM(\d+(?:\.\d+)?).*")
_SIGNS = {(False, False): 0, (True, False): TIE_START, (False, True): TIE_STOP, (True, True): TIE_START | TIE_STOP}
_KEY = re.compile(r"\*([A-Ga-g])([#-]?):(dor|phr|lyd|mix|loc|ion|aeo)?$")
_CHURCH = {"dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian", "ion": "major",
           "aeo": "minor"}


@dataclass
class Spine:
    """State of one column: part (None if no music), voice, end of its last note."""

    part: int | None
    voice: int = 0
    end: int = 0


@dataclass
class Reader:
    """Parser of one piece: measures, lines, keys, tempos, title, info."""

    strict: bool
    per_quarter: int = 1  # units of time to a quarter
    spines: list[Spine] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=lambda: [Measure(meter=None)])
    lines: list[Line] = field(default_factory=list)
    instruments: dict[int, str] = field(default_factory=dict)  # part -> the name for its code (*Iflt)
    keys: list[tuple[int, int, tuple[int, str]]] = field(default_factory=list)
    tempos: list[tuple[int, int, float]] = field(default_factory=list)
    title: str = ""
    info: dict[str, str] = field(default_factory=dict)
    bar_line: int = 0
    is_bar_new: bool = True  # no note or rest has come since the bar line, so that it may still move
    row: int = -1  # where the last row of notes begins
    reached: int = 0  # where the music was when spines last changed
    meter: tuple[int, int] | None = None
    signature: int = 0
    sections: dict[str, int] = field(default_factory=dict)  # label -> the measure that follows it
    through: list[str] = field(default_factory=list)  # the sections in the order they are played
    through_at: str = ""  # the line that lists them

    @property
    def now(self) -> int:
        """The time of the next row: the first note or rest of this one that ends."""
        ends = [spine.end for spine in self.spines if spine.part is not None]
        return min([end for end in ends if end > self.row] or [max([self.reached, *ends])])

    def read(self, numbered: Sequence[tuple[int, str]]) -> None:
        """Parse all lines of the piece."""
        self.per_quarter = _units(line for _, line in numbered)
        for number, line in numbered:
            if line.startswith("!!"):
                self._reference(line)
            elif line and not line.startswith("!"):
                self._row(line.split("\t"), f"line {number}")
        if self.spines:
            what = "spines without an end (*-), after which more may be missing"
            repair(what, strict=self.strict, where=f"line {max(number for number, line in numbered if line)}")
        ends = [spine.end for spine in self.spines if spine.part is not None]
        if not self.is_bar_new:
            self._close(backward=False, at=max([self.now, *ends]))
        elif max(ends, default=0) > self.bar_line:
            self._end_of_measure(self.bar_line, ends)

    def order(self) -> list[int]:
        """Return the measures in the order played.

        That is by the list of sections where there is one, else by the repeat signs.
        """
        measures = self.measures[:-1]  # the last is what would have come next
        if not self.through:
            return play_order(measures)
        if len(self.through) > MAX_SECTIONS:
            raise LimitError("too many sections", expected=f"at most {MAX_SECTIONS}")
        stops = sorted({*self.sections.values(), len(measures)})
        order = list(range(min(self.sections.values(), default=0)))
        for label in self.through:
            if label not in self.sections:
                what = f"no section {label[:20]!r}, so the repeats of the bar lines were taken"
                repair(what, strict=self.strict, where=self.through_at)
                return play_order(measures)
            start = self.sections[label]
            order += range(start, next((stop for stop in stops if stop > start), start))
            if len(order) > MAX_PLAYED:
                raise LimitError("the repeats make the piece too long", expected=f"at most {MAX_PLAYED} measures")
        return order

    def _reference(self, line: str) -> None:
        match = re.match(r"!!!(OTL|COM|YEC|YEM|provenance)(?:@+\w+)?:\s*(.*\S)", line)
        if match and match[1] == "OTL":
            self.title = self.title or match[2]
        elif match and match[1] in ("COM", "provenance"):
            self.info.setdefault("composer" if match[1] == "COM" else match[1], match[2])
        elif match:  # copyright of the electronic edition, and its license
            before = self.info.get("rights")
            self.info["rights"] = f"{before}; {match[2]}" if before else match[2]

    def _row(self, tokens: list[str], where: str) -> None:
        if tokens[0].startswith("**"):
            self._begin(tokens)
            return
        if len(tokens) != len(self.spines):
            repair(f"{len(tokens)} tokens for {len(self.spines)} spines", strict=self.strict, where=where)
            tokens = (tokens + ["."] * len(self.spines))[: len(self.spines)]
        first = next(filter(None, tokens), ".")
        if first.startswith("="):
            self._bar(tokens)
        elif first.startswith("*"):
            self._interpret(tokens, where)
        else:
            self._data(tokens, where)

    def _begin(self, tokens: list[str]) -> None:
        for token in tokens:
            is_music = token == "**kern"
            self.spines.append(Spine(len(self.lines) if is_music else None))
            if is_music:
                self.lines.append(Line())
        if len(self.spines) > MAX_SPINES:
            raise LimitError("too many spines", expected=f"at most {MAX_SPINES}")

    def _data(self, tokens: list[str], where: str) -> None:
        sounding = [(spine, token) for spine, token in zip(self.spines, tokens, strict=True)
                    if token not in (".", "") and spine.part is not None and not _is_grace(token)]
        if not sounding:
            return
        at = self._start_row([spine.end for spine, _ in sounding], where)
        for spine, token in sounding:
            spine.end = at + self._notes(spine, token, at - self.bar_line, where)

    def _start_row(self, ends: list[int], where: str) -> int:
        """Return the onset of a row whose spines ended their last notes at `ends`.

        That is the time where the first note of the row before ends. A spine that goes on before its note is over
        contradicts that; a bar line before it then moves.
        """
        at = max(self.now, self.bar_line)
        if max(ends) > at:
            of = "parts of a measure that do not end" if self.is_bar_new else "notes of one line that do not begin"
            repair(f"{of} together", strict=self.strict, where=where)
            at = self._end_of_measure(at, ends) if self.is_bar_new else max(ends)
        elif min(ends) < at:
            repair("a spine without a note or rest for some time", strict=self.strict, where=where)
        self.row, self.is_bar_new = at, False
        return at

    def _end_of_measure(self, at: int, ends: list[int]) -> int:
        """Move the last bar line, which is at `at` so far, to the end of its measure.

        That is where its meter ends, if a part agrees, else where its longest part does. Return it.
        """
        ends = [at, *ends]
        last = self.measures[-2]
        top, bottom = last.meter or (0, 1)
        start = self.bar_line - int(last.length)
        full = start + 4 * top * self.per_quarter // bottom
        self.bar_line = full if full in ends else max(ends)
        last.length = self.bar_line - start
        return self.bar_line

    def _notes(self, spine: Spine, token: str, onset: int, where: str) -> int:
        """Add the notes of one token to their line; return their length.

        Several notes, separated by spaces, are a chord, as long as the first of them.
        """
        first = length = 0
        for part in token.split(" "):
            length = self._duration(part, where) or length
            first = first or length
            if not length:
                repair(f"a note without a duration: {part[:20]!r}", strict=self.strict, where=where)
                return 0
            if "r" in part:
                continue
            pitch = _pitch(part)
            if pitch is None:
                repair(f"neither a note nor a rest: {part[:20]!r}", strict=self.strict, where=where)
            elif spine.part is not None:
                tie = _SIGNS["[" in part or "_" in part, "]" in part or "_" in part]
                self.lines[spine.part].rows.append((len(self.measures) - 1, onset, length, pitch, 0, spine.voice, tie))
        return first

    def _duration(self, part: str, where: str) -> int:
        """Return a duration in units; 0 where none is written."""
        length = _length(part)
        if length is None:
            return 0
        units, odd = divmod(length.numerator * self.per_quarter, length.denominator)
        if odd:
            repair(f"a duration off the grid of the others was rounded: {part[:20]!r}", strict=self.strict, where=where)
        return max(units, 1)

    def _bar(self, tokens: list[str]) -> None:
        signs = tokens[0]
        if self.now > self.bar_line:
            self._close(backward=":|" in signs or ":!" in signs)
        elif ":|" in signs or ":!" in signs:
            self.measures[max(len(self.measures) - 2, 0)].backward = 2
        if "|:" in signs or "!:" in signs:
            self.measures[-1].forward = True

    def _close(self, *, backward: bool, at: int | None = None) -> None:
        """End the measure at a time, by default where the next row begins.

        Notes that are longer go on across the bar line.
        """
        at = max(self.now, self.bar_line) if at is None else at
        if len(self.measures) > MAX_PLAYED:
            raise LimitError("too many measures", expected=f"at most {MAX_PLAYED}")
        self.measures[-1].length = at - self.bar_line
        self.measures[-1].backward = 2 if backward else 0
        self.measures.append(Measure(meter=self.meter))
        self.bar_line, self.is_bar_new = at, True
        for spine in self.spines:
            spine.end = max(spine.end, at)

    def _interpret(self, tokens: list[str], where: str) -> None:
        for spine, token in zip(self.spines, tokens, strict=True):
            if spine.part is not None:
                self._interpret_token(spine.part, token, where)
        if not _PATHS.isdisjoint(tokens) or any(token.startswith("**") for token in tokens):
            self.reached = self.now
            self._reshape(tokens, where)

    def _interpret_token(self, part: int, token: str, where: str) -> None:
        """Apply a meter, key, tempo, instrument or section."""
        if token in _SILENT:
            return
        here = len(self.measures) - 1, self.now - self.bar_line
        if match := _METER.fullmatch(token):
            self._set_meter(int(match[1]), int(match[2]))
        elif match := _SIGNATURE.fullmatch(token):
            self.signature = match[1].count("#") - match[1].count("-")
            fifths = max(min(self.signature, 7), -7)
            if not self.keys or self.keys[-1][2][0] != fifths:  # else the key in force has this signature, and a mode
                self._set_key(here, (fifths, "major"))
        elif match := _KEY.match(token):
            self._set_key(here, _key(match, self.signature))
        elif match := _TEMPO.fullmatch(token):
            if 1 <= float(match[1]) <= 1000 and not (self.tempos and self.tempos[-1][:2] == here):
                self.tempos.append((*here, float(match[1])))
        elif token.startswith('*I"'):
            self.lines[part].name = token[3:].strip()
        elif token.startswith("*I") and (name := name_instrument(token[2:])):
            self.instruments.setdefault(part, name)
        elif token.startswith("*>"):
            self._add_section(token[2:], where)

    def _add_section(self, text: str, where: str) -> None:
        """Add a label, or set the list of labels in the order played.

        Other lists, *>norep[], are skipped.
        """
        if text.startswith("["):
            self.through, self.through_at = text.strip("[]").split(","), where
        elif "[" not in text and text not in self.sections:
            if self.now > self.bar_line:
                self._close(backward=False)
            self.sections[text] = len(self.measures) - 1

    def _set_key(self, here: tuple[int, int], key: tuple[int, str]) -> None:
        """Add a signature, or replace it by the key that is stated at the same place."""
        if self.keys and self.keys[-1][:2] == here:
            self.keys.pop()
        self.keys.append((*here, key))

    def _set_meter(self, numerator: int, denominator: int) -> None:
        if 1 <= numerator <= 255 and denominator in (1, 2, 4, 8, 16, 32, 64):
            self.meter = (numerator, denominator)
            self.measures[-1].meter = self.meter

    def _reshape(self, tokens: list[str], where: str) -> None:
        """Set the spines after a line of path signs."""
        result: list[Spine] = []
        crossed: Spine | None = None
        joined = self._joined(tokens, where)
        for at, (spine, token) in enumerate(zip(self.spines, tokens, strict=True)):
            if at in joined:
                result[-1].end = max(result[-1].end, spine.end)
            elif token == "*^":
                result += [spine, replace(spine, voice=self._free_voice(spine, result))]
            elif token == "*x" and crossed is not None:
                result.insert(next(at for at, other in enumerate(result) if other is crossed), spine)
                crossed = None
            elif token == "*+":
                result += [spine, Spine(None)]
            elif token.startswith("**"):
                is_music = token == "**kern"
                result.append(Spine(len(self.lines) if is_music else None, end=self.now))
                self.lines += [Line()] if is_music else []
            elif token != "*-":
                crossed = spine if token == "*x" else crossed
                result.append(spine)
        if len(result) > MAX_SPINES:
            raise LimitError("too many spines", where=where, expected=f"at most {MAX_SPINES}")
        self.spines = result

    def _joined(self, tokens: list[str], where: str) -> set[int]:
        """Return the columns that join (*v) the one before them.

        They are the voices of a part, or all that are marked if a part has only one of these.
        """
        result: set[int] = set()
        marked = groupby(range(len(tokens)), key=lambda at: tokens[at] == "*v")
        for run in (list(columns) for is_join, columns in marked if is_join):
            parts = [list(columns) for _, columns in groupby(run, key=lambda at: self.spines[at].part)]
            if len(run) > 1 and min(map(len, parts)) == 1 and len(parts) > 1:
                repair("spines of several parts join", strict=self.strict, where=where)
                parts = [run]
            result.update(at for columns in parts for at in columns[1:])
        return result

    def _free_voice(self, spine: Spine, others: list[Spine]) -> int:
        """Return the lowest number that no spine of the same part has."""
        taken = {other.voice for other in [*self.spines, *others] if other.part == spine.part}
        return next(number for number in range(len(taken) + 1) if number not in taken)


def _is_grace(token: str) -> bool:
    return "q" in token or "Q" in token


def _units(lines: Iterable[str]) -> int:
    """Return the units to a quarter that hold all durations written.

    Durations that do not fit below a limit will be rounded.
    """
    data = {line for line in lines if line[:1] not in ("!", "*", "=")}
    written = {(number, signs.count(".")) for line in data for number, signs in _DURATIONS.findall(line)}
    result = 1
    for length in filter(None, (_length(number + "." * dots) for number, dots in sorted(written))):
        common = lcm(result, length.denominator)
        result = common if common <= MAX_UNITS else result
    return result


@lru_cache(4096)
def _length(token: str) -> Fraction | None:
    """Parse a duration in quarters: 4 a quarter, 8. a dotted eighth, 0 a breve.

    12 is a triplet's eighth, 3%2 two thirds of a whole note.

    >>> [str(_length(token)) for token in ("4c", "8.dd", "8dd.", "12e", "0F", "3%2g", "c")]
    ['1', '3/4', '3/4', '1/3', '8', '8/3', 'None']
    """
    match = _RECIP.search(token)
    if not match or len(match[1]) > 6 or len(match[2] or "") > 6:
        return None
    number, times, dots = int(match[1]), int(match[2] or 1), min(token.count("."), 8)
    base = Fraction(4 * times, number) if number else Fraction(4 * 2 ** min(len(match[1]), 3))
    return base * (2 - Fraction(1, 2**dots)) if base else None


@lru_cache(4096)
def _pitch(token: str) -> int | None:
    """Parse a pitch: c is middle C, cc an octave above, C one below it, CC two.

    >>> [_pitch(token) for token in ("4c", "8cc#", "2BB-", "C")]
    [60, 73, 46, 48]
    """
    match = _NOTE.search(token)
    if match is None or len(match[1]) > 6 or len(set(match[1])) > 1:
        return None
    letter, octaves = match[1][0], len(match[1])
    base = 60 + 12 * (octaves - 1) if letter.islower() else 48 - 12 * (octaves - 1)
    signs = match[2] or ""
    pitch = base + STEPS[letter.lower()] + signs.count("#") - signs.count("-")
    return pitch if 0 <= pitch <= 127 else None


def _key(match: "re.Match[str]", signature: int) -> tuple[int, str]:
    """Return fifths and mode of a key such as *G:, *g: or *d:dor."""
    mode = _CHURCH.get(match[3] or "", "major" if match[1].isupper() else "minor")
    tonic = name_to_fifths(match[1].upper() + match[2].replace("-", "b"))
    fifths = tonic - {7: 1, 2: 2, 9: 3, 4: 4, 11: 5, 0: 0, 5: -1}[MODES[mode]]
    return (fifths if -7 <= fifths <= 7 else max(min(signature, 7), -7)), mode
