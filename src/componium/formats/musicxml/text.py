"""Text of MusicXML elements: numbers, pitches, meters; None if unreadable."""

import math
import re
from fractions import Fraction
from functools import lru_cache
from xml.etree.ElementTree import Element

from componium.music.pitch import LETTERS

GENERAL_MIDI = "General MIDI"  # the <virtual-library> of parts whose programs were chosen

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what no XML may hold


def clean(text: str) -> str:
    """Return text without control characters, each run of blanks made one."""
    return " ".join(_ILLEGAL.sub("", text).split())


def escape(text: str) -> str:
    """Escape text for an element or an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def get_text(element: Element, path: str) -> str:
    """Return the text at a path, blanks made one, or the empty string."""
    return " ".join((element.findtext(path) or "").split())


@lru_cache(maxsize=4096)
def parse_pitch(step: str | None, alter: str | None, octave: str | None) -> int | None:
    """Return the MIDI pitch of the three parts of a <pitch>, or None.

    Quarter tones are rounded up.
    """
    letter, semitones = LETTERS.get((step or "").strip()), parse_number(alter or "0")
    number = (octave or "").strip()
    if letter is None or semitones is None or abs(semitones) > 12 or not re.fullmatch("[0-9]{1,3}", number):
        return None
    return 12 * (int(number) + 1) + letter + math.floor(semitones + Fraction(1, 2))


def parse_number(text: str | None) -> Fraction | None:
    """Return a decimal number, exact; None if it is none."""
    match = re.fullmatch(r"\s*([+-]?\d{1,9}(?:\.\d{0,9})?|[+-]?\.\d{1,9})\s*", text or "")
    return Fraction(match[1]) if match else None


def parse_integer(text: str | None, default: int) -> int:
    """Return a whole number, or `default` if it is none."""
    match = re.fullmatch(r"\s*([+-]?\d{1,9})\s*", text or "")
    return int(match[1]) if match else default


def parse_beats(text: str | None) -> int:
    """Return the upper number of a meter; a sum ("2+3") is added up."""
    return sum(int(part) for part in re.findall(r"\d{1,3}", text or ""))


def meter_of(tops: list[int], bottoms: list[int]) -> tuple[int, int] | None:
    """Return the sum of several meters ("2/4+3/8" is 7/8), or None if it is none."""
    if not tops or len(tops) != len(bottoms) or any(b not in (1, 2, 4, 8, 16, 32, 64, 128) for b in bottoms):
        return None
    bottom = max(bottoms)
    top = sum(t * bottom // b for t, b in zip(tops, bottoms, strict=True))
    return (top, bottom) if 1 <= top <= 255 and min(tops) > 0 else None
