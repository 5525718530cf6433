"""Hands of a keyboard part: the lines of the right and of the left, a staff each.

A part is for two hands if its instrument has keys (or is a harp) and its lower notes, below middle C, often sound under
its higher ones. A single voice is parted at middle C; if that gives no two hands, or if there are several voices, each
line goes to one hand as a whole, by its median pitch. So what has been printed once is parted in the same way again.
"""

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Track
from componium.notation.voices import Chord, separate_voices

type_rows = Sequence[tuple[int, ...]]  # (onset, end, pitch, velocity, voice)
type_staved = tuple[list[Chord], int]  # a line and its staff

KEYBOARDS = frozenset((*range(9), *range(16, 21), 46))  # pianos to celesta, organs, harp
MIDDLE = 60
RIGHT, LEFT = 1, 2  # staves
LOW, HIGH = 53, 67  # notes at or beyond both there must be
SHARE = 0.25  # of either hand's notes that sound together with the other's


def split_hands(track: Track, rows: type_rows) -> list[type_staved] | None:
    """Return the lines of a part, each with its staff, or None.

    The staff is 1 for the right hand, 2 for the left; None if one staff is enough.

    Voices that are there keep their order, so that numbers don't depend on staves.
    """
    pitches = [row[2] for row in rows]
    if track.is_drum or track.program not in KEYBOARDS or not rows or min(pitches) > LOW or max(pitches) < HIGH:
        return None
    if len({row[4] for row in rows}) == 1:
        right = separate_voices([row for row in rows if row[2] >= MIDDLE])
        left = separate_voices([row for row in rows if row[2] < MIDDLE])
        parted = [(line, RIGHT) for line in right] + [(line, LEFT) for line in left]
        if _together(parted):
            return parted
    parted = [(line, _hand(line)) for line in separate_voices(rows)]
    return parted if _together(parted) else None


def _hand(line: list[Chord]) -> int:
    return LEFT if median(pitch for chord in line for pitch, _ in chord.notes) < MIDDLE else RIGHT


def _together(parted: Sequence[type_staved]) -> bool:
    """Return True if there are two hands that often sound at the same time."""
    right, left = (_times(line for line, its in parted if its == staff) for staff in (RIGHT, LEFT))
    if not len(right) or not len(left):
        return False
    return min(_overlapping(right, left), _overlapping(left, right)) >= SHARE


def _times(lines: Iterable[list[Chord]]) -> NDArray[np.int64]:
    """Return onset and end of each chord."""
    return np.array([(chord.onset, chord.end) for line in lines for chord in line], dtype=np.int64)


def _overlapping(some: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    """Return the share of rows during which one of the others sounds."""
    onsets, ends = np.sort(others[:, 0]), np.sort(others[:, 1])
    begun, ended = np.searchsorted(onsets, some[:, 1]), np.searchsorted(ends, some[:, 0], side="right")
    return float((begun > ended).mean())
