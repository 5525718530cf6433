"""Fast reader of intact MIDI files, by symusic.

It returns None for any file of which it is not certain that symusic gives all of it.

The proof is a sum. In every event exactly one byte below 128 ends the delta time; a note has two events, each with two
such data bytes, so six in all; a controller or bend has three. The events before a track's first note are read here,
event by event; of the rest the bytes below 128 are counted. If the notes, controllers, bends, tempos, meters and keys
of symusic explain them all, but for the three of the end of track, then there is nothing that it dropped,
changed or split: no note without an end, no change of program, no text, no pressure. If they don't, the file needn't be
wrong: the slower reader takes it, as it takes files with a sustain pedal, which prolongs notes.
"""

from collections import Counter
from typing import Any, NamedTuple

from componium.formats.midi.arrays import collect_notes
from componium.formats.midi.events import (
    END,
    KEPT,
    KEY,
    LENGTHS,
    MAX_NOTES,
    METER,
    MIN_MSPQ,
    SUSTAIN,
    TEMPO,
    Chunk,
    Header,
    Meta,
    Part,
)

_MAX_BYTES = 6 * MAX_NOTES  # no note takes fewer, so no file of this size holds too many
_MAX_EVENTS = 20_000  # before a track's first note
_MAX_TICK = 1 << 31
_ABOVE_127 = bytes(range(128, 256))
_FAILS = (RuntimeError, ValueError, IndexError, OverflowError, MemoryError)  # what C++ exceptions become


class _Opening(NamedTuple):
    """Events of a track before its first note, and the low bytes after.

    `low` counts the bytes below 128 from the first note on.
    """

    chunk: Chunk
    programs: set[int]  # channels whose program is set
    others: list[int]  # the channel of each controller or bend
    channel: int = -1  # of the first note
    low: int = 0


def read_intact(data: bytes) -> tuple[Header, list[Chunk]] | None:
    """Return the header and tracks of a file of type 0 or 1, or None.

    None leaves the file to the repairing reader.
    """
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
    return (Header(kind, division), [o.chunk for o in openings]) if _add_notes(openings, score) else None


def _openings(data: bytes, count: int) -> list[_Opening] | None:
    """Return the opening of each track, or None for an odd file.

    The chunks must be whole, `count` in number, and nothing else may be there.
    """
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
    programs: set[int] = set()
    others: list[int] = []
    tick = running = 0
    for _ in range(_MAX_EVENTS):
        start, delta = pos, data[pos]
        pos += 1
        if delta > 127:
            delta, pos = _vlq(data, start)
        tick += delta
        status, kind, length = data[pos], data[pos + 1], data[pos + 2]
        if status < 0x80:
            status, kind, pos = running, status, pos - 1
        running = 0
        if status == 0xFF:
            pos += 3
            if length > 127:
                length, pos = _vlq(data, pos - 1)
            if kind in LENGTHS and LENGTHS[kind] != length:
                return None
            if kind == END:
                fine = pos == end and tick < _MAX_TICK
                return _Opening(Chunk(metas, [], tick), programs, others) if fine else None
            if kind in KEPT:
                metas.append((tick, kind, data[pos:pos + length], start))
            pos += length
        elif 0x80 <= status < 0xA0:
            low = len(data[start:end].translate(None, _ABOVE_127)) - 3
            fine = tick < _MAX_TICK
            return _Opening(Chunk(metas, [], tick), programs, others, status & 15, low) if fine else None
        elif 0xA0 <= status < 0xF0 and kind < 128:
            running = status
            pos += 2 if 0xC0 <= status < 0xE0 else 3
            if status < 0xC0 or status >= 0xE0:
                others.append(status & 15)
            elif status < 0xD0:
                programs.add(status & 15)
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


def _add_notes(openings: list[_Opening], score: Any) -> bool:
    """Give each track chunk its parts; return False unless they are complete."""
    tracks = list(score.tracks)
    sounding = [opening for opening in openings if opening.low > 0]
    if len(sounding) == 1:
        sounding *= len(tracks)  # one track chunk may hold many channels; of several each must hold one
    notes, counts = collect_notes(tracks)
    if notes is None or len(sounding) != len(tracks) or not _programs_are_own(sounding, openings):
        return len(sounding) == len(tracks) == 0
    if any(_has_pedal(track) for track in tracks if len(track.controls)):
        return False
    unexplained = sum(opening.low for opening in openings) - 6 * len(notes)
    if unexplained and not _explained(unexplained, openings, score, tracks):
        return False
    end, at = score.end(), 0
    for opening, track, count in zip(sounding, tracks, counts, strict=True):
        opening.chunk.parts.append(Part(notes[at:at + count], track.program, track.is_drum, end, True))
        at += count
    return True


def _programs_are_own(sounding: list[_Opening], openings: list[_Opening]) -> bool:
    """Return True if no track's program is set in another track.

    symusic would not see it.
    """
    single = len(sounding) == 1 or sounding[0] is not sounding[-1]
    if single and all(opening.channel in opening.programs for opening in sounding):
        return True
    setting = Counter(channel for opening in openings for channel in opening.programs)
    for opening in sounding:
        others = setting - Counter(opening.programs)
        if others if not single else opening.channel not in opening.programs and opening.channel in others:
            return False
    return True


def _explained(low: int, openings: list[_Opening], score: Any, tracks: list[Any]) -> bool:
    """Return True if controllers, bends, tempos, meters and keys explain `low` bytes.

    The late ones are added to the metas.
    """
    for track in tracks:
        for events in (track.controls, track.pitch_bends):
            low -= 3 * len(events)
            if len(events) and events.numpy()["time"].min() < 0:
                return False
    many = len(tracks) > 1 and sum(opening.low > 0 for opening in openings) == 1
    low += 3 * sum(many or channel == opening.channel for opening in openings for channel in opening.others)
    if low == 0:
        return True
    stated, early = _stated(score), _early(openings)
    if stated is None or early - stated:
        return False
    late = list((stated - early).elements())
    openings[0].chunk.metas.extend((*meta, 0) for meta in late)
    return low == sum(3 + len(payload.translate(None, _ABOVE_127)) for _, _, payload in late)


def _has_pedal(track: Any) -> bool:
    """Return True if a sustain pedal goes down, which prolongs notes."""
    controls = track.controls.numpy()
    return bool(((controls["number"] == SUSTAIN) & (controls["value"] >= 64)).any())


def _stated(score: Any) -> Counter[tuple[int, int, bytes]] | None:
    """Return symusic's tempos, meters and keys as meta events.

    None if any is odd, or if two on one tick contradict.
    """
    metas = [(event.time, TEMPO, event.mspq.to_bytes(4)[1:]) for event in score.tempos if event.mspq >= MIN_MSPQ]
    for event in score.time_signatures:
        power = event.denominator.bit_length() - 1
        if not 0 < event.numerator < 256 or not 0 <= power < 8:
            return None
        metas.append((event.time, METER, bytes([event.numerator, power, 24, 8])))
    for event in score.key_signatures:
        if abs(event.key) > 7 or event.tonality not in (0, 1):
            return None
        metas.append((event.time, KEY, bytes([event.key & 255, event.tonality])))
    counts = Counter(metas)
    odd = any(meta[0] < 0 for meta in counts) or len({meta[:2] for meta in counts}) < len(counts)
    return None if odd else counts


def _early(openings: list[_Opening]) -> Counter[tuple[int, int, bytes]]:
    """Return the tempos, meters and keys of the openings in the same form.

    A meter's third and fourth byte, which symusic drops, get their usual values.
    """
    metas = [meta[:3] for opening in openings for meta in opening.chunk.metas if meta[1] in (TEMPO, METER, KEY)]
    usual = ((tick, kind, payload[:2] + b"\x18\x08" if kind == METER else payload) for tick, kind, payload in metas)
    return Counter(usual)
