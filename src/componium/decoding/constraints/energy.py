"""Energy: the onset density and the durations of a piece are as asked for.

Energy is a quantile of the style's pieces: 0 asks for their sparsest onsets and longest notes, 1
for their densest and shortest, but for the outermost TAILS. Density is in onsets a quarter, voices together; duration
is the mean of all notes, in quarters.

The choices are tilted exponentially (Esscher 1932, "On the probability function in the collective theory of risk"):
what comes next is the less likely the longer it is away, in proportion to exp(-tilt * time), so that what the model
knows of rhythm stays; in the same way for the number of voices that are passed over at an onset. Each tilt follows
its running error, in proportion and by its sum over time. The pieces' durations are reached by the number of voices
that begin a note, never by cutting notes short.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any, Self

import numpy as np

from componium.analysis.meter import main_meter
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.constraints.density import paces_of
from componium.decoding.context import TICKS, Context
from componium.decoding.style.energy import quantile, rank
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import ControlError
from componium.music.score import Score

MEMORY = 32.0  # quarters: time constant of the running density and duration
PRIOR = 8.0  # quarters before the first, as if they had been as asked for
SHORTEST, LONGEST = 0.5, 1.75  # times the mean that is asked for: times between onsets beyond are favored less again
GAIN, SUMMED = 100.0, 5.0  # of a tilt: nats for a relative error of 1, and further nats a quarter that it lasts
MOST = 32.0  # nats: the largest tilt, a quarter or a voice


class Energy(Constraint):
    """The onset density and the mean duration of one piece.

    pace      target onsets a quarter, above 0
    duration  target mean duration in quarters, above 0
    n_voices  number of voices

    >>> energy = Energy(pace=2.0, duration=0.5, n_voices=1)
    >>> for now in range(0, 10 * 24, 24):  # quarters, where eighths are asked for
    ...     energy.begin(now)
    >>> energy.haste > 0
    True
    """

    kinds = frozenset({"position", "bar", "voice", "duration"})

    def __init__(self, pace: float, duration: float, n_voices: int) -> None:
        self._pace, self._duration, self._n_voices = pace, duration, n_voices
        self._haste, self._fullness = _Tilt(), _Tilt()
        self._restart(0)

    def _restart(self, now: int) -> None:
        """Count from here on, as if all before had been as asked for."""
        self._begun, self._latest, self._time = False, now, PRIOR
        self._onsets, self._sounded = self._pace * PRIOR, self._n_voices * PRIOR
        self._notes = self._sounded / self._duration

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return mean durations by meter: rows of (quarters, number of pieces)."""
        counts = Counter((str(main_meter(score)), duration_of(score)) for score in scores if score.n_notes)
        by_meter: dict[str, list[list[float]]] = {}
        for (meter, duration), count in sorted(counts.items()):
            by_meter.setdefault(meter, []).append([duration, count])
        return {"durations": by_meter}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        if plan.energy is None:
            return None
        pace = quantile(profile.part("density").get("paces", {}), plan.pool, plan.energy)
        duration = quantile(profile.part("energy").get("durations", {}), plan.pool, 1 - plan.energy)
        if not pace or not duration:
            raise ControlError("energy, of a model that hasn't measured its music's", advice="fit the method again")
        return cls(pace, duration, len(plan.programs))

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            self.begin(context.now, context.sounding.total(self._latest, context.now))
        elif kind == "pitch":
            self._notes += 1

    def bias(self, choice: Choice, context: Context) -> None:
        if not self._begun:  # what was given, a prompt, is no answer to what is asked
            self._restart(context.now)
            self._begun = True
        if choice.kind == "duration":  # a voice that holds a note may begin none
            held = choice.values / TICKS - LONGEST / self._pace * self._n_voices
            choice.bias -= np.float32(max(self.haste, 0.0)) * held.clip(0)
            return
        behind = max(context.position, 0)
        passed = len(context.open_voices) - 1 - context.voice  # voices that are passed over by moving on
        if choice.kind == "voice":
            choice.bias += np.float32(self.fullness) * (passed / 2 - np.maximum(choice.values - context.voice - 1, 0))
            return
        ahead = choice.values if choice.kind == "position" else context.length
        waited = (ahead - behind) / TICKS
        limit = (LONGEST if self.haste < 0 else SHORTEST) / self._pace
        beyond = np.maximum(waited - limit, 0) if self.haste < 0 else np.minimum(waited - limit, 0)
        choice.bias += np.float32(self.haste) * (1 / self._pace - waited + 2 * beyond)
        if context.voice >= 0:
            choice.bias -= np.float32(self.fullness * passed / 2)

    def begin(self, now: int, sounded: float = 0.0) -> None:
        """Add an onset, and the time that notes sounded since the last, in 24ths."""
        time = (now - self._latest) / TICKS
        fading = exp(-time / MEMORY)
        self._time = self._time * fading + time
        self._onsets = self._onsets * fading + 1.0
        self._sounded = self._sounded * fading + sounded / TICKS
        self._notes *= fading
        self._latest = now
        self._haste.follow(-log(self._onsets / (self._pace * self._time)), time)
        self._fullness.follow(log(self._sounded / self._notes / self._duration), time)

    @property
    def haste(self) -> float:
        """Bias against waiting, in nats a quarter."""
        return self._haste.value

    @property
    def fullness(self) -> float:
        """Bias against passing over a voice, in nats a voice."""
        return self._fullness.value


class _Tilt:
    """A bias that follows an error, in proportion and by its sum over time."""

    def __init__(self) -> None:
        self.value, self._sum = 0.0, 0.0

    def follow(self, error: float, time: float) -> None:
        self._sum = min(max(self._sum + SUMMED * error * time, -MOST / 2), MOST / 2)
        self.value = min(max(GAIN * error + self._sum, -MOST), MOST)


def energy_of(score: Score, profile: StyleProfile, pool: str) -> float | str:
    """Return the energy of a score's onset density, 0 to 1.

    It is among pieces in the meter `pool`, or in all for ""; "unknown" where there is nothing to measure.
    """
    paces = profile.part("density").get("paces", {})
    if not score.n_notes or not paces:
        return "unknown"
    return round(rank(paces, pool, float(paces_of(score).mean())), 2)


def duration_of(score: Score) -> float:
    """Return the mean duration of a score's notes, in quarters, to within 2 %."""
    durations = np.concatenate([track.notes["duration"] for track in score.tracks])
    mean = float(durations.mean()) / score.ticks_per_quarter
    return round(1.02 ** round(log(max(mean, 1e-3), 1.02)), 3)
