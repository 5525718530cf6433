"""Small MIDI files for tests, from bytes: chunks, events, and hand-made scores."""

import warnings

from componium.errors import RepairWarning
from componium.formats import midi
from componium.formats.midi.events import Repairs
from componium.formats.midi.fast import read_intact
from componium.formats.midi.reader import read_repairing
from componium.formats.midi.scores import to_score

END = "00 FF 2F 00"


def chunk(events, name=b"MTrk"):
    """A chunk around events written in hexadecimal or given as bytes."""
    body = bytes.fromhex(events) if isinstance(events, str) else events
    return name + len(body).to_bytes(4) + body


def smf(*tracks, kind=1, division=480, count=None):
    """A file of tracks, each in hexadecimal, bytes, or a whole chunk (bytes beginning with MTrk)."""
    chunks = [track if isinstance(track, bytes) and track[:4] == b"MTrk" else chunk(track) for track in tracks]
    header = (kind, len(chunks) if count is None else count, division)
    return b"MThd\0\0\0\6" + b"".join(number.to_bytes(2) for number in header) + b"".join(chunks)


def read_quietly(data):
    """The Score, and what was repaired: pairs of text and byte."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        score = midi.loads(data)
    assert all(issubclass(one.category, RepairWarning) for one in caught)
    return score, [(one.message.what, one.message.offset) for one in caught]


def read_slowly(data, strict=True):
    """The Score by the mending reader, whatever the fast one would do."""
    repairs = Repairs(strict)
    return to_score(*read_repairing(data, 0, repairs), repairs)


def is_fast(data):
    """Whether symusic reads it."""
    return read_intact(data) is not None


def rows(score):
    """Per track, its notes as (onset, duration, pitch)."""
    return [track.notes[["onset", "duration", "pitch"]].tolist() for track in score.tracks]
