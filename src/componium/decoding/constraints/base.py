"""Constraint: one property of music that is kept while notes are chosen."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import UnknownNameError
from componium.music.score import Score
from componium.music.types import type_mask

type_kind = Literal["position", "voice", "pitch", "duration", "bar", "end"]


class Choice:
    """One choice to be made: its values, those allowed, and the bias of each.

    kind    "position": onsets in the bar, in 24ths of a quarter; "voice": voices from the top; "pitch": MIDI pitches;
            "duration": in 24ths; "bar": to go on to the next bar, all values alike; "end": one value, to end the piece
            here
    values  (N,)
    mask    (N,), written in place: False is forbidden
    bias    (N,), written in place: nats added to the logits
    added   for a pitch: whether it is a further note of a chord of the voice

    Voice and onset are those of the context.
    """

    __slots__ = ("_preferences", "added", "bias", "kind", "mask", "values")

    def __init__(self, kind: type_kind, values: NDArray[np.int64]) -> None:
        self.kind, self.values, self.added = kind, values, False
        self.mask: type_mask = np.ones(len(values), dtype=bool)
        self.bias: NDArray[np.float32] = np.zeros(len(values), dtype=np.float32)
        self._preferences: list[type_mask] = []

    def prefer(self, wanted: type_mask) -> None:
        """Forbid all other values, unless none of those wanted is allowed."""
        self._preferences.append(wanted)

    def apply_preferences(self) -> None:
        """Narrow the mask by the preferences, in order, once all that must hold is in it."""
        for wanted in self._preferences:
            if (self.mask & wanted).any():
                self.mask &= wanted
        self._preferences.clear()

    def copy(self) -> "Choice":
        """Return a choice of the same kind and values."""
        return Choice(self.kind, self.values)


class Constraint(ABC):
    """One property of music: its measurement, its state and its effect.

    A constraint is a file of its own name, and is switched off by that name in a Request's `constraints`. `kinds` are
    the kinds of choice that it acts on. Everything is in musical values; a guide turns these into ids.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"pitch"})

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the constraint's statistics of a style's pieces, as plain JSON values."""
        return {}

    @classmethod
    @abstractmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        """Return the constraint of one piece, None where it doesn't apply."""

    # A constraint overrides those of these that it needs; a guide calls no other.

    def allow(self, choice: Choice, context: Context) -> None:  # noqa: B027
        """Narrow `choice.mask` by `&=` where it must hold, by `prefer` where it yields."""

    def bias(self, choice: Choice, context: Context) -> None:  # noqa: B027
        """Add to `choice.bias`, in nats."""

    def observe(self, kind: str, value: int, context: Context) -> None:  # noqa: B027
        """Update the state by a position, pitch or duration; the context has it already."""

    def copy(self) -> Self:
        """Return an independent constraint in the same state."""
        return deepcopy(self)


class ConstraintSet:
    """The constraints of one piece, in order, sorted by the hooks that they override."""

    def __init__(self, constraints: Mapping[str, Constraint]) -> None:
        self._by_name = dict(constraints)
        self._allowing, self._biasing = self._by_kind("allow"), self._by_kind("bias")
        self._observing = self._overriding("observe")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the constraints."""
        return tuple(self._by_name)

    def only(self, *names: str) -> "ConstraintSet":
        """Return the constraints of these names alone; they share their state with these."""
        return ConstraintSet({name: self._by_name[name] for name in names})

    def allow(self, choice: Choice, context: Context) -> None:
        """Narrow the mask of a choice: first what must hold, then what yields."""
        if acting := self._allowing[choice.kind]:
            for constraint in acting:
                constraint.allow(choice, context)
            choice.apply_preferences()

    def bias(self, choice: Choice, context: Context) -> None:
        """Add to the bias of a choice."""
        for constraint in self._biasing[choice.kind]:
            constraint.bias(choice, context)

    def observe(self, kind: str, value: int, context: Context) -> None:
        """Update every constraint by a position, pitch or duration just chosen."""
        for constraint in self._observing:
            constraint.observe(kind, value, context)

    def copy(self) -> "ConstraintSet":
        """Return independent constraints in the same state."""
        return ConstraintSet({name: constraint.copy() for name, constraint in self._by_name.items()})

    def _by_kind(self, hook: str) -> dict[type_kind, list[Constraint]]:
        acting = self._overriding(hook)
        return {kind: [each for each in acting if kind in each.kinds] for kind in get_args(type_kind)}

    def _overriding(self, hook: str) -> list[Constraint]:
        base = getattr(Constraint, hook)
        return [each for each in self._by_name.values() if getattr(type(each), hook) is not base]


@cache
def constraint_classes() -> dict[str, type[Constraint]]:
    """Return every constraint by name, those of other packages included."""
    return {name: registry.load_class("constraints", name, Constraint) for name in registry.names("constraints")}


def build_constraints(
    plan: Plan, profile: StyleProfile, switches: Mapping[str, bool] | None = None, *,
    only: Collection[str] | None = None,
) -> ConstraintSet:  # fmt: skip
    """Return the constraints of a piece, without those switched off.

    plan, profile  of the piece and its style
    switches       by name, False for a constraint that is off; all are on by default
    only           names of the constraints that the codec can meet; all by default

    Raises UnknownNameError for a switch that no constraint has.
    """
    classes, switches = constraint_classes(), switches or {}
    for name in switches:
        if name not in classes:
            raise UnknownNameError("constraint", name, classes)
    names = [name for name in classes if switches.get(name, True) and (only is None or name in only)]
    built = {name: classes[name].build(plan, profile) for name in names}
    return ConstraintSet({name: constraint for name, constraint in built.items() if constraint is not None})
