"""Phrases: rests come after triads in root position as often as in the style.

A phrase ends with a sonority after which nothing begins for two beats (`analysis.phrases`). Where that sonority is no
triad in root position, onsets so far away are penalized, so that the music goes on until it has come to one.
"""

from math import log
from typing import Self

import numpy as np

from componium.analysis.phrases import BEATS
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.critics import PART
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.metrics.progression import is_root_position, phrase_triad_rate

FEWEST = 0.01  # least share of other ends in a style


class Phrases(Constraint):
    """The penalty of one style, in nats: the log odds of a phrase that ends otherwise."""

    kinds = frozenset({"position", "bar"})

    def __init__(self, penalty: float) -> None:
        self.penalty, self._onset = np.float32(penalty), 0

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        share, _ = profile.part(PART).get(phrase_triad_rate.__name__, (0.0, 0.0))
        others = max(1 - share, FEWEST)
        return cls(log(others / (1 - others))) if others < 0.5 else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            self._onset = context.now

    def bias(self, choice: Choice, context: Context) -> None:
        line = context.line + (context.length if choice.kind == "bar" else 0)
        rests = line + choice.values - self._onset >= BEATS * context.beat
        if rests.any() and not is_root_position(self._sonority(context)):
            choice.bias[rests] += self.penalty

    def _sonority(self, context: Context) -> list[int]:
        """Return the pitches of the last onset."""
        return [pitch for voice, pitch, _ in context.sounding.at(self._onset) if context.has_pitch[voice]]
