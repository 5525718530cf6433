"""Reading Humdrum **kern: spines, tokens, durations, pitches.

A line is a row of tokens, one a spine; a spine may split in two (*^), two may join (*v), change places (*x), begin (*+)
and end (*-). Of the spines only those of **kern are music. What is read goes into measures and lines (see _measures),
as MusicXML and ABC do.

Source: Huron, *The Humdrum Toolkit: Reference Manual* (1994), **kern; the Humdrum guide of humdrum.org.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from componium.errors import LimitError
from componium.formats._measures import TIE_START, TIE_STOP, Line, Measure
from componium.formats._mend import mend
from componium.pitch import name_to_fifths
from componium.score import MODES

MAX_SPINES = 256
SHARPS, FLATS = "fcgdaeb", "beadgcf"
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_NOTE = re.compile(r"([a-g]+|[A-G]+)(#+|-+|n)?")
_RECIP = re.compile(r"(\d+)(?:%(\d+))?(\.*)")
_KEY = re.compile(r"\*([A-Ga-g])([#-]?):(dor|phr|lyd|mix|loc|ion|aeo)?$")
_CHURCH = {"dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian", "ion": "major",
           "aeo": "minor"}


@dataclass
class Spine:
    """One column: its part (None if it isn't music), its voice in it, and where its last note ends."""

    part: int | None
    voice: int = 0
    end: Fraction = Fraction(0)


@dataclass
class Reader:
    """Reads the lines of one piece; fills `measures`, `lines`, `keys`, `tempos`, `title`, `info`."""

    strict: bool
    spines: list[Spine] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=lambda: [Measure(meter=None)])
    lines: list[Line] = field(default_factory=list)
    keys: list[tuple[int, Fraction, tuple[int, str]]] = field(default_factory=list)
    tempos: list[tuple[int, Fraction, float]] = field(default_factory=list)
    title: str = ""
    info: dict[str, str] = field(default_factory=dict)
    bar_line: Fraction = Fraction(0)
    meter: tuple[int, int] | None = None
    signature: int = 0

    @property
    def now(self) -> Fraction:
        """Where the music has got to."""
        return max((spine.end for spine in self.spines if spine.part is not None), default=self.bar_line)

    def read(self, numbered: Iterator[tuple[int, str]]) -> None:
        """All lines of the piece."""
        for number, line in numbered:
            if line.startswith("!!"):
                self._reference(line)
            elif line and not line.startswith("!"):
                self._row(line.split("\t"), f"line {number}")
        self._close(backward=False)

    def _reference(self, line: str) -> None:
        found = re.match(r"!!!(OTL|COM)(?:@+\w+)?:\s*(.*\S)", line)
        if found and found[1] == "OTL":
            self.title = self.title or found[2]
        elif found:
            self.info.setdefault("composer", found[2])

    def _row(self, tokens: list[str], where: str) -> None:
        if tokens[0].startswith("**"):
            self._begin(tokens)
            return
        if len(tokens) != len(self.spines):
            mend(f"{len(tokens)} tokens for {len(self.spines)} spines", strict=self.strict, where=where)
            tokens = (tokens + ["."] * len(self.spines))[: len(self.spines)]
        first = next((token for token in tokens if token), ".")
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
        sounding = [spine.end for spine, token in zip(self.spines, tokens, strict=True)
                    if spine.part is not None and token != "." and not _is_grace(token)]
        at = min(sounding, default=Fraction(0))
        if any(end != at for end in sounding):
            mend("notes of one line that don't begin together", strict=self.strict, where=where)
            at = max(sounding)
        for spine, token in zip(self.spines, tokens, strict=True):
            if spine.part is not None and token not in (".", "") and not _is_grace(token):
                spine.end = at
                self._notes(spine, token, where)

    def _notes(self, spine: Spine, token: str, where: str) -> None:
        """The notes of one token: several, separated by spaces, are a chord."""
        length: Fraction | None = None
        for part in token.split(" "):
            length = _length(part) or length
            if length is None:
                mend(f"a note without a duration: {part[:20]!r}", strict=self.strict, where=where)
                return
            found = _NOTE.search(part)
            pitch = None if "r" in part else _pitch(found)
            if pitch is not None and spine.part is not None:
                tie = TIE_START * any(sign in part for sign in "[_") | TIE_STOP * any(sign in part for sign in "]_")
                row = (len(self.measures) - 1, spine.end - self.bar_line, length, pitch, 0, spine.voice, tie)
                self.lines[spine.part].rows.append(row)
            elif pitch is None and "r" not in part:
                mend(f"neither a note nor a rest: {part[:20]!r}", strict=self.strict, where=where)
        if length is not None:
            spine.end += length

    def _bar(self, tokens: list[str]) -> None:
        signs = tokens[0]
        if self.now > self.bar_line:
            self._close(backward=":|" in signs or ":!" in signs)
        elif ":|" in signs or ":!" in signs:
            self.measures[max(len(self.measures) - 2, 0)].backward = 2
        if "|:" in signs or "!:" in signs:
            self.measures[-1].forward = True

    def _close(self, *, backward: bool) -> None:
        """The measure ends here; all spines go on together."""
        now = self.now
        self.measures[-1].length = now - self.bar_line
        self.measures[-1].backward = 2 if backward else 0
        self.measures.append(Measure(meter=self.meter))
        self.bar_line = now
        for spine in self.spines:
            spine.end = now

    def _interpret(self, tokens: list[str], where: str) -> None:
        for spine, token in zip(self.spines, tokens, strict=True):
            if spine.part is not None:
                self._say(spine.part, token)
        if any(token in ("*^", "*v", "*x", "*+", "*-") or token.startswith("**") for token in tokens):
            self._reshape(tokens, where)

    def _say(self, part: int, token: str) -> None:
        """Metre, key, tempo, instrument."""
        here = len(self.measures) - 1, self.now - self.bar_line
        if found := re.fullmatch(r"\*M(\d+)/(\d+)", token):
            self._say_meter(int(found[1]), int(found[2]))
        elif found := re.fullmatch(r"\*k\[((?:[a-g][#n-]*)*)\]", token):
            self.signature = found[1].count("#") - found[1].count("-")
            self._say_key(here, (max(min(self.signature, 7), -7), "major"))
        elif found := _KEY.match(token):
            self._say_key(here, _key(found, self.signature))
        elif found := re.fullmatch(r"\*MM(\d+(?:\.\d+)?).*", token):
            if 1 <= float(found[1]) <= 1000 and not (self.tempos and self.tempos[-1][:2] == here):
                self.tempos.append((*here, float(found[1])))
        elif token.startswith('*I"'):
            self.lines[part].name = token[3:].strip()

    def _say_key(self, here: tuple[int, Fraction], key: tuple[int, str]) -> None:
        """A signature, or the key that says more, in the same place."""
        if self.keys and self.keys[-1][:2] == here:
            self.keys.pop()
        self.keys.append((*here, key))

    def _say_meter(self, numerator: int, denominator: int) -> None:
        if 1 <= numerator <= 255 and denominator in (1, 2, 4, 8, 16, 32, 64):
            self.meter = (numerator, denominator)
            self.measures[-1].meter = self.meter

    def _reshape(self, tokens: list[str], where: str) -> None:
        """The spines after a line of path signs."""
        result: list[Spine] = []
        joining: Spine | None = None
        crossed: Spine | None = None
        for spine, token in zip(self.spines, tokens, strict=True):
            last, joining = joining, spine if token == "*v" else None
            if token == "*v" and last is not None and last.part == spine.part:
                result[-1].end = max(result[-1].end, spine.end)
            elif token == "*^":
                result += [spine, replace(spine, voice=self._free_voice(spine, result))]
            elif token == "*x" and crossed is not None:
                result.insert(result.index(crossed), spine)
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

    def _free_voice(self, spine: Spine, others: list[Spine]) -> int:
        """The lowest number that no spine of the same part has."""
        taken = {other.voice for other in [*self.spines, *others] if other.part == spine.part}
        return next(number for number in range(len(taken) + 1) if number not in taken)


def _is_grace(token: str) -> bool:
    return "q" in token or "Q" in token


def _length(token: str) -> Fraction | None:
    """A duration in quarters: 4 a quarter, 8. a dotted eighth, 12 a triplet's, 0 a breve, 3%2 two thirds of a whole.

    >>> [str(_length(token)) for token in ("4c", "8.dd", "12e", "0F", "3%2g", "c")]
    ['1', '3/4', '1/3', '8', '8/3', 'None']
    """
    found = _RECIP.search(token)
    if not found or len(found[1]) > 6 or len(found[2] or "") > 6:
        return None
    number, times, dots = int(found[1]), int(found[2] or 1), min(len(found[3]), 8)
    base = Fraction(4 * times, number) if number else Fraction(4 * 2 ** min(len(found[1]), 3))
    return base * (2 - Fraction(1, 2**dots)) if base else None


def _pitch(found: "re.Match[str] | None") -> int | None:
    """c is middle C, cc an octave above, C one below it, CC two.

    >>> [_pitch(_NOTE.search(name)) for name in ("c", "cc#", "BB-", "C")]
    [60, 73, 46, 48]
    """
    if found is None or len(found[1]) > 6 or len(set(found[1])) > 1:
        return None
    letter, octaves = found[1][0], len(found[1])
    base = 60 + 12 * (octaves - 1) if letter.islower() else 48 - 12 * (octaves - 1)
    signs = found[2] or ""
    pitch = base + STEPS[letter.lower()] + signs.count("#") - signs.count("-")
    return pitch if 0 <= pitch <= 127 else None


def _key(found: "re.Match[str]", signature: int) -> tuple[int, str]:
    """Fifths and mode of a key such as *G:, *g: or *d:dor."""
    mode = _CHURCH.get(found[3] or "", "major" if found[1].isupper() else "minor")
    tonic = name_to_fifths(found[1].upper() + found[2].replace("-", "b"))
    fifths = tonic - {7: 1, 2: 2, 9: 3, 4: 4, 11: 5, 0: 0, 5: -1}[MODES[mode]]
    return (fifths if -7 <= fifths <= 7 else max(min(signature, 7), -7)), mode
