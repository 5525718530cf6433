"""Sound MIDI files at symusic's speed; None for any file of which it isn't certain that symusic gives all of it.

The proof is a sum. In every event exactly one byte below 128 ends the delta time; a note has two events, each with two
such data bytes, so six in all, and a controller or bend has three. The few events before a track's first note are read
here, one by one; of the rest the bytes below 128 are counted. If symusic's notes explain them all, but for the three of
the end of track, then there is nothing that it dropped, changed or split: no note without an end, no change of program,
no text, no pressure. If they don't, the file needn't be wrong: the slower reader takes it.
"""

from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from componium.formats._smf import END, KEPT, LENGTHS, MAX_NOTES, Chunk, Header, Meta, Part
from componium.score import NOTE, type_notes

_MAX_BYTES = 6 * MAX_NOTES  # no note takes fewer, so no file of this size holds too many
_MAX_EVENTS = 1000  # before a track's first note
_MAX_TICK = 1 << 31
_ABOVE_127 = bytes(range(128, 256))
_FAILS = (RuntimeError, ValueError, IndexError, OverflowError, MemoryError)  # what C++ exceptions become
# How symusic pickles a note: checked once against its own arrays, which take four times as long to get.
_PICKLED = np.dtype([("time", "<i4"), ("duration", "<i4"), ("pitch", "i1"), ("velocity", "i1"), ("_", "V2")])


class _Opening(NamedTuple):
    """What stands in a track before its first note: events, programs by channel; then how many bytes must be notes'."""

    chunk: Chunk
    programs: dict[int, int]
    channel: int = -1  # of the first note
    low: int = 0


def read_sound(data: bytes) -> tuple[Header, list[Chunk]] | None:
    """The header and tracks of a file of type 0 or 1, or None if the mending reader had better take it."""
    kind, count, division = int.from_bytes(data[8:10]), int.from_bytes(data[10:12]), int.from_bytes(data[12:14])
    if data[:8] != b"MThd\0\0\0\6" or kind > 1 or not 0 < division < 0x8000 or len(data) > _MAX_BYTES:
        return None
    try:
        openings = _openings(data, count) if kind or count == 1 else None
    except IndexError:
        return None
    if openings is None:
        return None
    import symusic

    try:
        score: Any = symusic.Score.from_midi(data)
    except _FAILS:
        return None
    return (Header(kind, division), [o.chunk for o in openings]) if _give_notes(openings, score) else None


def _openings(data: bytes, count: int) -> list[_Opening] | None:
    """The opening of each track, if the chunks are whole, `count` in number, and nothing else is there."""
    openings, at, size = [], 14, len(data)
    for _ in range(count):
        end = at + 8 + int.from_bytes(data[at + 4:at + 8])
        if data[at:at + 4] != b"MTrk" or end > size or data[end - 3:end] != b"\xff\x2f\0":
            return None
        opening = _read_opening(data, at + 8, end)
        if opening is None:
            return None
        openings.append(opening)
        at = end
    return openings if at == size else None


def _read_opening(data: bytes, pos: int, end: int) -> _Opening | None:
    metas: list[Meta] = []
    programs: dict[int, int] = {}
    tick = 0
    for _ in range(_MAX_EVENTS):
        start, delta = pos, data[pos]
        pos += 1
        if delta > 127:
            delta, pos = _vlq(data, start)
        tick += delta
        status, kind, length = data[pos:pos + 3]
        if status == 0xFF:
            pos += 3
            if length > 127:
                length, pos = _vlq(data, pos - 1)
            if kind in LENGTHS and LENGTHS[kind] != length:
                return None
            if kind == END:
                return _Opening(Chunk(metas, [], tick), programs) if pos == end and tick < _MAX_TICK else None
            if kind in KEPT:
                metas.append((tick, kind, data[pos:pos + length], start))
            pos += length
        elif 0xC0 <= status < 0xD0 and kind < 128:
            programs[status & 15] = kind
            pos += 2
        elif 0x80 <= status < 0xF0:
            low = len(data[start:end].translate(None, _ABOVE_127)) - 3
            fine = low > 0 and tick < _MAX_TICK and status & 0xF0 != 0xC0
            return _Opening(Chunk(metas, [], tick), programs, status & 15, low) if fine else None
        elif status == 0xF0:
            length, pos = _vlq(data, pos + 1)
            pos += length
        else:
            return None
    return None


def _vlq(data: bytes, pos: int) -> tuple[int, int]:
    number = 0
    while True:
        byte = data[pos]
        number, pos = number << 7 | byte & 127, pos + 1
        if byte < 128:
            return number, pos


def _give_notes(openings: list[_Opening], score: Any) -> bool:
    """Give each track chunk its parts; False unless symusic's notes are all that is there."""
    found = list(score.tracks)
    states = _states(found)
    counts = [len(state) // _PICKLED.itemsize for state in states]
    owners: list[_Opening] = []
    for opening in openings:
        low = opening.low
        first = len(owners)
        while low > 0 and len(owners) < len(found):
            low -= 6 * counts[len(owners)]
            owners.append(opening)
            if low > 0 and low == 3 * _count_others(found[len(owners) - 1]):
                low = 0
        if low or not _programs_are_own(opening, openings, len(owners) - first):
            return False
    if len(owners) != len(found):
        return False
    notes = _joined(states, counts) if owners else None
    end, at = score.end(), 0
    for opening, track, count in zip(owners, found, counts, strict=True):
        if notes is None:
            return False
        opening.chunk.parts.append(Part(notes[at:at + count], track.program, track.is_drum, end, True))
        at += count
    return True


def _count_others(track: Any) -> int:
    """The number of controllers and bends; -1 if there are any before time begins, as when ticks overflowed."""
    times = [len(events) and int(events.numpy()["time"].min()) for events in (track.controls, track.pitch_bends)]
    return len(track.controls) + len(track.pitch_bends) if min(times) >= 0 else -1


def _programs_are_own(opening: _Opening, openings: list[_Opening], n_parts: int) -> bool:
    """Whether no other track sets the programs of this one's channels, which symusic wouldn't know."""
    if n_parts == 0 or (n_parts == 1 and opening.channel in opening.programs):
        return True
    others = set().union(*(other.programs for other in openings if other is not opening))
    return not others if n_parts > 1 else opening.channel not in others


def _joined(states: list[bytes], counts: list[int]) -> type_notes | None:
    """The notes of all parts, one part after another, each in order; None if any begins before time does."""
    given = np.frombuffer(b"".join(states), dtype=_PICKLED)
    notes = np.empty(len(given), dtype=NOTE)
    notes["onset"], notes["duration"] = given["time"], np.maximum(given["duration"], 1)
    notes["pitch"], notes["velocity"], notes["voice"] = given["pitch"], given["velocity"], 0
    keys = notes["onset"] << 7
    keys |= notes["pitch"]
    borders = list(accumulate(counts, initial=0))
    falls = (keys[1:] <= keys[:-1]).nonzero()[0].tolist()  # places where the next note isn't later or higher
    if not {fall + 1 for fall in falls} <= set(borders):
        part = np.repeat(np.arange(len(counts)), counts)
        notes = notes[np.lexsort((notes["velocity"], notes["duration"], keys, part))]
    notes.flags.writeable = False
    return notes if all(notes["onset"][border] >= 0 for border in borders[:-1]) else None


def _states(found: Any) -> list[bytes]:
    """Each track's notes as packed bytes of dtype _PICKLED."""
    if _pickles_as_known():
        return [track.notes.__getstate__()[4:] for track in found]
    return [_packed(track.notes.numpy()) for track in found]


def _packed(arrays: dict[str, Any]) -> bytes:
    packed = np.zeros(len(arrays["time"]), dtype=_PICKLED)
    for name in ("time", "duration", "pitch", "velocity"):
        packed[name] = arrays[name]
    return packed.tobytes()


@cache
def _pickles_as_known() -> bool:
    """Whether this symusic pickles notes as every one so far has: their number in four bytes, then the notes."""
    import symusic

    track: Any = symusic.Track()
    track.notes.append(symusic.Note(1, 2 << 20, 3, 4))
    track.notes.append(symusic.Note(70_000, 1, 127, 5))
    state = track.notes.__getstate__()
    given = np.frombuffer(state[4:], dtype=_PICKLED) if len(state) == 4 + 2 * _PICKLED.itemsize else None
    return given is not None and given[["time", "duration", "pitch", "velocity"]].tolist() == [
        (1, 2 << 20, 3, 4), (70_000, 1, 127, 5)
    ]
