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

Patching. See patching.py: notes and chord symbols of a file are replaced, all else stays byte for byte.

Writing. A Score becomes sheet music first (see notation.sheet): times on a printable grid, voices that do not
overlap. loads(dumps(score)) == canonicalize(score), and writing that again gives the same bytes.

>>> from componium.music.score import Key, Meter, Tempo, Track, notes
>>> tracks = (Track(notes([(0, 480, 67), (480, 1440, 66, 90)]), program=40, name="Violin"),)
>>> score = Score(tracks, tempos=(Tempo(0, 90),), meters=(Meter(0, 4, 4),), keys=(Key(0, 1),))
>>> loads(dumps(score)) == score
True
"""

from componium.formats._patching import read_quietly, splice_score, type_cells
from componium.formats._repair import count_repairs
from componium.formats.losses import SHEET_MUSIC, Loss, common
from componium.formats.musicxml import container
from componium.formats.musicxml.head import drop_unsupported
from componium.formats.musicxml.part import Part
from componium.formats.musicxml.patching import patch_document
from componium.formats.musicxml.piece import Piece, measures_by_part
from componium.formats.musicxml.places import find_places
from componium.formats.musicxml.writer import encode
from componium.music.score import Score
from componium.notation.sheet import notate, to_score

SUFFIXES = (".musicxml", ".xml")
LOSES = SHEET_MUSIC | common("drum-program", "no-tracks") | {
    "chords-without-a-root": Loss(
        "symbols that do not begin with A to G are left out; longer ones end after 40 characters", ("chords",)),
}  # fmt: skip


@count_repairs
def loads(data: bytes, *, strict: bool = False) -> Score:
    """Parse the score in the bytes of a MusicXML file, compressed or not.

    Repairs what it can, with a RepairWarning that names part and measure; `strict` refuses instead. Raises FormatError,
    NotThisFormatError (which names what it is instead), LimitError.
    """
    root = container.parse(data, strict=strict)
    parts = measures_by_part(root)
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


def patch(data: bytes, score: Score, cells: type_cells | None = None, chords: type_cells | None = None) -> bytes:
    """Return the bytes of a file with other notes and chord symbols, all else kept.

    data    a file, compressed or not
    score   a score of the same parts, meters and bars
    cells   (bars, tracks), bool: where its notes are taken; everywhere if None
    chords  (bars,), bool: where its chord symbols are taken; everywhere if None

    Notes on no printable grid are moved (RoundingWarning). Raises PatchError for a file that can't be patched, such as
    one that repeats a measure whose bars would differ, FormatError for one that can't be read.
    """
    before = read_quietly(loads, data)
    return patch_document(loads, data, before, splice_score(before, score, cells, chords))


def measures_played(data: bytes) -> list[int]:
    """Return the measure, from 0, that each bar of the score plays.

    Repeats and jumps play one more than once.

    Raises FormatError for a file that can't be read.
    """
    return find_places(container.parse(data, strict=False)).played.order
