"""Engraver process: MusicXML from stdin to pages on stdout, both as JSON.

Run with `python -m`.

Verovio ends its process on input that it doesn't understand, so it has one of its own, with limits on time and memory.

    {"musicxml": text, "options": {...}, "bars": how many from the first, or null for all, "pdf": true or false,
     "about": {"title": text, "description": text}}
    -> {"pages": [svg, ...], "pdf": base64 or null}
"""

import base64
import io
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from componium.render._outlines import outline_signs

TEMPO = re.compile(r"<tempo\b([^>]*)>(.*?)</tempo>", re.DOTALL)
MEMORY = 3 * 1024**3  # bytes of address space, libraries included


def limit_memory() -> None:
    """Limit the address space to MEMORY, where the system can."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):  # not on this system
        return


def svg_pages(musicxml: str, options: dict[str, Any], bars: int | None) -> list[str]:
    """Return the pages as SVG, of all bars or of the first `bars`."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit(False)
    data = Path(verovio.__file__).parent / "data"
    toolkit.setResourcePath(str(data))
    toolkit.setOptions(options)
    if not toolkit.loadData(musicxml):
        raise ValueError("Verovio can't load the score")
    mei = complete_mei(toolkit.getMEI())
    if bars is not None:
        toolkit.select({"measureRange": f"1-{bars}"})
    if not toolkit.loadData(mei):
        raise ValueError("Verovio can't load its own form of the score")
    return [outline_signs(toolkit.renderToSVG(page), data) for page in range(1, toolkit.getPageCount() + 1)]


def complete_mei(mei: str) -> str:
    """Return MEI with its people, and tempo marks above chord symbols.

    Verovio leaves people out, and sets a <tempo> below chord symbols; a rehearsal mark (<reh>) is set above all else.
    """
    named = re.findall(r'<persName role="(composer|lyricist|arranger)">(.*?)</persName>', mei)
    people = "".join(f"<{role}>{name}</{role}>" for role, name in named)
    return TEMPO.sub(_as_rehearsal_mark, mei.replace("<respStmt", people + "<respStmt", 1))


def _as_rehearsal_mark(tempo: re.Match[str]) -> str:
    place = " ".join(re.findall(r'\b(?:xml:id|place|staff|tstamp)="[^"]*"', tempo[1]))
    text = re.sub(r"</rend>\s*<rend", " </rend><rend", tempo[2].strip())  # between a word and a note
    return f'<reh vo="1" {place}><rend halign="left" rend="none" fontsize="120%">{text}</rend></reh>'


def with_description(page: str, text: str) -> str:
    """Return a page whose first element is its description, if there is one."""
    description = f"<desc>{escape(text)}</desc>" if text else ""
    return re.sub(r"<svg\b[^>]*>", lambda svg: svg[0] + description, page, count=1)


def pdf_of(pages: list[str], title: str, description: str) -> bytes:
    """Return all pages in one PDF, whose metadata have a title and a subject."""
    import cairocffi
    from cairosvg.parser import Tree
    from cairosvg.surface import PDFSurface

    output = io.BytesIO()
    shared = cairocffi.PDFSurface(output, 1, 1)
    shared.set_metadata(cairocffi.PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00")  # the same score, the same bytes
    shared.set_metadata(cairocffi.PDF_METADATA_TITLE, title)
    shared.set_metadata(cairocffi.PDF_METADATA_SUBJECT, description)

    class Page(PDFSurface):  # type: ignore[misc]
        """A page of the one document."""

        def _create_surface(self, width: float, height: float) -> tuple[Any, float, float]:
            shared.set_size(width, height)
            return shared, width, height

        def finish(self) -> None:
            shared.show_page()

    for page in pages:
        Page(Tree(bytestring=page.encode()), None, 96).finish()
    shared.finish()
    return output.getvalue()


def main() -> None:
    """Answer one request."""
    limit_memory()
    request = json.load(sys.stdin)
    about, pages = request["about"], svg_pages(request["musicxml"], request["options"], request["bars"])
    pdf = base64.b64encode(pdf_of(pages, **about)).decode() if request["pdf"] else None
    json.dump({"pages": [with_description(page, about["description"]) for page in pages], "pdf": pdf}, sys.stdout)


if __name__ == "__main__":
    main()
