"""Notes of symusic's tracks as arrays of NOTE."""

from itertools import accumulate
from typing import Any

import numpy as np

from componium.music.score import NOTE, type_notes


def collect_notes(tracks: list[Any]) -> tuple[type_notes | None, list[int]]:
    """Return the notes of symusic's tracks, and the count of each track.

    The notes stand one track after another, each track in order. They are None if a track has none, or if one begins
    before tick 0, as when its ticks overflowed.

    The notes are None if a track has none, or if one begins before tick 0, as when its ticks overflowed.
    """
    columns = [track.notes.numpy() for track in tracks]
    counts = [len(column["time"]) for column in columns]
    return _join(columns, counts) if counts and all(counts) else None, counts


def _join(columns: list[dict[str, Any]], counts: list[int]) -> type_notes | None:
    time, duration, pitch, velocity = (
        np.concatenate([column[name] for column in columns]) for name in ("time", "duration", "pitch", "velocity")
    )
    notes = np.zeros(len(time), dtype=NOTE)
    notes["onset"] = time
    notes["duration"] = np.maximum(duration, 1)
    notes["pitch"] = pitch
    notes["velocity"] = velocity
    starts = list(accumulate(counts[:-1], initial=0))
    not_later = (time[1:] <= time[:-1]).nonzero()[0] + 1
    if len(not_later) >= len(starts) or not set(not_later.tolist()) <= set(starts):  # chords, not lines
        part = np.repeat(np.arange(len(counts)), counts)
        notes = notes[np.lexsort((notes["velocity"], notes["duration"], notes["pitch"], time, part))]
    notes.flags.writeable = False
    return notes if min(time[start] for start in starts) >= 0 else None
