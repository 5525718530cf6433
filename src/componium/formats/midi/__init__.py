"""Standard MIDI Files: types 0, 1 and 2, SMPTE time and RMID; type 1 written.

Reading
- An intact file is read by symusic, at its speed. Where a file is broken, or where symusic would silently drop parts
  (notes without an end, ticks beyond 32 bits, a change of program, a sustain pedal), a Python reader takes it byte
  by byte, repairs what it can, and warns of each repair (RepairWarning, with the byte). `strict` refuses instead. Both
  readers give the same Score.
- A Track is one channel of one MIDI track. Where its program changes midway, a Track each, of the same name: see
  parts.py.
- The sustain pedal is applied: notes that end while it is down sound until it goes up.
- Names, titles, type 2 and copyright: see scores.py.
- A note-on of velocity 0 is a note-off. Notes of one pitch that overlap end in the order in which they began.
  A note of no length lasts one tick.
- In SMPTE time, ticks_per_quarter and one tempo are chosen so that seconds are right; tempo events are ignored.
- What a Score does not hold of a file: LOSES_WHEN_READ.

Patching. See patching.py: notes and chord symbols of a file are replaced, all else stays.

Writing. See writer.py: loads(dumps(score)) == canonicalize(score), and writing that again gives the same bytes. A
performance is written as it is played, and read as its score again unless the file was changed: see embedding.py.

>>> from componium.music.score import Score, Tempo, Track, notes
>>> score = Score((Track(notes([(0, 480, 60, 80)]), name="Lied"),), tempos=(Tempo(0, 90),))
>>> loads(dumps(score)) == score
True
"""

from componium.errors import LimitError, PatchError
from componium.formats._patching import read_quietly, splice_score, type_cells
from componium.formats.losses import Loss, common
from componium.formats.midi import patching
from componium.formats.midi.embedding import embed_score, find_score
from componium.formats.midi.events import Repairs
from componium.formats.midi.fast import read_intact
from componium.formats.midi.reader import read_repairing
from componium.formats.midi.scores import to_score
from componium.formats.midi.sniff import find_smf
from componium.formats.midi.writer import canonicalize, encode
from componium.music.played import Played, sounding, written
from componium.music.score import Score

SUFFIXES = (".mid", ".midi", ".kar", ".rmi", ".smf")
PLAYS = True
MAX_BYTES = 64 * 1024 * 1024
LOSES = common("fine-tempo") | {  # a whole number of microseconds a quarter, 3.6 qpm at the slowest
    "velocity-unmarked": Loss("becomes the default velocity", ("velocity",)),
    "voice": Loss("becomes 0", ("voice",)),
    "empty-tracks": Loss("are left out", ("silent",)),
    "struck-again": Loss(
        "a note ends where its pitch is struck again in its part; of two that begin together the longest is written",
        ("notes", "velocity", "voice")),
    "odd-info": Loss(
        "names other than one word in small letters are left out, blanks around texts too", ("info",)),
}  # fmt: skip


LOSES_WHEN_READ = {
    "program-changes": "a part whose program changes becomes a track for each program",
    "sustain-pedal": "is applied: notes that it holds last until it goes up or they are struck again",
    "controllers": "other than the sustain pedal are left out, as are pitch bends and pressure",
    "lyrics": "are left out, as are markers",
    "performance": "of a score, written by Componium: unless the file was changed, the score is read",
}


def loads(data: bytes, *, strict: bool = False) -> Score:
    """Parse a MIDI file.

    What is broken is repaired with a warning (RepairWarning); `strict` refuses it instead.

    Raises NotThisFormatError (it is something else, which is named), LimitError (over 64 MB, 12 hours or 2 million
    notes), FormatError (damaged beyond repair; or, if strict, at all).
    """
    if len(data) > MAX_BYTES:
        raise LimitError("the file is too large", expected=f"at most {MAX_BYTES} bytes")
    repairs = Repairs(strict)
    data = find_score(data) or data
    start, stop = find_smf(data, repairs)
    if stop - start != len(data):
        data = data[:stop]
    header, chunks = (None if start else read_intact(data)) or read_repairing(data, start, repairs)
    score = to_score(header, chunks, repairs)
    if repairs.counts:
        repairs.close()
    return score


def dumps(piece: Score | Played) -> bytes:
    """Return the bytes of a type 1 file, of a score or of a performance.

    Raises FormatError for a silence of over 2^28 ticks.
    """
    data = encode(canonicalize(sounding(piece)))
    score = written(piece)
    return data if sounding(piece) == score else embed_score(data, encode(canonicalize(score)))


def patch(data: bytes, score: Score, cells: type_cells | None = None, chords: type_cells | None = None) -> bytes:
    """Return the bytes of a file with other notes and chord symbols, all else kept.

    data    a file of type 0 or 1
    score   a score of the same tracks, meters and bars
    cells   (bars, tracks), bool: where its notes are taken; everywhere if None
    chords  (bars,), bool: where its chord symbols are taken; everywhere if None

    The ticks per quarter stay: times between them are rounded (RoundingWarning). Raises PatchError for a file that
    can't be patched, FormatError for one that can't be read.
    """
    if find_score(data):
        raise PatchError("a performance of a score, which the file holds too", advice="write the file anew")
    before = read_quietly(loads, data)
    return patching.apply(data, before, splice_score(before, score, cells, chords))


__all__ = ["LOSES", "PLAYS", "SUFFIXES", "canonicalize", "dumps", "loads", "patch"]
