"""What stands in the elements of MusicXML as text: numbers, pitches, metres; and nothing where it can't be read."""

import math
import re
from fractions import Fraction
from functools import lru_cache
from xml.etree.ElementTree import Element

from componium.music.pitch import LETTERS

GENERAL_MIDI = "General MIDI"  # the <virtual-library> of parts whose programs are meant

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what no XML may hold


def clean(text: str) -> str:
    """Text as a file can carry it and a reader finds it: without control characters, blanks made one."""
    return " ".join(_ILLEGAL.sub("", text).split())


def escape(text: str) -> str:
    """Text as it stands in an element or an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def get_text(element: Element, path: str) -> str:
    """The text at a path, blanks made one, or the empty string."""
    return " ".join((element.findtext(path) or "").split())


@lru_cache(maxsize=4096)
def parse_pitch(step: str | None, alter: str | None, octave: str | None) -> int | None:
    """The MIDI pitch of the three parts of a <pitch>; quarter tones are rounded up; None if it can't be read."""
    letter, semitones = LETTERS.get((step or "").strip()), parse_number(alter or "0")
    number = (octave or "").strip()
    if letter is None or semitones is None or abs(semitones) > 12 or not re.fullmatch("[0-9]{1,3}", number):
        return None
    return 12 * (int(number) + 1) + letter + math.floor(semitones + Fraction(1, 2))


def parse_number(text: str | None) -> Fraction | None:
    """A decimal number, exact; None if it isn't one."""
    match = re.fullmatch(r"\s*([+-]?\d{1,9}(?:\.\d{0,9})?|[+-]?\.\d{1,9})\s*", text or "")
    return Fraction(match[1]) if match else None


def parse_integer(text: str | None, default: int) -> int:
    """A whole number, or `default` if it isn't one."""
    match = re.fullmatch(r"\s*([+-]?\d{1,9})\s*", text or "")
    return int(match[1]) if match else default


def parse_beats(text: str | None) -> int:
    """The upper number of a metre; one that is a sum ("2+3") is added up."""
    return sum(int(part) for part in re.findall(r"\d{1,3}", text or ""))


def meter_of(tops: list[int], bottoms: list[int]) -> tuple[int, int] | None:
    """One metre of several added up ("2/4+3/8" is 7/8), or None if that isn't one."""
    if not tops or len(tops) != len(bottoms) or any(b not in (1, 2, 4, 8, 16, 32, 64, 128) for b in bottoms):
        return None
    bottom = max(bottoms)
    top = sum(t * bottom // b for t, b in zip(tops, bottoms, strict=True))
    return (top, bottom) if 1 <= top <= 255 and min(tops) > 0 else None
