"""Outlines of the signs of music that Verovio sets as text.

Those are notes in tempo marks and accidentals in chord symbols. As text they need Verovio's font, which Cairo, Inkscape
and most viewers other than browsers don't take from an SVG. A text with such signs is laid out here: its words at fixed
places, the signs between them as paths.

Verovio measures words in Times. Other serif fonts are wider, DejaVu Serif by a third, so these words are set smaller
than it measures them.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

FONT = "Leipzig"
EM, TEXT_EM = 1000, 2048  # in Verovio's tables of the music font and of Times
SIZE = 0.8  # of words, in the size that Verovio measures them at
ROOM, ROOM_BOLD = 1.3, 1.4  # for words, in widths of Times
_ACCIDENTALS = range(0xE260, 0xE26A)
_SUNK = 1 / 6  # of the height of an accidental is below the foot of the letters
_ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}
_TEXT = re.compile(r'(<g [^>]*class="(?:harm|reh)"[^>]*>\s*)(<text\b[^>]*>.*?</text>)', re.DOTALL)
_FONT_FACE = re.compile(r"<style[^>]*>\s*@font-face.*?</style>", re.DOTALL)


class Glyph(NamedTuple):
    """Letter of a font, in parts of its em: advance, lowest point, height."""

    advance: float
    bottom: float
    height: float


class Run(NamedTuple):
    """Letters of one font and size: a word, or signs of music."""

    letters: str
    size: float
    faces: frozenset[str]  # "bold", "italic"
    is_sign: bool


def outline_signs(page: str, data: Path) -> str:
    """Return an SVG page with the signs of tempo marks and chords as paths.

    The embedded font is left out, if no other text has signs. `data` is Verovio's folder of fonts.
    """
    drawn = _TEXT.sub(lambda found: found[1] + _redrawn(ElementTree.fromstring(found[2]), data), page)
    bare = _FONT_FACE.sub("", drawn)
    return drawn if FONT in bare else bare


def _redrawn(text: ElementTree.Element, data: Path) -> str:
    runs = list(_runs(text))
    places = [0.0]
    for run in runs:
        places.append(places[-1] + _width(run, data))
    left = float(text.get("x", 0)) - _ANCHORS[text.get("text-anchor", "start")] * places[-1]
    y = float(text.get("y", 0))
    return "".join(
        _sign_paths(run, left + start, y, data) if run.is_sign
        else _word(run, left + start, left + end, y, data, before_sign=len(run.letters) == 1 < len(runs))
        for run, (start, end) in zip(runs, pairwise(places), strict=True)
    )  # fmt: skip


def _runs(
    element: ElementTree.Element, family: str = "", size: float = 0, faces: frozenset[str] = frozenset()
) -> Iterator[Run]:
    """Yield the runs of a text, in order."""
    family = element.get("font-family", family)
    size = float(element.get("font-size", f"{size}px").removesuffix("px"))
    faces |= {element.get("font-weight", ""), element.get("font-style", "")} & {"bold", "italic"}
    if element.text and "\n" not in element.text:  # as between the elements
        is_sign = family == FONT
        yield Run(element.text, size if is_sign else size * SIZE, faces, is_sign)
    for child in element:
        yield from _runs(child, family, size, faces)


def _width(run: Run, data: Path) -> float:
    glyphs = _glyphs(run, data)
    room = 1.0 if run.is_sign else ROOM_BOLD if "bold" in run.faces else ROOM
    return room * run.size * sum(glyphs[letter].advance for letter in run.letters)


def _glyphs(run: Run, data: Path) -> dict[str, Glyph]:
    faces = "".join(f"-{name}" for name in sorted(run.faces))
    table = _table(data / f"{FONT}.xml", EM) if run.is_sign else _table(data / "text" / f"Times{faces}.xml", TEXT_EM)
    return {letter: table.get(letter, Glyph(0.5, 0, 0)) for letter in run.letters}


def _word(run: Run, start: float, end: float, y: float, data: Path, *, before_sign: bool) -> str:
    """Return a word; one letter, such as a root, is set against the sign after it."""
    if run.letters.isspace():
        return ""
    blanks = len(run.letters) - len(run.letters.lstrip())
    x = end if before_sign else start + _width(run._replace(letters=" " * blanks), data)
    names = {"bold": ' font-weight="bold"', "italic": ' font-style="italic"'}
    style = ' text-anchor="end"' * before_sign + "".join(names[name] for name in sorted(run.faces))
    place = f'x="{x:.0f}" y="{y:.0f}" font-size="{run.size:g}px" font-family="Times"{style}'
    return f"<text {place}>{escape(run.letters.strip())}</text>"


def _sign_paths(run: Run, x: float, y: float, data: Path) -> str:
    """Return signs as paths: notes stand on the foot of the letters."""
    scale, paths = run.size / EM, []
    for letter, glyph in ((letter, _glyphs(run, data)[letter]) for letter in run.letters):
        sunk = _SUNK * glyph.height if ord(letter) in _ACCIDENTALS else 0
        place = f"translate({x:.0f},{y + run.size * (glyph.bottom + sunk):.0f}) scale({scale:.4g},{-scale:.4g})"
        paths.append(f'<path class="sign" transform="{place}" d="{_path(letter, data)}"/>')
        x += run.size * glyph.advance
    return "".join(paths)


@cache
def _table(file: Path, em: int) -> dict[str, Glyph]:
    """Map the letters of a font to their measures.

    Where no advance is stated, it is the width.
    """
    return {
        chr(int(glyph["c"], 16)): Glyph(
            float(glyph.get("h-a-x", glyph["w"])) / em, float(glyph["y"]) / em, float(glyph["h"]) / em)
        for glyph in (element.attrib for element in ElementTree.parse(file).iter("g"))
    }  # fmt: skip


@cache
def _path(letter: str, data: Path) -> str:
    """Return the outline of a sign of music, its y axis upward."""
    found = re.search(r' d="([^"]*)"', (data / FONT / f"{ord(letter):04X}.xml").read_text(encoding="utf-8"))
    return found[1] if found else ""
