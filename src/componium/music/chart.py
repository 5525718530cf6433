"""Chord charts: bars of chord symbols or Roman numerals, as people write them.

A bar line is "|" or a new line. In a line with brackets the chords stand in these, and all else is lyrics, as in
ChordPro. Several chords share their bar evenly; "%" repeats the bar before.

>>> str(parse_chart("C | Am F | % | G7"))
'C | Am F | Am F | G7'
>>> str(parse_chart("[Dm]Greensleeves was [C]all my joy"))
'Dm C'
"""

import re
from dataclasses import dataclass

from componium.errors import ControlError
from componium.music.chords import NO_CHORD, ROMAN, PlainChord, is_usual_symbol, parse_symbol, reduce_symbol
from componium.music.events import Key
from componium.music.theory import DEGREES

REPEAT = "%"
_SAME_KIND = {
    "M": "", "maj": "", "min": "m", "mi": "m", "-": "m", "+": "aug", "o": "dim", "°": "dim", "min7": "m7", "mi7": "m7",
    "-7": "m7", "M7": "maj7", "ma7": "maj7", "Δ": "maj7", "Δ7": "maj7", "ø": "m7b5", "ø7": "m7b5", "-7b5": "m7b5",
    "min7b5": "m7b5", "o7": "dim7", "°7": "dim7", "sus": "sus4",
}  # fmt: skip
_NUMERAL = re.compile(r"([#b♯♭]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)([°oø+]?)(maj7|M7|\d{0,3})(?:/(.+))?")
_SEVENTHS = ("7", "65", "43", "42", "2")  # figures of a seventh chord, by its bass
_FIGURES = ("", "6", "64", *_SEVENTHS, "9", "11", "13", "maj7", "M7")


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of chords, each a text that `chord_in` reads."""

    bars: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return " | ".join(" ".join(bar) for bar in self.bars)

    def simplified(self) -> dict[str, str]:
        """Return the chords that lose something, each with the nearest quality.

        >>> parse_chart("C9 | F/A | G7 | I6").simplified()
        {'C9': 'C7', 'F/A': 'F', 'I6': 'I'}
        """
        found = {}
        for text in dict.fromkeys(text for bar in self.bars for text in bar):
            if (plain := _simplified(text)) != text:
                found[text] = plain
        return found


def parse_chart(text: str) -> Chart:
    """Parse a chart. Raises ControlError, with the bar, for what is no chord."""
    bars: list[tuple[str, ...]] = []
    for words in filter(None, _bars_of(text)):
        where = f"bar {len(bars) + 1}"
        if words == [REPEAT] and bars:
            bars.append(bars[-1])
            continue
        for word in words:
            if not _is_chord(word):
                raise ControlError(f"no chord is written {word!r}", where=where,
                                   expected="a symbol such as Am7, a numeral such as V7, N.C. or %")
        bars.append(tuple(words))
    if not bars:
        raise ControlError(f"chords={text!r}", expected='bars of chords, such as "C | Am F | G7 | C"')
    return Chart(tuple(bars))


def _bars_of(text: str) -> list[list[str]]:
    """Return the words of each bar."""
    bars: list[list[str]] = []
    for line in text.splitlines():
        inside = re.findall(r"\[([^\[\]|]*)\]", line)
        bars += [[word.strip() for word in inside]] if inside else [bar.split() for bar in line.split("|")]
    return bars


def _is_chord(word: str) -> bool:
    numeral = _NUMERAL.fullmatch(word)
    if numeral:
        return numeral[4] in _FIGURES and (numeral[5] is None or _NUMERAL.fullmatch(numeral[5]) is not None)
    return word in (NO_CHORD, "NC") or is_usual_symbol(word)


def chord_in(text: str, key: Key) -> PlainChord | None:
    """Return the chord of a symbol, or of a numeral in a key; None for no chord.

    A numeral of capitals with a 7 is a dominant seventh chord; "Imaj7" is written out. In minor the numerals vi° and
    vii° are those of the raised degrees.

    >>> from componium.music.pitch import parse_key
    >>> [chord_in(text, parse_key("A minor")).name() for text in ("i", "iv6", "V7", "vii°7", "bII", "V/V", "Dm9")]
    ['Am', 'Dm', 'E7', 'G#dim7', 'Bb', 'B', 'Dm7']
    """
    numeral = _NUMERAL.fullmatch(text)
    if numeral is None:
        return reduce_symbol(text)
    accidental, name, fifth, figure, target = numeral.groups("")
    tonic, mode = key.tonic, key.mode
    if target:
        goal = chord_in(target, key)
        tonic, mode = (goal.root, "minor" if goal.quality == "m" else "major") if goal else (tonic, mode)
    degree = ROMAN.index(name.upper())
    step = DEGREES[mode][degree]
    if mode == "minor" and degree in (5, 6) and fifth in ("°", "o", "ø") and not accidental:
        step += 1
    shift = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(accidental, 0)
    if accidental and mode != "major":  # an accidental is relative to the major scale: bII, bVII
        step = DEGREES["major"][degree]
    return PlainChord((tonic + step + shift) % 12, _quality(name.isupper(), fifth, figure))


def _quality(is_major: bool, fifth: str, figure: str) -> str:
    """Return the quality of a numeral."""
    if fifth == "ø":
        return "m7b5"
    has_seventh = figure in _SEVENTHS or figure in ("9", "11", "13")
    if fifth in ("°", "o"):
        return "dim7" if has_seventh else "dim"
    if fifth == "+":
        return "aug"
    if figure in ("maj7", "M7") and is_major:
        return "maj7"
    return ("7" if has_seventh else "") if is_major else ("m7" if has_seventh else "m")


def _simplified(text: str) -> str:
    """Return a chord reduced to its quality; the text itself if it loses nothing."""
    numeral = _NUMERAL.fullmatch(text)
    if numeral:
        accidental, name, fifth, figure, target = numeral.groups("")
        kept = {"9": "7", "11": "7", "13": "7", "6": "", "64": "", "65": "7", "43": "7", "42": "7", "2": "7"}
        figure = kept.get(figure, figure)
        if (fifth == "+" and figure) or (figure in ("maj7", "M7") and not name.isupper()):
            figure = ""
        return f"{accidental}{name}{fifth}{figure}{'/' + target if target else ''}"
    symbol, plain = parse_symbol(text.replace("♯", "#").replace("♭", "b")), reduce_symbol(text)
    if symbol is None or plain is None:
        return text
    if _SAME_KIND.get(symbol.kind, symbol.kind) == plain.quality and not (symbol.alterations or symbol.bass):
        return text
    return symbol.root + plain.quality
