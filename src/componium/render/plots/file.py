"""Figures as files, and their words: PNG and SVG of the same bytes each time, and letters of any script.

An SVG's words stay words, so they can be searched, and a reader's own fonts show them. A PNG's are drawn here: where
the default font lacks a letter, the fonts installed on the machine are asked for it, and one that has it is named after
the default (matplotlib then falls back letter by letter). Letters that no font has become an ellipsis, and a warning
says which they are.
"""

import io
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any
from unicodedata import east_asian_width

import numpy as np

from componium.errors import ControlError

FIGURE_SUFFIXES = (".png", ".svg")
DEFAULT_FONT = "DejaVu Sans"  # comes with matplotlib, so pictures look alike everywhere
_SALT = "componium"  # what makes the ids inside an SVG the same each time
# Tried before all others: plain faces with many scripts each.
_BROAD = ("noto sans cjk", "source han sans", "hiragino", "yu gothic", "microsoft yahei", "pingfang", "wenquanyi",
          "droid sans fallback", "arial unicode", "noto sans", "unifont")  # fmt: skip
_MOST_FONTS = 1500  # looked into for a rare letter; each takes about a millisecond, once


def render(figure: Any, suffix: str) -> bytes:
    """A matplotlib Figure as a file: ".png" or ".svg". Raises ControlError for another suffix."""
    if suffix not in FIGURE_SUFFIXES:
        raise ControlError(f"no picture is written as {suffix!r}", expected=" or ".join(FIGURE_SUFFIXES))
    if suffix == ".png":
        _leave_out_boxes(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        _settle(figure)
        return _png(figure) if suffix == ".png" else _svg(figure)


def _leave_out_boxes(figure: Any) -> None:
    """Put an ellipsis for the letters that no font has, and warn of them."""
    from matplotlib.text import Text

    texts = [text for text in figure.findobj(Text) if not text.get_text().isascii()]
    lacking = "".join(sorted(set().union(*(without_font(text.get_text()) for text in texts))))
    for text in texts if lacking else ():
        text.set_text(re.sub(f"[{re.escape(lacking)}]+", "…", text.get_text()))
    if lacking:
        warnings.warn(f"no font here has {lacking}: install one that does (Noto Sans CJK, say), or make an SVG",
                      stacklevel=3)


def _settle(figure: Any) -> None:
    """Lay a figure out for good, to a ten-thousandth of it: beyond, a layout solved twice has other digits."""
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
        for axes in figure.axes:
            axes.set_position(np.round(axes.get_position(original=True).bounds, 4))


def _png(figure: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def _svg(figure: Any) -> bytes:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.BytesIO()
    with rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def plain(text: str, most: int = 120) -> str:
    """One line of text that a picture can hold: no control characters, and as wide as `most` narrow letters at most.

    >>> plain("A\\x00 long\\ntitle", most=8)
    'A long…'
    >>> plain("空の譜面", most=6)
    '空の…'
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * most]).split())
    ends = list(accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in line))
    return line if not ends or ends[-1] <= most else line[: bisect_right(ends, most - 1)].rstrip() + "…"


def words(text: str) -> dict[str, Any]:
    """How matplotlib is to set a text that a person wrote: in fonts that have its letters, and never as formulas."""
    return {"family": list(fonts_for(text)), "parse_math": False}


def fonts_for(text: str) -> tuple[str, ...]:
    """The default font, then as many installed fonts as it takes to have every letter of the text.

    >>> fonts_for("Gavotte")
    ('DejaVu Sans',)
    """
    return _chosen(text)[0]


def without_font(text: str) -> set[str]:
    """The letters of a text that no installed font has."""
    return set(_chosen(text)[1])


@cache
def _chosen(text: str) -> tuple[tuple[str, ...], str]:
    """The fonts for a text, and the letters that none of them has."""
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
    """Family and file of the upright, regular fonts: broad ones first, then by name."""
    from matplotlib.font_manager import fontManager

    upright = {(font.name, font.fname) for font in fontManager.ttflist if font.style == "normal" and _regular(font)}
    return tuple(sorted(upright, key=lambda font: (_breadth(font[0]), font))[:_MOST_FONTS])


def _regular(font: Any) -> bool:
    """An upright face of usual weight, and of letters: a font of last resort has only boxes."""
    return font.weight in (400, "normal", "regular", "book", "medium", 500) and "Last Resort" not in font.name


def _breadth(name: str) -> int:
    return next((at for at, broad in enumerate(_BROAD) if name.lower().startswith(broad)), len(_BROAD))


@cache
def _letters(path: str) -> frozenset[int]:
    """The letters that a font file has; none if it can't be opened (it may have gone since fonts were listed)."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def set_words(texts: Iterable[Any]) -> None:
    """Set texts that are already drawn (a legend's) as `words` says."""
    for text in texts:
        text.set_family(list(fonts_for(text.get_text())))
        text.set_parse_math(False)
