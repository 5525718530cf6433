"""Which lines of a keyboard part the right hand plays and which the left: a staff for each. Part of _notation.

A part is for two hands if its instrument has keys (or is a harp) and its lower notes, below middle C, often sound under
its higher ones. Of several voices each line goes to one hand as a whole, by its median pitch; a single voice is parted
at middle C. So what has been parted once is parted in the same way again.
"""

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from componium.formats._notation_voices import Chord, separate
from componium.score import Track

type_rows = Sequence[tuple[int, ...]]  # (onset, end, pitch, velocity, voice)
type_lines = list[list[Chord]]

KEYBOARDS = frozenset((*range(9), *range(16, 21), 46))  # pianos to celesta, organs, harp
MIDDLE = 60
LOW, HIGH = 53, 67  # notes at or beyond both there must be
SHARE = 0.25  # of either hand's notes that sound together with the other's


def hands(track: Track, rows: type_rows) -> tuple[type_lines, type_lines] | None:
    """The right hand's lines and the left's; None for a part that goes on one staff."""
    pitches = [row[2] for row in rows]
    if track.is_drum or track.program not in KEYBOARDS or not rows or min(pitches) > LOW or max(pitches) < HIGH:
        return None
    if len({row[4] for row in rows}) == 1:
        right = separate([row for row in rows if row[2] >= MIDDLE])
        left = separate([row for row in rows if row[2] < MIDDLE])
    else:
        lines = separate(rows)
        is_left = [median(pitch for chord in line for pitch, _ in chord.notes) < MIDDLE for line in lines]
        right = [line for line, its in zip(lines, is_left, strict=True) if not its]
        left = [line for line, its in zip(lines, is_left, strict=True) if its]
    if not right or not left:
        return None
    both = _times(right), _times(left)
    together = min(_overlapping(*both), _overlapping(*reversed(both)))
    return (right, left) if together >= SHARE else None


def _times(lines: type_lines) -> NDArray[np.int64]:
    """From when to when each chord sounds."""
    return np.array([(chord.onset, chord.end) for line in lines for chord in line])


def _overlapping(some: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    """The share of rows during which one of the others sounds."""
    onsets, ends = np.sort(others[:, 0]), np.sort(others[:, 1])
    begun, ended = np.searchsorted(onsets, some[:, 1]), np.searchsorted(ends, some[:, 0], side="right")
    return float((begun > ended).mean())
