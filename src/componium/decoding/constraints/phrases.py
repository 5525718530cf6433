"""Phrases: rests come after triads in root position as often as in the style.

A phrase ends with a sonority after which nothing begins for two beats (`analysis.phrases`). Where that sonority is no
triad in root position, onsets so far away are penalized, so that the music goes on until it has come to one; where it
is, they are favored, so that rests come no more rarely. Each is the logarithm of a ratio: the style's share of phrases
that end so, to one half.
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
    """The share of one style's phrases that end on triads in root position, 0 to 1."""

    kinds = frozenset({"position", "bar"})

    def __init__(self, share: float) -> None:
        others = max(1 - share, FEWEST)
        self.penalty, self.favor = np.float32(log(2 * others)), np.float32(log(2 - 2 * others))
        self._onset = 0

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        share, _ = profile.part(PART).get(phrase_triad_rate.__name__, (0.0, 0.0))
        return cls(share) if share > 0.5 else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            self._onset = context.now

    def bias(self, choice: Choice, context: Context) -> None:
        line = context.line + (context.length if choice.kind == "bar" else 0)
        rests = line + choice.values - self._onset >= BEATS * context.beat
        if rests.any() and (sonority := self._sonority(context)):
            choice.bias[rests] += self.favor if is_root_position(sonority) else self.penalty

    def _sonority(self, context: Context) -> list[int]:
        """Return the pitches of the last onset."""
        return [pitch for voice, pitch, _ in context.sounding.at(self._onset) if context.has_pitch[voice]]
