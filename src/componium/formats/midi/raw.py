"""Events of a MIDI file with the bytes in which they are written, and back.

Nothing is repaired: what is broken raises PatchError. join_file(split_file(data)) == data.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from componium.errors import PatchError
from componium.formats.midi.events import END
from componium.formats.midi.writer import encode_vlq

META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
_MAX_VLQ = 4  # bytes


class Event(NamedTuple):
    """Event at a tick: its status, its bytes after that, and how it was written.

    `delta` is the delta time as written, `stated` is False if the status is a running one.
    """

    tick: int
    status: int
    data: bytes
    delta: bytes = b""
    stated: bool = True

    @property
    def is_end(self) -> bool:
        """True for the end of the track."""
        return self.status == META and self.data[0] == END


class Chunk(NamedTuple):
    """Chunk of a file: its name, and its bytes if it is no track."""

    name: bytes
    body: bytes


def split_file(data: bytes) -> tuple[bytes, list[Chunk]]:
    """Return the header and all chunks of a file. Raises PatchError if it is broken."""
    at = 8 + int.from_bytes(data[4:8])
    if data[:4] != b"MThd" or len(data) < at or at < 14:
        raise PatchError("a MIDI file within another file, or broken", where="byte 0", expected="MThd")
    head, chunks = data[:at], []
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at + 4:at + 8])
        if end > len(data) or len(data) < at + 8:
            raise PatchError("a chunk of the wrong length", where=f"byte {at}", advice="write the file anew")
        chunks.append(Chunk(data[at:at + 4], data[at + 8:end]))
        at = end
    return head, chunks


def join_file(head: bytes, chunks: Iterable[Chunk]) -> bytes:
    """Return the bytes of a file of a header and chunks."""
    return head + b"".join(name + len(body).to_bytes(4) + body for name, body in chunks)


def split_track(body: bytes) -> list[Event]:
    """Return the events of a track, its end the last.

    Raises PatchError if it is broken.
    """
    try:
        events = list(_events(body))
    except IndexError:
        raise PatchError("a track cut off inside an event", advice="write the file anew") from None
    if not events or not events[-1].is_end:
        raise PatchError("a track without its end", advice="write the file anew")
    return events


def _events(body: bytes) -> Iterator[Event]:
    pos = tick = running = 0
    while pos < len(body):
        start = pos
        delta, pos = _read_vlq(body, pos)
        tick += delta
        before = body[start:pos]
        stated = body[pos] > 0x7F
        status = body[pos] if stated else running
        pos += stated
        end = _end_of(body, status, pos)
        if end > len(body):
            raise IndexError
        event = Event(tick, status, body[pos:end], before, stated)
        yield event
        if event.is_end and end < len(body):
            raise PatchError("bytes after a track's end", advice="write the file anew")
        running, pos = status if status < SYSEX else 0, end


def _end_of(body: bytes, status: int, pos: int) -> int:
    """Return where the event with a status ends, whose data begin at `pos`."""
    if status in (META, SYSEX, ESCAPE):
        length, start = _read_vlq(body, pos + (status == META))
        return start + length
    end = pos + (1 if 0xC0 <= status < 0xE0 else 2)
    if not 0x80 <= status < SYSEX or not body[pos:end].isascii():
        raise PatchError("a byte that is no event", advice="write the file anew")
    return end


def _read_vlq(body: bytes, pos: int) -> tuple[int, int]:
    number = 0
    for at in range(pos, pos + _MAX_VLQ):
        number = number << 7 | body[at] & 0x7F
        if body[at] < 0x80:
            return number, at + 1
    raise PatchError("a number of more than four bytes", advice="write the file anew")


def join_track(events: Sequence[Event]) -> bytes:
    """Return the bytes of events in order.

    An event that follows the same time after another, and another of the same status, is written as it was.
    """
    parts: list[bytes] = []
    now = running = 0
    for tick, status, data, delta, stated in events:
        own = delta and _read_vlq(delta, 0)[0] == tick - now
        parts.append(delta if own else encode_vlq(tick - now))
        if stated or status != running:
            parts.append(bytes([status]))
        parts.append(data)
        now, running = tick, status if status < SYSEX else 0
    return b"".join(parts)
