"""Parallels: parallel fifths and octaves are penalized where the style has few.

Two voices that move in the same direction from a fifth to a fifth, or from an octave to an octave, sound like one. Some
styles avoid that, and a small model doesn't learn it by itself.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.motion import Motion
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.metrics.harmony import parallel_fifths, parallel_octaves
from componium.music.score import Score
from componium.music.theory import PERFECT, is_parallel

FEWEST = 0.02  # a bar: the least rate
STRENGTH = 2.0  # times the logarithm of the rate: at 1 several times as many are left as the style has


class Parallels(Constraint):
    """The penalty of one style, in nats."""

    def __init__(self, penalty: float) -> None:
        self._penalty = penalty

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return parallel fifths and octaves a bar, the mean over pieces of several parts.

        Where there is no such piece, the rate is 1.
        """
        rates = [parallel_fifths(score) + parallel_octaves(score) for score in scores if len(score.tracks) > 1]
        return {"rate": round(float(np.nanmean(rates)), 4) if np.isfinite(rates).any() else 1.0}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        penalty = STRENGTH * log(max(profile.part("parallels").get("rate", 1.0), FEWEST))
        return cls(penalty) if penalty < 0 else None

    def bias(self, choice: Choice, context: Context) -> None:
        if not choice.added:
            choice.bias[parallel(context.motion, context.voice, choice.values, context.now)] += self._penalty

    def copy(self) -> Self:
        return self


def parallel(motion: Motion, voice: int, pitches: NDArray[np.int64], now: int) -> NDArray[np.bool_]:
    """Return which pitches (P,) would be parallel to a voice that moves now.

    >>> motion = Motion()
    >>> for number, pitch, onset in [(0, 67, 0), (1, 60, 0), (0, 69, 24)]:
    ...     motion.begin(number, pitch, onset)
    >>> np.flatnonzero(parallel(motion, 1, np.arange(128), now=24)).tolist()  # a fifth under the A
    [62, 74, 86, 98, 110, 122]
    """
    result = np.zeros(len(pitches), dtype=bool)
    own = motion.before(voice, now)
    if own is None:
        return result
    for other, (before, after, moved) in motion.moves.items():
        if other == voice or moved != now or before is None or before == after:
            continue
        gap = before - own if other < voice else own - before  # the upper of the two less the lower
        if gap % 12 in PERFECT:
            result |= is_parallel(gap, after - before, pitches - own)
    return result
