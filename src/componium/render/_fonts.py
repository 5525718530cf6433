"""Fonts for text of any script in figures.

Where the default font lacks a letter, an installed font that has it is named after the default; matplotlib then falls
back letter by letter.
"""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any
from unicodedata import east_asian_width

DEFAULT_FONT = "DejaVu Sans"  # comes with matplotlib, so pictures look alike everywhere
# Tried before all others: plain faces with many scripts each.
_BROAD = ("noto sans cjk", "source han sans", "hiragino", "yu gothic", "microsoft yahei", "pingfang", "wenquanyi",
          "droid sans fallback", "arial unicode", "noto sans", "unifont")  # fmt: skip
_MOST_FONTS = 1500  # searched for a rare letter; each takes about a millisecond, once


def plain(text: str, most: int = 120) -> str:
    """Return a text as one line, of the width of `most` narrow letters at most.

    Control characters are dropped.

    >>> plain("A\\x00 long\\ntitle", most=8)
    'A long…'
    >>> plain("空の譜面", most=6)
    '空の…'
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * most]).split())
    ends = list(accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in line))
    return line if not ends or ends[-1] <= most else line[: bisect_right(ends, most - 1)].rstrip() + "…"


def text_style(text: str) -> dict[str, Any]:
    """Return matplotlib's options for a text that a person wrote.

    It is set in fonts that have its letters, and never as formulas.
    """
    return {"family": list(fonts_for(text)), "parse_math": False}


def fonts_for(text: str) -> tuple[str, ...]:
    """Return the default font, and the installed fonts that add the missing letters.

    >>> fonts_for("Gavotte")
    ('DejaVu Sans',)
    """
    return _chosen(text)[0]


def without_font(text: str) -> set[str]:
    """Return the letters of a text that no installed font has."""
    return set(_chosen(text)[1])


@cache
def _chosen(text: str) -> tuple[tuple[str, ...], str]:
    """Return the fonts for a text, and the letters that none of them has."""
    from matplotlib.font_manager import findfont

    missing = {ord(letter) for letter in text if not letter.isspace()} - _letters(findfont(DEFAULT_FONT))
    chosen = [DEFAULT_FONT]
    for name, path in _installed() if missing else ():
        if missing & _letters(path):
            chosen.append(name)
            missing -= _letters(path)
        if not missing:
            break
    return tuple(chosen), "".join(map(chr, sorted(missing)))


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    """Return family and file of the upright, regular fonts: broad ones first."""
    from matplotlib.font_manager import fontManager

    upright = {(font.name, font.fname) for font in fontManager.ttflist if font.style == "normal" and _regular(font)}
    return tuple(sorted(upright, key=lambda font: (_breadth(font[0]), font))[:_MOST_FONTS])


def _regular(font: Any) -> bool:
    """Return True for a face of regular weight that has letters.

    A font of last resort has only boxes.
    """
    return font.weight in (400, "normal", "regular", "book", "medium", 500) and "Last Resort" not in font.name


def _breadth(name: str) -> int:
    return next((at for at, broad in enumerate(_BROAD) if name.lower().startswith(broad)), len(_BROAD))


@cache
def _letters(path: str) -> frozenset[int]:
    """Return the letters that a font file has; none if it can't be opened.

    It may have been deleted since fonts were listed.
    """
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def style_texts(texts: Iterable[Any]) -> None:
    """Style texts that are already drawn (a legend's) as `text_style` has it."""
    for text in texts:
        text.set_family(list(fonts_for(text.get_text())))
        text.set_parse_math(False)
