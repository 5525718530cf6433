"""Humdrum **kern (.krn): read and written.

Reading
- One Track a **kern spine, from the right (the highest part, as Humdrum writes scores) to the left; the parts of a
  split spine are its voices. Other spines (text, dynamics, analyses) and grace notes are skipped.
- The label of a part (*I"Violin) decides its program, or else its code (*Ivioln).
- Title and composer are read, and as rights the copyright and license of the edition (!!!YEC, !!!YEM).
- Repeats are unfolded, by a list of sections (*>[A,A,B]), or else by their bar lines.
- A file of several pieces gives its first; `loads_many` gives all.
- Text is UTF-8, or else Latin-1.

Writing. A Score becomes sheet music first (see notation.sheet), and what comes twice in succession is written once, as
a section (see notation.folding). loads(dumps(score)) == canonicalize(score). Of `info` the composer is written, as
!!!COM, and the provenance of a take, as !!!provenance.

>>> from componium.music.score import Key, Meter, Score, Track, notes
>>> score = Score((Track(notes([(0, 480, 67), (480, 1440, 66)]), name="Violin", program=40),), meters=(Meter(0, 4, 4),))
>>> loads(dumps(score)) == canonicalize(score)
True
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from componium.errors import FormatError, LimitError, NotThisFormatError
from componium.formats._repair import count_repairs, drop_zeros
from componium.formats.kern.reader import Reader
from componium.formats.kern.writer import drop_unsupported, encode
from componium.formats.losses import SHEET_MUSIC, Loss, common
from componium.music.score import Key, Score, Tempo, Track
from componium.notation.programs import find_program
from componium.notation.sheet import Notation, notate, to_score
from componium.notation.unfolding import perform

MAX_BYTES = 2 * 1024 * 1024  # twenty-five times the longest quartet movement read; more may take over 300 MB
SUFFIXES = (".krn",)
LOSES = SHEET_MUSIC | common("velocity", "info", "no-tracks") | {
    "tempos-within-a-bar": Loss("are moved to its beginning", ("tempos",)),
    "chord-symbols": Loss("are left out", ("chords",)),
    "programs": Loss("are those that the names of the parts imply", ("programs",)),
    "drums": Loss("become a part with pitches", ("drums",)),
}


@count_repairs
def loads(data: bytes, *, strict: bool = False) -> Score:
    """Parse the (first) score in the bytes of a Humdrum file.

    Repairs what it can, with a RepairWarning that names the line; `strict` refuses instead. Raises FormatError,
    NotThisFormatError, LimitError.
    """
    return next(_scores(data, strict))


@count_repairs
def loads_many(data: bytes, *, strict: bool = False) -> list[Score]:
    """Parse every score in the bytes.

    Raises as `loads` does.
    """
    return list(_scores(data, strict))


def canonicalize(score: Score) -> Score:
    """Return the score as it is read back from a file written here.

    `LOSES` lists what is lost. Idempotent. May raise LimitError.
    """
    return to_score(_notate(score))


def dumps(score: Score) -> bytes:
    """Return the text of a file, UTF-8.

    Raises LimitError beyond a million quarters or 100,000 bars.
    """
    return encode(_notate(score))


def _notate(score: Score) -> Notation:
    """Return the sheet music that is written; tempos are moved to bar lines."""
    notation = notate(drop_unsupported(score))
    measures, force = [], 0.0
    for measure in notation.measures:
        qpm = float(f"{min(max(measure.tempos[-1][1], 1), 1000):.6g}") if measure.tempos else force
        measures.append(replace(measure, tempos=((0, qpm),) if qpm != force else ()))
        force = qpm
    return replace(notation, measures=tuple(measures))


def _scores(data: bytes, strict: bool) -> Iterator[Score]:
    if len(data) > MAX_BYTES:
        raise LimitError(f"{len(data)} bytes", expected=f"at most {MAX_BYTES}")
    text = _text(drop_zeros(data, strict=strict))
    numbered = list(enumerate(re.split(r"\r\n|\n|\r", text), start=1))
    begins = [at for at, (_, line) in enumerate(numbered) if line.startswith("**")]
    if not begins:
        raise NotThisFormatError("no spine begins in it", expected="a Humdrum file: a line that begins with **")
    starts = [0, *(_after_end(numbered, begin, following) for begin, following in pairwise(begins))]
    for start, stop in zip(starts, [*starts[1:], len(numbered)], strict=True):
        reader = Reader(strict)
        reader.read(numbered[start:stop])
        yield _score(reader)


def _after_end(numbered: list[tuple[int, str]], begin: int, following: int) -> int:
    """Return the index of the next piece: after the last line of this one's spines."""
    for at in range(following - 1, begin, -1):
        if numbered[at][1].startswith("*-"):
            return at + 1
    return following


def _text(data: bytes) -> str:
    if b"\0" in data:
        raise NotThisFormatError("binary data", expected="the text of a Humdrum file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _score(reader: Reader) -> Score:
    if not reader.lines:
        raise FormatError("no **kern spine", expected="a file with music in it")
    measures = reader.measures[:-1]  # the last is what would have come next
    kept = len(measures) - 1
    played = perform(measures, reader.lines, reader.per_quarter, reader.order())
    tracks = [_with_instrument(track, at, reader) for at, track in enumerate(played.tracks)]
    keys = played.replay([event for event in reader.keys if event[0] <= kept])
    tempos = played.replay([event for event in reader.tempos if event[0] <= kept])
    return Score(
        tracks=tuple(reversed(tracks)),
        ticks_per_quarter=played.ticks_per_quarter,
        tempos=tuple(Tempo(tick, qpm) for tick, qpm in tempos),
        meters=tuple(played.meters),
        keys=tuple(Key(tick, *key) for tick, key in dict(keys).items()),
        title=reader.title,
        info=tuple(reader.info.items()),
    )


def _with_instrument(track: Track, part: int, reader: Reader) -> Track:
    """Return a track with the program of its label (*I"), or else of its code (*I).

    The code also names a track without a label.
    """
    code = reader.instruments.get(part, "")
    beside = [*(line.name for line in reader.lines), *reader.instruments.values()]
    programs = (find_program(name, beside) for name in (track.name, code))
    program = next((program for program in programs if program is not None), 0)
    return replace(track, program=program, name=track.name or code)
