"""Kit: drums strike those of the piece's kit alone.

A piece has some seven drums of the fifty that its style knows. A model that has to keep to them as it goes on may take
the part of the drums for one with pitches, and then plays scales on cymbals; from a kit that is settled beforehand it
plays beats.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.kits import kit_of
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score

MOST_KITS = 64  # that a style keeps
FEWEST = 3  # drums of a kit, where the style has any of so many


class Kit(Constraint):
    """The drums of one piece, by pitch. A chord of them ends at the highest."""

    kinds = frozenset({"pitch", "voice"})

    def __init__(self, drums: Sequence[int]) -> None:
        self._drums = np.array(sorted(drums), dtype=np.int64)

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the kits of some pieces, evenly chosen by their numbers of drums."""
        kits = sorted((kit_of(score) for score in scores), key=lambda kit: (len(kit), kit))
        kits = [kit for kit in kits if len(kit) >= FEWEST] or [kit for kit in kits if kit]
        n = min(MOST_KITS, len(kits))
        return {"kits": [kits[(2 * at + 1) * len(kits) // (2 * n)] for at in range(n)]} if n else {}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        return cls(plan.kit) if plan.kit else None

    def allow(self, choice: Choice, context: Context) -> None:
        voice = context.voice
        if voice < 0 or not context.is_drum[voice]:
            return
        if choice.kind == "pitch":
            choice.mask &= np.isin(choice.values, self._drums)
        elif context.last[voice] >= self._drums[-1]:
            choice.mask[voice] = False

    def copy(self) -> Self:
        return self
