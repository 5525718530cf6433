"""A constraint as another package may add it: no pitch above C4."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score


class Quiet(Constraint):
    """The highest pitch of one piece."""

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the number of pieces."""
        return {"n": len(scores)}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        return cls()

    def allow(self, choice: Choice, context: Context) -> None:
        choice.mask &= choice.values <= 60
