"""Notes as symusic holds them, into arrays of NOTE, with as few steps as will do."""

from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np

from componium.music.score import NOTE, type_notes

# How symusic pickles a note: checked once against known notes; its own arrays take four times as long to get.
_PICKLED = np.dtype([("time", "<i4"), ("duration", "<i4"), ("pitch", "i1"), ("velocity", "i1"), ("_", "V2")])


def notes_of(tracks: list[Any]) -> tuple[type_notes | None, list[int]]:
    """The notes of symusic's tracks, one track after another, each in order, and how many each has.

    None instead of the notes if a track has none, or if any begins before time does, as when its ticks overflowed.
    """
    states = _states(tracks)
    counts = [len(state) // _PICKLED.itemsize for state in states]
    return _joined(states, counts) if counts and all(counts) else None, counts


def _joined(states: list[bytes], counts: list[int]) -> type_notes | None:
    given = np.frombuffer(b"".join(states), dtype=_PICKLED)
    notes = np.zeros(len(given), dtype=NOTE)
    time = given["time"]
    notes["onset"] = time
    notes["duration"] = np.maximum(given["duration"], 1)
    notes["pitch"] = given["pitch"]
    notes["velocity"] = given["velocity"]
    starts = list(accumulate(counts[:-1], initial=0))
    not_later = (time[1:] <= time[:-1]).nonzero()[0] + 1
    if len(not_later) >= len(starts) or not set(not_later.tolist()) <= set(starts):  # chords, not lines
        part = np.repeat(np.arange(len(counts)), counts)
        notes = notes[np.lexsort((notes["velocity"], notes["duration"], notes["pitch"], time, part))]
    notes.flags.writeable = False
    return notes if min(time[start] for start in starts) >= 0 else None


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
