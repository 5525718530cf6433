"""Notes as they were heard: seconds instead of ticks. What trackers and decoders give, before there are beats."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEARD = np.dtype([("onset_second", "<f8"), ("offset_second", "<f8"), ("pitch", "<i2"), ("velocity", "<i2")])

type_heard = NDArray[Any]  # a structured array of dtype HEARD, ordered by onset, then pitch


def heard(rows: Iterable[tuple[float, float, int, int]] = ()) -> type_heard:
    """An array of HEARD from rows of (onset_second, offset_second, pitch, velocity), put in order."""
    array = np.array([tuple(row) for row in rows], dtype=HEARD)
    return array[np.lexsort((array["pitch"], array["onset_second"]))]


def level_to_velocity(level: NDArray[np.float64]) -> NDArray[np.int16]:
    """Amplitudes (> 0) as velocities: the usual one is 80, ten decibels are 20 of velocity, within 20 to 120."""
    if not len(level):
        return np.zeros(0, dtype=np.int16)
    decibels = 20 * np.log10(np.maximum(level, 1e-6) / max(float(np.median(level)), 1e-6))
    result: NDArray[np.int16] = np.clip(np.rint(80 + 2 * decibels), 20, 120).astype(np.int16)
    return result
