"""Typical values of a feature: a normal distribution fitted to real pieces."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Typical:
    """Mean and standard deviation of a feature of real music."""

    mean: float
    spread: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Typical":
        """Measure values; the standard deviation is never below a tenth of the mean."""
        mean = float(np.mean(values)) if len(values) else 0.0
        return cls(mean, max(float(np.std(values)) if len(values) else 0.0, abs(mean) / 10, 1e-3))

    def distance(self, value: float) -> float:
        """Return the distance of a value from the mean, in standard deviations.

        >>> Typical(2.0, 0.5).distance(1.0)
        2.0
        """
        return abs(value - self.mean) / self.spread

    def mark(self, value: float) -> float:
        """Return 1 at the mean, 0.61 one standard deviation away from it, 0.14 two.

        >>> Typical(2.0, 0.5).mark(2.5).__round__(2)
        0.61
        """
        return math.exp(-(self.distance(value) ** 2) / 2)
