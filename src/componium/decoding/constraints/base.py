"""Constraint: one property of music that is kept while notes are chosen."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import UnknownNameError
from componium.music.score import Score
from componium.music.types import type_mask

type_kind = Literal["position", "voice", "pitch", "duration", "end"]


class Choice:
    """A choice to be made: its kind, its values, which of them are allowed, and what is added to their logits.

    kind    "position": onsets in the bar, in 24ths of a quarter; "voice": voices from the top; "pitch": MIDI pitches;
            "duration": in 24ths; "end": one value, to end the piece here
    values  (N,)
    mask    (N,), written in place: False is forbidden
    bias    (N,), written in place: nats added to the logits
    added   of a pitch: whether it is a further note of a chord of the voice

    Voice and onset are those of the context.
    """

    __slots__ = ("added", "bias", "kind", "mask", "values")

    def __init__(self, kind: type_kind, values: NDArray[np.int64]) -> None:
        self.kind, self.values, self.added = kind, values, False
        self.mask: type_mask = np.ones(len(values), dtype=bool)
        self.bias: NDArray[np.float32] = np.zeros(len(values), dtype=np.float32)

    def prefer(self, wanted: type_mask) -> None:
        """Forbid what isn't wanted, unless nothing would be left."""
        if (self.mask & wanted).any():
            self.mask &= wanted


class Constraint(ABC):
    """One property of music, in a file of its own name; it owns all of it: measurement, state and effect.

    `kinds` are the kinds of choice that it looks at. Its `name` is its file's. Everything happens in musical values; a
    guide turns these into ids. A constraint may be switched off by name, in a Request's `constraints`.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"pitch"})

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return what the constraint needs to know of a style's pieces, as plain JSON values."""
        return {}

    @classmethod
    @abstractmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        """Return the constraint of one piece, None where it doesn't apply."""

    # What a constraint doesn't do it leaves as it is here.

    def allow(self, choice: Choice, context: Context) -> None:  # noqa: B027
        """Narrow `choice.mask`: with `&=` what must hold, with `prefer` what yields where nothing would be left."""

    def bias(self, choice: Choice, context: Context) -> None:  # noqa: B027
        """Add to `choice.bias`, in nats."""

    def observe(self, kind: str, value: int, context: Context) -> None:  # noqa: B027
        """Take in a choice that was made; the context knows it already."""

    def copy(self) -> Self:
        """Return an independent constraint in the same state."""
        return deepcopy(self)


@cache
def constraint_classes() -> dict[str, type[Constraint]]:
    """Return every constraint by name, those of other packages too."""
    return {name: registry.load_class("constraints", name, Constraint) for name in registry.names("constraints")}


def build_constraints(
    plan: Plan, profile: StyleProfile, switches: Mapping[str, bool] | None = None
) -> dict[str, Constraint]:
    """Return the constraints of a piece by name, without those switched off.

    Raises UnknownNameError for a switch that no constraint has.
    """
    classes, switches = constraint_classes(), switches or {}
    for name in switches:
        if name not in classes:
            raise UnknownNameError("constraint", name, classes)
    built = {name: kind.build(plan, profile) for name, kind in classes.items() if switches.get(name, True)}
    return {name: constraint for name, constraint in built.items() if constraint is not None}
