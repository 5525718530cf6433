"""Even grid of steps: ticks to steps, and the top line of a score."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import CodecError
from componium.music.score import Score, type_notes
from componium.music.types import type_ids

TICKS = 480  # a quarter, in the scores that these codecs decode to
MAX_STEPS = 1_000_000
FARTHEST = 6  # semitones that a piece is transposed by in training
LOWEST, HIGHEST = 21, 108  # and the pitches within which it stays


def check_steps(steps: int) -> int:
    """Return `steps` a quarter. Raises CodecError if they aren't whole ticks."""
    if not 1 <= steps <= 24 or TICKS % steps:
        raise CodecError(f"{steps} steps a quarter", expected="a divisor of 480 up to 24")
    return steps


def to_steps(ticks: Any, ticks_per_quarter: int, steps: int) -> Any:
    """Return the nearest step to each tick, of ties the later.

    >>> to_steps(np.array([0, 59, 60, 480]), 480, 4).tolist()
    [0, 0, 1, 4]
    """
    return (2 * ticks * steps + ticks_per_quarter) // (2 * ticks_per_quarter)


def top_line(score: Score, steps: int) -> list[tuple[int, int, int]]:
    """Return the highest part as one line: rows of (onset, duration, pitch) in steps.

    The part is the one with the highest mean pitch, drums excluded. Of notes that begin on one step the highest is
    kept; one that begins below a higher one that still sounds is dropped; each lasts at most to the next. Raises
    CodecError beyond MAX_STEPS.
    """
    parts = [track.notes for track in score.tracks if not track.is_drum and len(track.notes)]
    if not parts:
        return []
    line: list[tuple[int, int, int]] = []
    for onset, offset, pitch in _placed(max(parts, key=lambda array: float(array["pitch"].mean())), score, steps):
        if line:
            begun, duration, above = line[-1]
            if onset < begun + duration:
                if pitch <= above and (pitch < above or onset == begun):
                    continue
                line[-1] = (begun, onset - begun, above)
        line.append((onset, offset - onset, pitch))
    return line


def _placed(array: type_notes, score: Score, steps: int) -> list[tuple[int, int, int]]:
    """Return notes as rows of (onset, offset, pitch) in steps, sorted.

    Each lasts at least one step; of one step the highest comes first.
    """
    onset = to_steps(array["onset"], score.ticks_per_quarter, steps)
    offset = np.maximum(to_steps(array["onset"] + array["duration"], score.ticks_per_quarter, steps), onset + 1)
    if int(offset.max()) > MAX_STEPS:
        raise CodecError(f"{int(offset.max())} steps", expected=f"at most {MAX_STEPS}")
    order = np.lexsort((-offset, -array["pitch"], onset))
    columns = (onset[order].tolist(), offset[order].tolist(), array["pitch"][order].tolist())
    return list(zip(*columns, strict=True))


def transposition(pitches: NDArray[np.int64], rng: np.random.Generator) -> int:
    """Draw a transposition, -6 to 6 semitones, that stays within the piano's keys."""
    low = max(-FARTHEST, min(LOWEST - int(pitches.min()), 0))
    high = min(FARTHEST, max(HIGHEST - int(pitches.max()), 0))
    return int(rng.integers(low, high + 1))


def checked(ids: Any, n_vocab: int, eos: int) -> list[int]:
    """Return ids up to the first eos. Raises CodecError for unknown ids."""
    array: type_ids = np.asarray(ids, dtype=np.int64).reshape(-1)
    if len(array) and not 0 <= array.min() <= array.max() < n_vocab:
        raise CodecError("an id outside the vocabulary", expected=f"0 to {n_vocab - 1}")
    listed: list[int] = array.tolist()
    return listed[: listed.index(eos)] if eos in listed else listed
