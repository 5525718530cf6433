"""Ranges: each voice stays in the range of its instrument or of the style."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import NARROWEST, Plan
from componium.decoding.style.profile import StyleProfile, type_range
from componium.music.score import Score

HIGHEST = 127
_NO_PITCHES = np.zeros(0, dtype=np.int16)
OUTLIERS = 0.5  # percent of a voice's notes, at either end, that its range excludes


class Ranges(Constraint):
    """The lowest and highest pitch of each voice.

    A voice whose note is at the top of its range can't add another above it. Drums have none.
    """

    kinds = frozenset({"pitch", "voice"})

    def __init__(self, ranges: Sequence[type_range]) -> None:
        self._ranges = ranges

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the ranges by the number of voices."""
        pitches: dict[int, list[list[Any]]] = {}
        for score in scores:
            voices = pitches.setdefault(len(score.tracks), [[] for _ in score.tracks])
            for voice, track in zip(voices, score.tracks, strict=True):
                voice += [] if track.is_drum else [track.notes["pitch"]]
        ranges = {str(n): [range_of(np.concatenate([*voice, _NO_PITCHES])) for voice in voices]
                  for n, voices in sorted(pitches.items()) if n}  # fmt: skip
        return {"by_voices": ranges}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        return cls(plan.ranges)

    def allow(self, choice: Choice, context: Context) -> None:
        voice = context.voice
        if voice < 0 or context.is_drum[voice]:
            return
        low, high = self._ranges[voice]
        if choice.kind == "voice":
            choice.mask[voice] &= context.last[voice] + 1 < high
        else:
            choice.mask &= (choice.values >= low) & (choice.values <= high)

    def copy(self) -> Self:
        return self


def range_of(pitches: NDArray[Any]) -> list[int]:
    """Return the lowest and highest pitch without outliers, at least NARROWEST apart.

    >>> range_of(np.array([60, 62])), range_of(np.array([126]))
    ([55, 67], [115, 127])
    """
    if not len(pitches):
        return [0, 127]
    low, high = np.percentile(pitches, [OUTLIERS, 100 - OUTLIERS]).round().astype(int).tolist()
    wider = (max(NARROWEST - (high - low), 0) + 1) // 2
    low, high = max(low - wider, 0), min(high + wider, HIGHEST)
    return [min(low, HIGHEST - NARROWEST), max(high, NARROWEST)]
