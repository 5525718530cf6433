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
from componium.music.pitch import fifths_to_name, name_to_fifths, name_to_pitch_class, spell

NO_CHORD = "N.C."
KINDS = {  # the kinds of chords, as MusicXML names them, and how each is written behind the root
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "m7", "diminished-seventh": "dim7", "augmented-seventh": "aug7", "half-diminished": "m7b5",
    "major-minor": "m(maj7)", "major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9",
    "minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4", "power": "5",
}  # fmt: skip
KIND_NAMES = {suffix: name for name, suffix in KINDS.items()}
# The qualities to which chords are reduced, with their pitch classes in semitones above the root.
QUALITIES = {
    "": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9), "sus4": (0, 5, 7),
}  # fmt: skip
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


class PlainChord(NamedTuple):
    """Root as a pitch class, and a quality of QUALITIES."""

    root: int
    quality: str

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes of the chord, the root first."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    def name(self, fifths: int = 0) -> str:
        """Return the symbol, its root spelled for a key signature.

        fifths  sharps of the key, or flats if negative; default 0

        >>> PlainChord(10, "m7").name(-3)
        'Bbm7'
        """
        return spell(self.root, fifths) + self.quality


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


def reduce_symbol(text: str) -> PlainChord | None:
    """Return root and nearest quality of a chord symbol, None if it has no root.

    Extensions, alterations and the bass are left out: a ninth is a seventh chord, a sixth a triad.

    >>> reduce_symbol("F#m7(b9)/E"), reduce_symbol("B♭6/9"), reduce_symbol("N.C.")
    (PlainChord(root=6, quality='m7'), PlainChord(root=10, quality=''), None)
    """
    symbol = parse_symbol(text.strip().replace("♯", "#").replace("♭", "b"))
    if symbol is None:
        return None
    kind = symbol.kind.replace("(", "").replace(")", "")
    root = name_to_pitch_class(symbol.root)
    altered = "".join(f"{each.accidental}{each.degree}" for each in symbol.alterations if not each.action)
    return PlainChord(root, _quality(kind + altered))


# What the text behind a root begins with or contains, and the quality it is reduced to; the first that fits counts.
_QUALITY_PATTERNS = [(re.compile(pattern), quality) for pattern, quality in (
    (r"(dim|o|°)7", "dim7"),
    (r"(ø|half-?dim|(min|mi|m|-)7-?b5)", "m7b5"),
    (r"(dim|o|°)", "dim"),
    (r"(aug|\+)", "aug"),
    (r"(min|mi|m|-)-?(maj|M|Δ)", "m"),
    (r"sus", "sus4"),
    (r"(min|mi|m(?!aj)|-).*?(?<!add)(?<!#)(?<!b)(7|9|11|13)", "m7"),
    (r"(min|mi|m(?!aj)|-)", "m"),
    (r"(maj|M|Δ|ma)(7|9|11|13)|Δ", "maj7"),
    (r"(69|6|add|maj|M|5|2|4)", ""),
    (r".*?(7|9|11|13)", "7"),
)]  # fmt: skip


def _quality(kind: str) -> str:
    """Return the quality of QUALITIES nearest to the text behind a root."""
    return next((quality for pattern, quality in _QUALITY_PATTERNS if pattern.match(kind)), "")


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
