"""MusicXML (.musicxml, .xml): read and written.

Source: MusicXML 4.0 (W3C Community Group). Read: score-partwise and score-timewise; written: score-partwise.

Reading
- One Track a <part>, in the order of the part list; `voice` counts the <voice>s of a part from 0 as they appear.
- Pitches sound: <transpose> is applied, to the key as well. Repeats, endings and jumps (<sound>) are unfolded.
- A measure is as long as what is in it (the longest part); an empty one is as long as its meter, and so is one
  that some part fills while rests of another run over.
- Tremolos are played.
- Grace notes are left out; so are cue notes, with a warning. Of a file that is cut short, or damaged, what comes
  before is read.
- velocity is 0 unless <sound dynamics> or <note dynamics> gives it (100 is a velocity of 90, as the standard defines).

Writing. A Score becomes sheet music first (see notation.sheet): times on a printable grid, voices that do not
overlap. loads(dumps(score)) == canonicalize(score), and writing that again gives the same bytes.

>>> from componium.music.score import Key, Meter, Tempo, Track, notes
>>> tracks = (Track(notes([(0, 480, 67), (480, 1440, 66, 90)]), program=40, name="Violin"),)
>>> score = Score(tracks, tempos=(Tempo(0, 90),), meters=(Meter(0, 4, 4),), keys=(Key(0, 1),))
>>> loads(dumps(score)) == score
True
"""

from xml.etree.ElementTree import Element

from componium.errors import LimitError
from componium.formats._repair import count_repairs
from componium.formats.losses import SHEET_MUSIC, Loss, common
from componium.formats.musicxml import container
from componium.formats.musicxml.head import drop_unsupported
from componium.formats.musicxml.part import Part
from componium.formats.musicxml.piece import Piece
from componium.formats.musicxml.writer import encode
from componium.music.score import Score
from componium.notation.sheet import notate, to_score

SUFFIXES = (".musicxml", ".xml")
LOSES = SHEET_MUSIC | common("drum-program", "no-tracks") | {
    "chords-without-a-root": Loss(
        "symbols that do not begin with A to G are left out; longer ones end after 40 characters", ("chords",)),
}  # fmt: skip
MAX_PARTS = 1000
MAX_ABSENT = 100_000  # measures that a part of a timewise score is absent from, all parts together


@count_repairs
def loads(data: bytes, *, strict: bool = False) -> Score:
    """Parse the score in the bytes of a MusicXML file, compressed or not.

    Repairs what it can, with a RepairWarning that names part and measure; `strict` refuses instead. Raises FormatError,
    NotThisFormatError (which names what it is instead), LimitError.
    """
    root = container.parse(data, strict=strict)
    parts = _measures_by_part(root)
    piece = Piece(root, strict)
    for at, (name, elements) in enumerate(parts):
        Part(piece, at, name).read(elements)
    return piece.score()


def canonicalize(score: Score) -> Score:
    """Return the score as it is read back from a MusicXML file.

    `LOSES` lists what is lost. Idempotent. May raise LimitError.
    """
    return to_score(notate(drop_unsupported(score), hands=True))


def dumps(score: Score) -> bytes:
    """Return the bytes of an uncompressed file.

    Raises LimitError beyond 50 MB, a million quarters or 100,000 bars.
    """
    return container.check_size(encode(notate(drop_unsupported(score), hands=True)))


def _measures_by_part(root: Element) -> list[tuple[str, list[Element]]]:
    """Return (part id, its measures) in score order, from either nesting."""
    if root.tag == "score-partwise":
        return [(part.get("id", ""), part.findall("measure")) for part in root.findall("part")]
    parts: dict[str, list[Element]] = {}
    absent = 0
    for at, measure in enumerate(root.findall("measure")):
        for part in measure.findall("part"):
            measures = parts.setdefault(part.get("id", ""), [])
            absent += at - len(measures)
            if len(parts) > MAX_PARTS or absent > MAX_ABSENT:
                expected = f"at most {MAX_PARTS}, absent from at most {MAX_ABSENT} measures in all"
                raise LimitError("too many parts", expected=expected)
            measures.extend(Element("measure") for _ in range(at - len(measures)))
            measures.append(part)
    return list(parts.items())
