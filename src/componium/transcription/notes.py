"""Notes in seconds, before there are beats."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TIMED_NOTE = np.dtype([("onset_second", "<f8"), ("offset_second", "<f8"), ("pitch", "<i2"), ("velocity", "<i2")])

type_timed_notes = NDArray[Any]  # a structured array of dtype TIMED_NOTE, ordered by onset, then pitch


def timed_notes(rows: Iterable[tuple[float, float, int, int]] = ()) -> type_timed_notes:
    """Return an array of TIMED_NOTE, ordered by onset, then pitch.

    Rows are (onset_second, offset_second, pitch, velocity).
    """
    array = np.array([tuple(row) for row in rows], dtype=TIMED_NOTE)
    return array[np.lexsort((array["pitch"], array["onset_second"]))]


def level_to_velocity(level: NDArray[np.float64]) -> NDArray[np.int16]:
    """Convert amplitudes (> 0) to velocities, 20 to 120.

    The median is 80; ten decibels are 20 of velocity.
    """
    if not len(level):
        return np.zeros(0, dtype=np.int16)
    decibels = 20 * np.log10(np.maximum(level, 1e-6) / max(float(np.median(level)), 1e-6))
    result: NDArray[np.int16] = np.clip(np.rint(80 + 2 * decibels), 20, 120).astype(np.int16)
    return result
