"""The score as written, inside the MIDI file of its performance.

A sequencer-specific event (FF 7F, with the manufacturer's number for non-commercial use, 7D) at the very start holds
the MIDI file of the score, compressed, and a checksum of all that follows it. While the file is unchanged it is read as
the score; once anything is edited, the notes are read as they stand. Players and sequencers pass the event over.
"""

import zlib

from componium.formats.midi.events import vlq

MAX_BYTES = 64 * 1024 * 1024
_MARK = b"\x7dcomponium score 1\0"
_AT = 22  # after the header of the file (14 bytes) and that of its first track
_EVENT = b"\0\xff\x7f"


def embed_score(data: bytes, score: bytes) -> bytes:
    """Return a MIDI file of a performance with the MIDI file of its score in it."""
    payload = _MARK + zlib.crc32(data[_AT:]).to_bytes(4) + zlib.compress(score, 9)
    event = _EVENT + vlq(len(payload)) + payload
    length = int.from_bytes(data[_AT - 4 : _AT]) + len(event)
    return data[: _AT - 4] + length.to_bytes(4) + event + data[_AT:]


def find_score(data: bytes) -> bytes | None:
    """Return the MIDI file of the score that a file's performance is of.

    None if there is none, or if the file was changed since.
    """
    if not data.startswith(_EVENT, _AT):
        return None
    start, length = _AT + len(_EVENT), 0
    for at in range(start, min(start + 4, len(data))):
        length = length << 7 | data[at] & 0x7F
        if data[at] < 0x80:
            return _checked(data[at + 1 : at + 1 + length], data[at + 1 + length :])
    return None


def _checked(payload: bytes, rest: bytes) -> bytes | None:
    if not payload.startswith(_MARK) or payload[len(_MARK) : len(_MARK) + 4] != zlib.crc32(rest).to_bytes(4):
        return None
    unpacker = zlib.decompressobj()
    try:
        score = unpacker.decompress(payload[len(_MARK) + 4 :], MAX_BYTES)
    except zlib.error:
        return None
    return score if unpacker.eof else None
