"""Opening: the first notes form the planned chord."""

from typing import Self

import numpy as np

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile

PENALTY = np.float32(-4.0)  # nats, for pitches outside the chord


class Opening(Constraint):
    """The first chord of one piece.

    lowest  pitch class of the lowest voice, in semitones above the tonic
    chord   pitch classes of the others, bit k for k semitones above the tonic
    tonic   pitch class of the tonic
    onset   of the first notes, in 24ths of a quarter: 0, or that of an upbeat
    """

    def __init__(self, lowest: int, chord: int, tonic: int, onset: int = 0) -> None:
        self._onset = onset
        above_tonic = (np.arange(12) - tonic) % 12
        self._bass, self._upper = (np.where(classes >> above_tonic & 1, np.float32(0), PENALTY)
                                   for classes in (1 << lowest, chord))  # fmt: skip

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        return cls(*plan.opening, plan.key.tonic, plan.upbeat_onset) if plan.opening and plan.is_keyed else None

    def bias(self, choice: Choice, context: Context) -> None:
        if context.now == self._onset and not choice.added:
            chord = self._bass if context.voice == context.bass else self._upper
            choice.bias += chord[choice.values % 12]

    def copy(self) -> Self:
        return self
