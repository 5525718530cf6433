"""Intervals: melodic intervals that are rare in the style are penalized."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from componium.analysis.histograms import interval_counts
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score

RARE = 0.0005  # share of the melodic intervals, below which one isn't of the style
PENALTY = -6.0  # nats
REACH = 160  # semitones: no two pitches are further apart


class Intervals(Constraint):
    """The rare intervals of a style, in semitones."""

    def __init__(self, rare: Sequence[int]) -> None:
        self._is_rare = np.zeros(2 * REACH + 1, dtype=bool)
        self._is_rare[np.array(rare, dtype=np.int64) + REACH] = True

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the rare melodic intervals within an octave, in semitones.

        Counts are raised by the rule of three: an event that didn't occur in n trials has, at 95% confidence, a rate of
        at most 3 / n.
        """
        counts = np.sum([interval_counts(score) for score in scores], axis=0)
        return {"rare": (np.flatnonzero(counts + 3 < RARE * counts.sum()) - len(counts) // 2).tolist()}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        rare = profile.part("intervals").get("rare", ())
        return cls(rare) if len(rare) else None

    def bias(self, choice: Choice, context: Context) -> None:
        own = context.motion.before(context.voice, context.now)
        if own is not None and not choice.added:
            choice.bias[self._is_rare[choice.values - own + REACH]] += PENALTY

    def copy(self) -> Self:
        return self
