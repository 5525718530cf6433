"""MusicXML, plain (.musicxml, .xml) and packed (.mxl): read and written.

Source: MusicXML 4.0 (W3C Community Group). Read: score-partwise and score-timewise; written: score-partwise.

Reading
- One Track a <part>, in the order of the part list; `voice` counts the <voice>s of a part from 0 as they appear.
- Pitches sound: <transpose> is applied, to the key as well. Repeats, endings and jumps (<sound>) are played out.
- A measure is as long as what is in it (the longest part); an empty one is as long as its metre says, and so is one
  that some part fills while rests of another run over.
- velocity is 0 unless <sound dynamics> or <note dynamics> gives it (100 is a velocity of 90, as the standard says).

Writing. A Score becomes sheet music first (see _notation): times on a grid that can be printed, voices that don't
overlap. read(write(score)) == canonicalize(score), and writing that again gives the same bytes.

>>> from componium.music.score import Key, Meter, Tempo, Track, notes
>>> tracks = (Track(notes([(0, 480, 67), (480, 1440, 66, 90)]), program=40, name="Violin"),)
>>> score = Score(tracks, tempos=(Tempo(0, 90),), meters=(Meter(0, 4, 4),), keys=(Key(0, 1),))
>>> read(write(score)) == score
True
"""

from xml.etree.ElementTree import Element

from componium.errors import LimitError
from componium.formats.musicxml import container as _mxl
from componium.formats.musicxml.head import carried
from componium.formats.musicxml.part import Part
from componium.formats.musicxml.piece import Piece
from componium.formats.musicxml.writer import encode
from componium.music.score import Score
from componium.notation.sheet import notate, printed

SUFFIXES = (".musicxml", ".xml", ".mxl")
# What a Score may hold and a file written here doesn't: `canonicalize` says exactly what becomes of it.
LOSES = frozenset({
    "played-times",  # times on no grid of 128ths, 64th triplets, quintuplets, septuplets, nonuplets are moved to one
    "overlaps-in-a-voice",  # become voices; voices are numbered in the order in which they first sound
    "ticks-per-quarter",  # becomes 480, or what triplets of 64ths and septuplets need; odd bars a metre of their own
    "keys-within-a-bar",  # are moved to the nearest bar line
    "empty-bars-at-the-end",  # and what metres, keys and tempos are said there
    "repeated-events",  # a metre, key or tempo that already holds isn't said again
    "chords-without-a-root",  # symbols that don't begin with A to G; what is after 40 characters
    "fine-tempo",  # becomes a number of six decimals
    "drum-program",  # becomes 0
    "no-tracks",  # becomes one silent track
    "odd-text",  # control characters, several blanks in a row; a title's suffix ".xml" or ".mxl"
})
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


def canonicalize(score: Score) -> Score:
    """What a MusicXML file keeps of a score; `LOSES` lists what it doesn't. Idempotent. May raise LimitError."""
    return printed(notate(carried(score), hands=True))


def write(score: Score) -> bytes:
    """The bytes of a plain file. Raises LimitError beyond 50 MB, a million quarters or 100,000 bars."""
    return _mxl.checked(encode(notate(carried(score), hands=True)))


def write_packed(score: Score) -> bytes:
    """The bytes of an .mxl archive. Raises as `write` does."""
    return _mxl.pack(write(score))


WRITERS = {".mxl": write_packed}  # suffixes that `write` isn't for


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
