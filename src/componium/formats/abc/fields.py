"""Fields of an ABC tune: K: key, M: meter, L: unit, Q: tempo, P: parts.

Source: the ABC music standard 2.1 (abcnotation.com). Each function takes the text after the colon, without comment.
"""

import html
import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

from componium.music.chords import NO_CHORD
from componium.music.pitch import LINE_OF_FIFTHS
from componium.music.provenance import PROVENANCE
from componium.music.score import MODES

MAX_PARTS = 1000
MAX_VOICES = 200  # of a tune
MAX_FIELD = 200  # characters of a meter or tempo that are looked at
_MODE_WORDS = {
    "": "major", "m": "minor", "min": "minor", "aeo": "minor", "maj": "major", "ion": "major",
    **{mode[:3]: mode for mode in MODES},
}  # fmt: skip
INFO = {  # letter of a field -> its name in Score.info
    "C": "composer", "R": "rhythm", "S": "source", "B": "book", "X": "number", "Z": "transcriber", "O": "origin",
    "A": "area", "D": "recording", "N": "notes",
}  # fmt: skip
DIRECTIVES = {  # directive -> its name in Score.info
    "%%abc-copyright ": "rights", "%%componium-provenance ": PROVENANCE,
}  # fmt: skip
SHARPS_ABOVE = {"major": 0, "minor": 3, "dorian": 2, "phrygian": 4, "lydian": -1, "mixolydian": 1, "locrian": 5}
_ALTERS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    ";": "\u0328", ",": "\u0327", "c": "\u0327", "u": "\u0306", "v": "\u030c", "H": "\u030b",
}  # fmt: skip
_LETTERS = {
    "AA": "Å", "aa": "å", "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "ss": "ß", "DH": "Ð", "dh": "ð", "TH": "Þ",
    "th": "þ", "/O": "Ø", "/o": "ø", "/D": "Đ", "/d": "đ", "/L": "Ł", "/l": "ł",
}  # fmt: skip
_CLEF = re.compile(r"\bclef\s*=|\b(?:treble|bass|alto|tenor|perc)\b")
_SIGNS = str.maketrans("♭♯", "b#")


class Shift(NamedTuple):
    """Semitones by which a field moves notes: its clef, and octave= or transpose=.

    None where the field doesn't state it.
    """

    clef: int | None
    steps: int | None


class KeyField(NamedTuple):
    """Content of a K: field: key, altered letters, transposition.

    The key is None where the field has a clef alone.
    """

    key: tuple[int, str] | None
    alters: dict[str, int]
    shift: Shift


def key(text: str) -> KeyField | None:
    """Parse a key such as "G", "Ador", "F# minor", "D =c" or "none"; None if none.

    >>> key("E dor").key, key("Bb").alters, key("D mix ^g clef=alto").alters
    ((2, 'dorian'), {'B': -1, 'E': -1}, {'F': 1, 'G': 1})
    """
    text = text.strip()
    shift = transposition(text)
    if text.lower() in ("", "none"):
        return KeyField((0, "major"), {}, shift)
    if re.match(r"H[Pp]?\b", text):  # Highland pipes: F and C are sharp, whether the staff shows it or not
        return KeyField((2, "mixolydian"), signature(2), shift)
    match = re.match(r"([A-G])([#b♯♭]?)\s*([A-Za-z]*)", text)
    if re.match(r"[a-z]+\s*=|treble|bass|alto|tenor|perc", text):
        return KeyField(None, {}, shift)
    if not match:
        return None
    mode = "major" if match[3] == "M" else _MODE_WORDS.get(match[3][:3].lower(), "major")
    tonic = LINE_OF_FIFTHS.index(match[1]) - 1 + {"": 0, "#": 7, "♯": 7, "b": -7, "♭": -7}[match[2]]
    fifths = tonic - SHARPS_ABOVE[mode]
    alters = signature(fifths)
    if "exp" in text.lower():
        alters = {}
    for sign, letter in re.findall(r"(?<![a-z])(\^\^|\^|__|_|=)([A-Ga-g])\b", text):
        alters[letter.upper()] = _ALTERS[sign]
    return KeyField((fifths - 12 * (fifths > 7) + 12 * (fifths < -7), mode), alters, shift)


def signature(fifths: int) -> dict[str, int]:
    """Return the letters that a key signature alters, and by how much.

    Beyond seven fifths some are altered doubly.
    """
    result: dict[str, int] = {}
    for place in range(abs(fifths)):
        letter = LINE_OF_FIFTHS[place % 7] if fifths > 0 else LINE_OF_FIFTHS[6 - place % 7]
        result[letter] = result.get(letter, 0) + (1 if fifths > 0 else -1)
    return result


def transposition(text: str) -> Shift:
    """Return the semitones by which a K: or V: field transposes.

    >>> transposition("C clef=treble-8"), transposition("G octave=1"), transposition("D")
    (Shift(clef=-12, steps=None), Shift(clef=None, steps=12), Shift(clef=None, steps=None))
    """
    octave = re.search(r"\boctave\s*=\s*(-?\d)\b", text)
    steps = re.search(r"\btranspose\s*=\s*(-?\d{1,2})\b", text)
    eighth = re.search(r"([+-])8(?:va|vb)?\b", text)
    clef = {"+": 12, "-": -12}[eighth[1]] if eighth else 0 if _CLEF.search(text) else None
    total = (12 * int(octave[1]) if octave else 0) + (int(steps[1]) if steps else 0)
    return Shift(clef, total if octave or steps else None)


def chord_symbol(text: str) -> str:
    """Return a chord symbol with # and b for the signs of music, and N.C. in one form.

    >>> chord_symbol("Em7♭5"), chord_symbol("NC")
    ('Em7b5', 'N.C.')
    """
    text = text.translate(_SIGNS)
    return NO_CHORD if text in ("NC", "N.C", "n.c.") else text


def meter(text: str) -> tuple[int, int] | None:
    """Parse a meter such as "6/8", "C|", "2+3/8"; None for a free one.

    Raises ValueError if it can't be parsed.

    >>> meter("C|"), meter("(2+3)/8"), meter("none")
    ((2, 2), (5, 8), None)
    """
    text = text.strip().rstrip("]").strip()
    if text in ("C", "c"):
        return 4, 4
    if text in ("C|", "c|", "C|C|"):
        return 2, 2
    if text.lower() in ("", "none", "free", "frei"):
        return None
    match = re.search(r"\(?(\d{1,3}(?:\s*\+\s*\d{1,3}){0,20})\)?\s*/\s*(\d{1,3})", text[:MAX_FIELD])
    top = sum(int(part) for part in re.findall(r"\d+", match[1])) if match else 0
    if not match or not 1 <= top <= 255 or int(match[2]) not in (1, 2, 4, 8, 16, 32, 64, 128):
        raise ValueError(text)
    return top, int(match[2])


def unit(text: str) -> Fraction | None:
    """Parse the unit length, in quarters ("1/8" is 1/2); None if it can't be parsed."""
    match = re.match(r"\s*(\d{1,3})\s*(?:/\s*(\d{1,4}))?", text)
    if not match or not int(match[1]) or (match[2] and not int(match[2])):
        return None
    return Fraction(4 * int(match[1]), int(match[2] or 1))


def default_unit(meter: tuple[int, int] | None) -> Fraction:
    """Return the unit where no L: is given, in quarters.

    It is a sixteenth in meters below 3/4, else an eighth.
    """
    return Fraction(1, 4) if meter and Fraction(*meter) < Fraction(3, 4) else Fraction(1, 2)


def tempo(text: str, unit: Fraction) -> float | None:
    """Parse a tempo such as "1/4=120", "3/8=96 slow" or "C=100" (unit notes), in qpm.

    A bare number counts quarters. None if it can't be parsed.
    """
    text = re.sub(r'"[^"]*"', "", text)
    match = re.search(r"(C?[\d/ ]*)=\s*(\d{1,4}(?:\.\d{1,3})?)", text[:MAX_FIELD])
    if match:
        fractions = re.findall(r"(\d{1,3})/(\d{1,3})", match[1])
        notes = [Fraction(4 * int(top), int(below)) for top, below in fractions if int(below)]
        qpm = float(match[2]) * float(sum(notes) or unit)
    else:
        bare = re.fullmatch(r"\s*(\d{1,4})\s*", text)
        qpm = float(bare[1]) if bare else 0.0
    return qpm if 1 <= qpm <= 100_000 else None


def parts(text: str) -> str:
    """Return the order of parts, written out: "A2(BC)2" is "AABCBC".

    It is cut at 1,000 parts.
    """
    stack = [""]
    for token in re.findall(r"[A-Z]|\(|\)\d{0,2}|\d{1,2}", text):
        if token == "(":
            stack.append("")
        elif token[0] == ")":
            inner = stack.pop() * int(token[1:] or 1)
            stack = stack or [""]
            stack[-1] += inner
        elif token.isdigit():
            stack[-1] += stack[-1][-1:] * (int(token) - 1)
        else:
            stack[-1] += token
        stack[-1] = stack[-1][:MAX_PARTS]
    return "".join(stack)[:MAX_PARTS]


def plain(text: str) -> str:
    r"""Replace ABC's accents (\'e, \c{c}, \ss, &eacute;, \u00e9) by letters.

    >>> plain(r"Fran\c{c}ois, \AAge, S\/oren, gr\"u\ss")
    'François, Åge, Søren, grüß'
    """
    text = re.sub(r"&#[xX]?[0-9A-Fa-f]{8,};?", "\ufffd", text)  # no letter has so long a number
    text = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), html.unescape(text))
    text = re.sub(r"\\(AA|aa|AE|ae|OE|oe|ss|DH|dh|TH|th|/[OoDdLl])", lambda match: _LETTERS[match[1]], text)
    text = re.sub(r"\\(['`^\"~=.;,cuvH])\{?([A-Za-z])\}?", lambda match: match[2] + _ACCENTS[match[1]], text)
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return text.encode("utf-8", "replace").decode()  # no lone surrogates
