"""Sheet music: a Score as SVG or PDF pages, engraved by Verovio.

Needs the extra `score`.

Verovio gets only MusicXML that Componium wrote, in a process of its own with limits on time and memory: it ends its
process on input that it doesn't understand. The same score gives the same pages.

The signs of music are outlines, those within text too (a note in a tempo mark, a flat in a chord symbol).
"""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from componium._files import write_atomic
from componium.errors import ComponiumError, MissingExtraError, UnknownNameError
from componium.formats import musicxml
from componium.music.provenance import provenance_of
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars

SUFFIXES = (".svg", ".pdf")
TIME_LIMIT = 120.0  # seconds
# A4 in tenths of a millimeter. Seeds make the ids in the SVG, and so the bytes, the same each time.
PAGE: dict[str, Any] = {
    "pageWidth": 2100, "pageHeight": 2970, "pageMarginTop": 120, "pageMarginBottom": 120, "pageMarginLeft": 120,
    "pageMarginRight": 120, "footer": "none", "header": "auto", "breaks": "auto", "xmlIdSeed": 1,
    "justifyVertically": True, "smuflTextFont": "embedded", "mmOutput": True,
}  # fmt: skip
LINE: dict[str, Any] = {**PAGE, "header": "none", "adjustPageHeight": True, "adjustPageWidth": True, "breaks": "none",
                        "justifyVertically": False, "pageWidth": 60000, "pageMarginTop": 40, "pageMarginBottom": 20}
MAX_LINE = 64  # bars that a line is taken from, so that its clefs are those of the page
STAVES = (7.2, 7.2, 6.4, 5.6, 5.0)  # the height of a staff in mm, with 1, 2 ... parts
LOWEST = 3.6  # for 7 parts and more
WITH_CHORDS = {"spacingLinear": 0.36, "spacingNonLinear": 0.65}  # room for chord symbols


class EngravingError(ComponiumError):
    """Verovio could not engrave a score, took too long, or ended."""


def render_svg(score: Score) -> list[str]:
    """Return the A4 pages, each an SVG.

    Raises MissingExtraError without Verovio, EngravingError.
    """
    pages: list[str] = _engraved(score, PAGE)["pages"]
    return pages


def render_pdf(score: Score) -> bytes:
    """Return all pages in one PDF.

    Raises MissingExtraError without Verovio and CairoSVG, EngravingError.
    """
    return base64.b64decode(_engraved(score, PAGE, pdf=True)["pdf"])


def render_line(score: Score, bars: int = 4) -> str:
    """Return the first bars, 64 at most, in one system, as an SVG of their size.

    Raises as `render_svg` does.
    """
    count = n_bars(score)
    start = score if count <= MAX_LINE else slice_bars(score, 0, MAX_LINE)
    pages: list[str] = _engraved(start, LINE, bars=max(min(bars, count, MAX_LINE), 1))["pages"]
    return pages[0]


def write(score: Score, path: str | Path) -> list[Path]:
    """Write a score as .pdf or .svg, and return the paths.

    Several SVG pages are NAME-1.svg, NAME-2.svg ...

    Raises UnknownNameError for another suffix, and as `render_svg` does.
    """
    path = Path(path)
    if path.suffix.lower() == ".pdf":
        write_atomic(path, render_pdf(score))
        return [path]
    if path.suffix.lower() != ".svg":
        raise UnknownNameError("format of pages", path.suffix, SUFFIXES)
    pages = render_svg(score)
    names = [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, len(pages) + 1)]
    paths = names if len(pages) > 1 else [path]
    for name, page in zip(paths, pages, strict=True):
        write_atomic(name, page.encode())
    return paths


def can_engrave() -> bool:
    """Return True if the extra `score` is installed."""
    return all(find_spec(name) is not None for name in ("verovio", "cairosvg"))


def _engraved(score: Score, options: dict[str, Any], *, bars: int | None = None, pdf: bool = False) -> dict[str, Any]:
    needed = ("verovio", "cairosvg") if pdf else ("verovio",)
    if any(find_spec(name) is None for name in needed):
        raise MissingExtraError("the engraver of sheet music (Verovio and CairoSVG)", "score")
    options = {**options, **_score_options(score)}
    about = {"title": score.title, "description": provenance_of(score)}
    request = json.dumps({"musicxml": _musicxml(score), "options": options, "bars": bars, "pdf": pdf, "about": about})
    try:
        process = subprocess.run(
            [sys.executable, "-I", "-m", "componium.render._engrave"],
            input=request, capture_output=True, text=True, encoding="utf-8", timeout=TIME_LIMIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        advice = "engrave fewer bars, or write SVG: a PDF takes longer"
        raise EngravingError(f"engraving took over {TIME_LIMIT:g} s", advice=advice) from error
    if process.returncode:
        message = (process.stderr.strip().splitlines() or ["no message"])[-1]
        what = f"the engraver ended with {process.returncode}: {message}"
        raise EngravingError(what, advice="write MusicXML instead")
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def _musicxml(score: Score) -> str:
    """Return the score as MusicXML, without its number in a book.

    Verovio would print the number below the title.
    """
    info = tuple(pair for pair in score.info if pair[0] != "number")
    return musicxml.dumps(replace(score, info=info)).decode()


def _score_options(score: Score) -> dict[str, Any]:
    """Return the options that depend on the score."""
    parts = max(len(score.tracks), 1)
    height = STAVES[parts - 1] if parts <= len(STAVES) else max(STAVES[-1] * len(STAVES) / parts, LOWEST)
    return {"unit": height * 10 / 8, **(WITH_CHORDS if score.chords else {})}
