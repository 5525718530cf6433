"""Effects of performance rules, which add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

type_curve: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """Changes by one rule; a number counts for all notes, or for all segments.

    loudness  of each note, in dB
    shift     of each note's onset, in ms, positive is later
    gap       by which each note ends before its written end, in ms
    tempo     of each segment of `Piece.segments`, natural logarithm of the ratio to the written tempo
    """

    loudness: type_curve | float = 0.0
    shift: type_curve | float = 0.0
    gap: type_curve | float = 0.0
    tempo: type_curve | float = 0.0


def add_up(effects: Iterable[tuple[float, Effect]]) -> Effect:
    """Return the sum of effects, each times its weight.

    >>> add_up([(0.5, Effect(loudness=3.0)), (2.0, Effect(loudness=1.0, gap=10.0))])
    Effect(loudness=3.5, shift=0.0, gap=20.0, tempo=0.0)
    """
    total = Effect()
    for weight, effect in effects:
        total = Effect(*(getattr(total, name) + weight * getattr(effect, name) for name in Effect.__slots__))
    return total
