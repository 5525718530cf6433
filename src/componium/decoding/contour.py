"""Contour: targets of a piece over time, one row a sixteenth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type_curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """Targets of each step of a piece.

    density   (T,) onsets a voice, 0 to 1
    register  (T,) semitones above the usual register of the voices, negative below
    accent    (T,) nats for an onset here rather than near it
    chroma    (T, 12) nats of each pitch class, C first
    silent    (T,) True where nothing sounds
    pickup    steps before the first bar line; 0 where the first bar is whole
    """

    density: type_curve
    register: type_curve
    accent: type_curve
    chroma: type_curve
    silent: NDArray[np.bool_]
    pickup: int = 0

    def __len__(self) -> int:
        return len(self.density)
