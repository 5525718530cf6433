"""Events of Standard MIDI Files: numbers, texts, tempos, repairs.

The readers and the writer share them.

Source: MIDI Association, Standard MIDI Files 1.0 (RP-001). A file is a header chunk and track chunks (MTrk); an event
is a delta time in ticks (a variable-length quantity, VLQ: seven bits a byte, the last below 128) and a message.

What MIDI has no event for travels as text events (FF 01) in the first track, "word: value":
"chord: Am7", "mode: dorian" (beside a key signature), and at the start the entries of `Score.info`, "composer: Bach".
"""

import re
import warnings
from functools import lru_cache
from typing import NamedTuple

from componium.errors import FormatError, RepairWarning
from componium.music.score import type_notes

MAX_NOTES = 2_000_000
MAX_SECONDS = 12 * 3600
MAX_EVENTS = 500_000  # tempos, names, programs...: events that are kept, other than notes
MAX_TRACKS = 0xFFFF
MAX_REPAIRS = 10_000  # beyond this nothing that could be read would be music
WARNED = 10  # repairs of one kind that are warned of one by one

TEXT, RIGHTS, NAME, END, PORT, TEMPO, METER, KEY = 0x01, 0x02, 0x03, 0x2F, 0x21, 0x51, 0x58, 0x59
KEPT = frozenset((TEXT, RIGHTS, NAME, TEMPO, METER, KEY))
# Meta events whose length is fixed: sequence number, channel prefix, port, end, tempo, SMPTE offset, meter, key.
LENGTHS = {0x00: 2, 0x20: 1, PORT: 1, END: 0, TEMPO: 3, 0x54: 5, METER: 4, KEY: 2}

MIN_MSPQ, MAX_MSPQ = 600, 0xFFFFFF  # microseconds per quarter: 100,000 qpm, and what three bytes hold
SUSTAIN = 64  # the controller of the sustain pedal; down from the value 64 on
DRUMS = 9  # channel 10, counted from 0

_WORD = re.compile(r"([a-z][a-z0-9_-]*): *(.+)", re.DOTALL)
_LONE_LETTER = re.compile(rb"(?<![\x80-\xff])[\xa0-\xff](?![\x80-\xff])")


# A meta event: its tick, its kind, its payload, and its byte in the file.
Meta = tuple[int, int, bytes, int]


class Part(NamedTuple):
    """Notes of one channel of one track chunk.

    `end` is the tick where the last one ends; `checked` notes are known to be valid and in order.
    """

    notes: type_notes
    program: int
    is_drum: bool
    end: int
    checked: bool = False


class Chunk(NamedTuple):
    """Content of one track chunk, and the tick of its end."""

    metas: list[Meta]
    parts: list[Part]
    end: int


class Header(NamedTuple):
    """Type (0, 1 or 2), ticks per quarter, and the tempo of a file in SMPTE time.

    That one tempo makes its seconds right.
    """

    type: int
    ticks_per_quarter: int
    smpte_mspq: int | None = None


class Repairs:
    """Counter of repairs, which warns (RepairWarning) or, if strict, refuses.

    After ten of a kind, more are only counted.
    """

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.counts: dict[str, int] = {}

    def add(self, what: str, offset: int) -> None:
        """Warn of a repair at a byte.

        Raises FormatError if strict, or if nearly everything needs repair.
        """
        if self.strict:
            raise FormatError(what, where=f"byte {offset}", advice="without strict it is repaired")
        self.counts[what] = self.counts.get(what, 0) + 1
        if self.counts[what] <= WARNED:
            warnings.warn(RepairWarning(what, offset), stacklevel=2)
        if self.counts[what] > MAX_REPAIRS:
            raise FormatError(f"too damaged to mend: {what}", where=f"byte {offset}")

    def close(self) -> None:
        """Warn of those that were only counted."""
        for what, count in self.counts.items():
            if count > WARNED:
                warnings.warn(RepairWarning(f"{what}: {count - WARNED} more such places"), stacklevel=2)


def clean(text: str) -> str:
    """Strip the blanks and zero bytes that pad a text."""
    return text.strip("\0 \t\r\n")


def decode_text(payload: bytes, offset: int, repairs: Repairs) -> str:
    """Decode text in UTF-8; failing that, with a repair, in cp932 or Latin-1.

    cp932 is Shift-JIS as Windows writes it.

    Where each byte above 127 is isolated it is an accented letter ("Präludium"), even if cp932 could read it.
    """
    try:
        return clean(payload.decode("utf-8"))
    except UnicodeDecodeError:
        repairs.add("text that is not UTF-8", offset)
    high = sum(byte > 127 for byte in payload)
    if len(_LONE_LETTER.findall(payload)) == high:
        return clean(payload.decode("latin-1"))
    try:
        return clean(payload.decode("cp932"))
    except UnicodeDecodeError:
        return clean(payload.decode("latin-1"))


def split_word(text: str) -> tuple[str, str]:
    """Split "chord: Am7" into ("chord", "Am7"); return empty strings for other text."""
    match = _WORD.fullmatch(text)
    return (match[1], clean(match[2])) if match else ("", "")


def qpm_to_mspq(qpm: float) -> int:
    """Return microseconds per quarter, as MIDI writes a tempo, in three bytes."""
    return min(max(round(60e6 / qpm), MIN_MSPQ), MAX_MSPQ)


def vlq(number: int) -> bytes:
    """Return a number as a variable-length quantity."""
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


@lru_cache(maxsize=4096)
def mspq_to_qpm(mspq: int) -> float:
    """Return the roundest qpm that is written as `mspq` microseconds per quarter.

    >>> mspq_to_qpm(666_667), mspq_to_qpm(500_000)
    (90.0, 120.0)
    """
    exact = 60e6 / mspq
    rounded = (round(exact, digits) for digits in range(8))
    return next((qpm for qpm in rounded if 1 <= qpm <= 100_000 and round(60e6 / qpm) == mspq), exact)
