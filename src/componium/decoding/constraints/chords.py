"""Chords: notes on the beat are notes of the chord that was asked for.

What lies off the beat is free: passing and neighbor notes, suspensions that are tied over. Where no note of the chord
is allowed otherwise, any will do.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Self

import numpy as np

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.chords import PlainChord
from componium.music.types import type_mask


class Chords(Constraint):
    """The chords of one piece: rows of (onset in 24ths of a quarter, chord or None)."""

    def __init__(self, chords: Sequence[tuple[int, PlainChord | None]]) -> None:
        self._onsets = [onset for onset, _ in chords]
        self._classes: list[type_mask | None] = [
            np.isin(np.arange(12), chord.pitch_classes) if chord else None for _, chord in chords
        ]

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        return cls(plan.chords) if plan.chords else None

    def allow(self, choice: Choice, context: Context) -> None:
        if not (context.is_on_beat and context.has_pitch[context.voice]):
            return
        classes = self._classes[max(bisect_right(self._onsets, context.now) - 1, 0)]
        if classes is not None:
            choice.prefer(classes[choice.values % 12])

    def copy(self) -> Self:
        return self
