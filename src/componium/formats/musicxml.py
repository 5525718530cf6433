"""MusicXML, plain (.musicxml, .xml) and packed (.mxl): read.

Source: MusicXML 4.0 (W3C Community Group), score-partwise and score-timewise.

Conventions
- One Track a <part>, in the order of the part list; `voice` counts the <voice>s of a part from 0 as they appear.
- Pitches sound: <transpose> is applied, to the key as well. Repeats, endings and jumps (<sound>) are played out.
- A measure is as long as what is in it (the longest part); an empty one is as long as its metre says, and so is one
  that some part fills while rests of another run over.
- velocity is 0 unless <sound dynamics> or <note dynamics> gives it (100 is a velocity of 90, as the standard says).
"""

from xml.etree.ElementTree import Element

from componium.errors import LimitError
from componium.formats import _mxl
from componium.formats._musicxml_part import Part
from componium.formats._musicxml_piece import Piece
from componium.score import Score

SUFFIXES = (".musicxml", ".xml", ".mxl")
LOSES = frozenset(
    ("articulations", "lyrics", "slurs", "layout", "grace notes", "cue notes", "dynamics", "ornaments", "spelling")
)
MAX_PARTS = 1000


def read(data: bytes, *, strict: bool = False) -> Score:
    """The score in the bytes of a MusicXML file, packed or not.

    Mends what it can, with a RepairWarning that names part and measure; `strict` refuses instead. Raises FormatError,
    NotThisFormatError (which says what it is instead), LimitError.
    """
    root = _mxl.parse(data)
    parts = _measures_by_part(root)
    piece = Piece(root, strict)
    for at, (name, elements) in enumerate(parts):
        Part(piece, at, name).read(elements)
    return piece.score()


def _measures_by_part(root: Element) -> list[tuple[str, list[Element]]]:
    """(part id, its measures) in score order, from either way of nesting them."""
    if root.tag == "score-partwise":
        return [(part.get("id", ""), part.findall("measure")) for part in root.findall("part")]
    found: dict[str, list[Element]] = {}
    for at, measure in enumerate(root.findall("measure")):
        for part in measure.findall("part"):
            measures = found.setdefault(part.get("id", ""), [])
            if len(found) > MAX_PARTS or at > len(measures) + 100_000:
                raise LimitError("too many parts", expected=f"at most {MAX_PARTS}")
            measures.extend(Element("measure") for _ in range(at - len(measures)))
            measures.append(part)
    return list(found.items())
