"""Tonality: a piece stays in the key that it states.

Where the notes so far fit another key as well or better, by Krumhansl's correlations, pitches that distinguish the two
keys are favored until the piece's own key leads again. Nothing is biased while that key leads safely.
"""

from math import sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.key import standard_profiles
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile

LEAD = 0.25  # the correlation by which the key leads safely
PULL = 3.0  # nats, for a difference of 1 between two keys' profiles, where another key leads
PROFILE = "krumhansl"  # not the one by which takes are measured
FEWEST = 12  # notes, before which nothing can be concluded


class Tonality(Constraint):
    """The key of one piece: a pitch class, and a mode of music.pitch.SCALES."""

    def __init__(self, tonic: int, mode: str) -> None:
        own = standard_profiles((mode,), PROFILE)[0, tonic]
        every = standard_profiles(("major", "minor"), PROFILE).reshape(-1, 12)
        self._keys = np.stack([own, *every[~np.isclose(every, own).all(axis=1)]])  # its own first, then its rivals
        self._marks, self._by_class = np.zeros(len(self._keys)), list(self._keys.T)
        self._counts, self._squares, self._n = [0] * 12, 0, 0
        self._classes: NDArray[np.float32] | None = None  # (12,) nats for each pitch class

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        return cls(plan.key.tonic, plan.key.mode) if plan.is_keyed else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "pitch" and context.has_pitch[context.voice]:
            pitch_class = value % 12
            self._marks += self._by_class[pitch_class]  # profiles have mean 0, so the mean of the counts cancels
            self._squares += 2 * self._counts[pitch_class] + 1
            self._counts[pitch_class] += 1
            self._n += 1
            if self._n >= FEWEST:
                self._classes = self._favored()

    def bias(self, choice: Choice, context: Context) -> None:
        if self._classes is not None:
            choice.bias += self._classes[choice.values % 12]

    def _favored(self) -> NDArray[np.float32] | None:
        """Return the bias of each pitch class in nats, (12,).

        It is None while the key leads safely. It favors pitch classes that are stronger in the key than in its
        strongest rival.
        """
        size = sqrt(self._squares - self._n**2 / 12)
        rival = 1 + int(self._marks[1:].argmax())
        ahead = float(self._marks[0] - self._marks[rival])
        if size == 0 or ahead >= LEAD * size:
            return None
        differences = (PULL * (self._keys[0] - self._keys[rival])).astype(np.float32)
        favored: NDArray[np.float32] = differences * np.float32(min(1 - ahead / size / LEAD, 1.0))
        return favored
