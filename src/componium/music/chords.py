"""Chord symbols and Roman numerals: parsing, naming and transposition.

>>> symbol = parse_symbol("Bbm7(b9)/F")
>>> symbol.root, symbol.kind, symbol.alterations, symbol.bass
('Bb', 'm7', (Alteration(action='', accidental='b', degree='9'),), 'F')
>>> str(symbol)
'Bbm7(b9)/F'
>>> parse_numeral("vii°6/V")
Numeral(degree=6, is_major=False, fifth='°', figure='6', target=Numeral(degree=4, is_major=True, fifth='', figure='', \
target=None))
"""

import re
from typing import NamedTuple

from componium.errors import ControlError
from componium.music.pitch import fifths_to_name, name_to_fifths

NO_CHORD = "N.C."
KINDS = {  # the kinds of chords, as MusicXML names them, and how each is written behind the root
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "m7", "diminished-seventh": "dim7", "augmented-seventh": "aug7", "half-diminished": "m7b5",
    "major-minor": "m(maj7)", "major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9",
    "minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4", "power": "5",
}  # fmt: skip
KIND_NAMES = {suffix: name for name, suffix in KINDS.items()}
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")

_NOTE = r"[A-G](?:##|bb|[#b]?)"
_SYMBOL = re.compile(rf"({_NOTE})(.*?)(?:/({_NOTE}))?", re.DOTALL)
_ALTERATION = re.compile(r"\((add|no|)([#b]?)(\d{1,2})\)")
_USUAL = re.compile(
    r"N\.C\.|\(?[A-G](?:#|b|♯|♭)?(?:maj|min|m|M|dim|aug|sus|add|no|alt|\+|-|°|o|ø|Δ|\d|b|#|♭|♯|\(|\)|,|/(?=\d))*"
    r"(?:/[A-Ga-g](?:#|b|♯|♭)?)?"
)
_NUMERAL = re.compile(r"(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)([°o+]?)(\d{0,3})")


class Alteration(NamedTuple):
    """Degree added ("add"), left out ("no") or altered (""): "(add9)", "(b5)"."""

    action: str
    accidental: str
    degree: str

    def __str__(self) -> str:
        return f"({self.action}{self.accidental}{self.degree})"


class ChordSymbol(NamedTuple):
    """Chord symbol: root, kind, alterations in brackets, and bass or "".

    The kind is a value of KINDS, or any other text.
    """

    root: str
    kind: str = ""
    alterations: tuple[Alteration, ...] = ()
    bass: str = ""

    def __str__(self) -> str:
        return f"{self.root}{self.kind}{''.join(map(str, self.alterations))}{'/' if self.bass else ''}{self.bass}"


class Numeral(NamedTuple):
    """Roman numeral: a degree (0 to 6) with a major or minor third.

    `fifth` is "°" (diminished), "+" (augmented) or ""; `figure` is that of the bass, such as "6"; `target` is the
    numeral behind the stroke, which an applied chord leads to.
    """

    degree: int
    is_major: bool
    fifth: str = ""
    figure: str = ""
    target: "Numeral | None" = None

    def __str__(self) -> str:
        name = ROMAN[self.degree] if self.is_major else ROMAN[self.degree].lower()
        return name + self.fifth + self.figure + (f"/{self.target}" if self.target else "")


def parse_symbol(text: str) -> ChordSymbol | None:
    """Parse a chord symbol such as "Am7" or "C7(b9)/E"; None if it has no root.

    Brackets are alterations only behind a kind that is known (a value of KINDS); else they are part of the kind.
    """
    match = _SYMBOL.fullmatch(text)
    if not match:
        return None
    root, rest, bass = match.groups("")
    kind = _ALTERATION.sub("", rest)
    if not rest.startswith(kind) or kind not in KIND_NAMES:
        return ChordSymbol(root, rest, bass=bass)
    return ChordSymbol(root, kind, tuple(Alteration(*groups) for groups in _ALTERATION.findall(rest)), bass)


def is_usual_symbol(text: str) -> bool:
    """Return True if a text reads as a chord symbol.

    That is a root and only words and signs that chord symbols have.

    >>> [is_usual_symbol(text) for text in ("F#m7b5/c", "F6/9", "N.C.", "Em7♭5", "Allegro", "C or so")]
    [True, True, True, True, False, False]
    """
    return _USUAL.fullmatch(text) is not None


def transpose_name(name: str, semitones: int) -> str:
    """Return a note name moved by semitones, respelled by as few fifths as that takes.

    >>> transpose_name("Bb", 2), transpose_name("F#", -1)
    ('C', 'E#')
    """
    return fifths_to_name(name_to_fifths(name) + (7 * semitones + 5) % 12 - 5)


def parse_numeral(text: str) -> Numeral:
    """Parse a Roman numeral such as "ii", "V6", "vii°6" or "V/ii".

    "o" may stand for "°". Raises ControlError if it is none.
    """
    chord, stroke, target = text.partition("/")
    match = _NUMERAL.fullmatch(chord)
    if not match or (stroke and not target):
        expected = "I to VII or i to vii, and behind it °, +, a figure, an applied chord's target: V6, vii°6/V"
        raise ControlError(f"no Roman numeral is written {text!r}", expected=expected)
    name, fifth, figure = match.groups()
    applied = parse_numeral(target) if target else None
    return Numeral(ROMAN.index(name.upper()), name.isupper(), fifth.replace("o", "°"), figure, applied)
