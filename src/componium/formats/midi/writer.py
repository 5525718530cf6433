"""Writer of Standard MIDI Files, type 1: a conductor track, then one a part.

- Each part has a program and a channel; drums have channel 10. Up to 15 melodic parts have a channel each; with more,
  parts of one program share a channel; with more than 15 programs, further ones go to further ports (meta event 21).
- A note ends where its pitch is struck again in its part; of two that begin together the longest is written.
- Note-off is written in full (8n, velocity 64), before the note-ons of its tick; no running status.
- Chord symbols, modes and `Score.info` are text events: see events.py.
"""

import re
from dataclasses import replace

import numpy as np

from componium.errors import FormatError
from componium.formats.midi.events import (
    DRUMS,
    END,
    KEY,
    METER,
    NAME,
    PORT,
    RIGHTS,
    TEMPO,
    TEXT,
    clean,
    mspq_to_qpm,
    qpm_to_mspq,
    vlq,
)
from componium.music.score import DEFAULT_VELOCITY, Chord, Key, Meter, Score, Track, type_notes
from componium.music.strikes import end_at_next_strike
from componium.music.time import beat_quarters

_MELODIC = tuple(channel for channel in range(16) if channel != DRUMS)
_MAX_DELTA = (1 << 28) - 1
_INFO_KEY = re.compile(r"[a-z][a-z0-9_-]*")
_RESERVED = ("chord", "mode")


def canonicalize(score: Score) -> Score:
    """Return the score as it is read back from a MIDI file.

    `LOSES` lists what is lost. Idempotent.
    """
    info = [(key, _text(value)) for key, value in score.info]
    kept = [(key, value) for key, value in info if _INFO_KEY.fullmatch(key) and key not in _RESERVED and value]
    return replace(
        score,
        tracks=tuple(_canonical_track(track) for track in score.tracks if len(track.notes)),
        tempos=tuple(replace(tempo, qpm=mspq_to_qpm(qpm_to_mspq(tempo.qpm))) for tempo in score.tempos),
        chords=tuple(Chord(chord.tick, _text(chord.symbol)) for chord in score.chords if _text(chord.symbol)),
        title=_text(score.title),
        info=tuple(kept),
    )


def _text(text: str) -> str:
    return clean(text.encode("utf-8", "replace").decode("utf-8"))  # a lone surrogate becomes a question mark


def _canonical_track(track: Track) -> Track:
    """Return the track with one note at a time on each key.

    A reader can't tell two apart, and a player may never end one.
    """
    kept, offset = end_at_next_strike(track.notes["pitch"], track.notes["onset"],
                                      track.notes["onset"] + track.notes["duration"])  # fmt: skip
    array = track.notes.copy()
    array["duration"] = offset - array["onset"]
    array["velocity"][array["velocity"] == 0] = DEFAULT_VELOCITY
    array["voice"] = 0
    return replace(track, notes=array[kept], name=_text(track.name))


def encode(score: Score) -> bytes:
    """Return the bytes of a canonical score's file."""
    places = _channels(score.tracks)
    chunks = [_chunk(_conductor(score))]
    chunks += [_chunk(_part(track, *place)) for track, place in zip(score.tracks, places, strict=True)]
    if len(chunks) > 0xFFFF:
        raise FormatError(f"{len(score.tracks)} tracks", expected="at most 65534 in a MIDI file")
    header = (1, len(chunks), score.ticks_per_quarter)
    return b"MThd\0\0\0\6" + b"".join(number.to_bytes(2) for number in header) + b"".join(chunks)


def _channels(tracks: tuple[Track, ...]) -> list[tuple[int, int]]:
    """Return (port, channel) of each track: one each while they last, else by program."""
    melodic = [track for track in tracks if not track.is_drum]
    own = len(melodic) <= len(_MELODIC)
    numbers: dict[int, int] = {}
    places = []
    for index, track in enumerate(tracks):
        if track.is_drum:
            places.append((0, DRUMS))
            continue
        number = numbers.setdefault(index if own else track.program, len(numbers))
        port, channel = divmod(number, len(_MELODIC))
        places.append((port, _MELODIC[channel]))
    return places


def _chunk(body: bytes) -> bytes:
    return b"MTrk" + (len(body) + 4).to_bytes(4) + body + _meta(0, END, b"")


def _part(track: Track, port: int, channel: int) -> bytes:
    name = _meta(0, NAME, track.name.encode()) if track.name else b""
    to_port = _meta(0, PORT, bytes([port])) if port else b""
    return name + to_port + bytes([0, 0xC0 | channel, track.program]) + _note_events(track.notes, channel)


def _note_events(notes: type_notes, channel: int) -> bytes:
    """Encode all note-ons and note-offs in order.

    At one tick the offs come first, then from low to high.
    """
    offset = notes["onset"] + notes["duration"]
    ending = np.lexsort((notes["pitch"], offset))
    ticks = np.concatenate([offset[ending], notes["onset"]])
    order = np.argsort(ticks, kind="stable")
    delta = np.diff(ticks[order], prepend=0)
    _check_delta(int(delta.max(initial=0)))
    n = len(notes)
    rows = np.empty((2 * n, 7), dtype=np.uint8)  # four bytes of delta time, the unused ones left out below, and three
    for byte in range(4):
        rows[:, byte] = (delta >> 7 * (3 - byte)) & 0x7F | (0x80 if byte < 3 else 0)
    rows[:, 4] = np.repeat([0x80 | channel, 0x90 | channel], n)[order]
    rows[:, 5] = np.concatenate([notes["pitch"][ending], notes["pitch"]])[order]
    rows[:, 6] = np.concatenate([np.full(n, 64), notes["velocity"]])[order]
    used = np.ones(rows.shape, dtype=bool)
    for byte in range(3):
        used[:, byte] = delta >= 1 << 7 * (3 - byte)
    return rows[used].tobytes()


def _conductor(score: Score) -> bytes:
    """Encode title, rights, info, and meters, keys, tempos and chords by time."""
    opening = [(NAME, score.title)] if score.title else []
    opening += [(RIGHTS, value) if key == "rights" else (TEXT, f"{key}: {value}") for key, value in score.info]
    events = [(0, _meter(meter), meter.tick) for meter in score.meters]
    events += [(1, event, key.tick) for key in score.keys for event in _key(key)]
    events += [(2, (TEMPO, qpm_to_mspq(tempo.qpm).to_bytes(3)), tempo.tick) for tempo in score.tempos]
    events += [(3, (TEXT, f"chord: {chord.symbol}".encode()), chord.tick) for chord in score.chords]
    events.sort(key=lambda event: (event[2], event[0]))
    parts = [_meta(0, kind, text.encode()) for kind, text in opening]
    now = 0
    for _, (kind, payload), tick in events:
        parts.append(_meta(tick - now, kind, payload))
        now = tick
    return b"".join(parts)


def _meter(meter: Meter) -> tuple[int, bytes]:
    clocks = min(int(24 * beat_quarters(meter)), 255)  # MIDI clocks, 24 a quarter, between clicks of a metronome
    return METER, bytes([meter.numerator, meter.denominator.bit_length() - 1, max(clocks, 1), 8])


def _key(key: Key) -> list[tuple[int, bytes]]:
    minor = key.mode in ("minor", "dorian", "phrygian", "locrian")
    signature = (KEY, bytes([key.fifths & 0xFF, minor]))
    return [signature] if key.mode in ("major", "minor") else [signature, (TEXT, f"mode: {key.mode}".encode())]


def _meta(delta: int, kind: int, payload: bytes) -> bytes:
    return encode_vlq(delta) + bytes([0xFF, kind]) + encode_vlq(len(payload)) + payload


def encode_vlq(number: int) -> bytes:
    """Return a number as a variable-length quantity.

    Raises FormatError beyond 2^28 - 1.
    """
    _check_delta(number)
    return vlq(number)


def _check_delta(delta: int) -> None:
    if delta > _MAX_DELTA:
        raise FormatError(f"{delta} ticks between two events", expected=f"at most {_MAX_DELTA} in a MIDI file")
