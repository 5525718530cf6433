"""Density: keeping the pace of a piece, so that a long one grows no busier.

A model that hears its own music for a long time may drift. The pace of a piece is the number of onsets a quarter. The
one to keep is that of the style's pieces, above all of those that are like its opening; since what begins off the beat
decides how busy music is, positions off the beat are penalized while the music of late has been busier, the more the
more even the style's pieces are. (Favoring them where it has been calmer was tried: it put notes anywhere.)
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, fsum, log
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import TICKS, Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score

OPENING = 16  # quarters, after which a piece's pace is known
MEMORY = 32  # quarters, over which older onsets are forgotten, and over which the pieces of a style are measured
ALIKE = 0.3  # in logarithms: how near the pace of a piece is to that of one like it
UNEVEN = 0.2  # what is taken where nothing is known
EVENEST = 0.05
MOST = 2.0  # nats


class Density(Constraint):
    """The onsets of one piece. `paces` are rows of (onsets a quarter, pieces); `uneven` is their relative spread.

    >>> density = Density([(1.0, 3)], 0.2)
    >>> for now in range(0, 40 * 24, 12):  # eighths
    ...     density.begin(now)
    >>> density.penalty()
    -2.0
    """

    kinds = frozenset({"position"})

    def __init__(self, paces: Sequence[Sequence[float]], uneven: float) -> None:
        self._paces, self._uneven = paces, max(uneven, EVENEST)
        self._usual = 0.0  # onsets a quarter; 0 until they are known
        self._recent, self._latest = 0.0, 0  # onsets, older ones counting less

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return paces by meter, and how far the pace of a piece goes up and down, as a share of it."""
        measured = [(str(main_meter(score)), paces_of(score)) for score in scores if score.n_notes]
        rounded = Counter((meter, max(round(20 * paces.mean()), 1) / 20) for meter, paces in measured)
        by_meter: dict[str, list[list[float]]] = {}
        for (meter, pace), count in sorted(rounded.items()):
            by_meter.setdefault(meter, []).append([pace, count])
        spreads = [paces.std() / paces.mean() for _, paces in measured if len(paces) > 1]
        return {"paces": by_meter, **({"uneven": round(float(np.mean(spreads)), 4)} if spreads else {})}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        part = profile.part("density")
        return cls(part.get("paces", {}).get(str(plan.meter), ()), part.get("uneven", UNEVEN))

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            self.begin(context.now)

    def bias(self, choice: Choice, context: Context) -> None:
        if penalty := self.penalty():
            choice.bias += np.float32(penalty) * (choice.values % context.beat > 0)

    def begin(self, now: int) -> None:
        """Take in an onset, later than those before; in 24ths of a quarter from the beginning."""
        if not self._usual and now >= OPENING * TICKS and self._recent:
            opening = self._recent / OPENING
            self._usual = _like(opening, self._paces)
            self._recent = opening * MEMORY
        fading = exp((self._latest - now) / (MEMORY * TICKS)) if self._usual else 1.0
        self._recent, self._latest = self._recent * fading + 1.0, now

    def penalty(self) -> float:
        """Return what is added for onsets off the beat, in nats, 0 or less."""
        if not self._usual:
            return 0.0
        excess = self._recent / (self._usual * MEMORY) - 1
        return -min(max(excess / self._uneven, 0.0), MOST)


def _like(opening: float, paces: Sequence[Sequence[float]]) -> float:
    """Return the mean pace of pieces, each weighted by its likeness to the opening; the opening's if none is alike."""
    weights: list[float] = [count * exp(-0.5 * (log(pace / opening) / ALIKE) ** 2) for pace, count in paces]
    total = fsum(weights)
    if total < 1e-9:
        return opening
    return fsum(weight * pace for weight, (pace, _) in zip(weights, paces, strict=True)) / total


def onsets_of(score: Score) -> NDArray[np.int64]:
    """Return the ticks at which notes of any voice begin, each once, in order."""
    onsets: NDArray[np.int64] = np.unique(np.concatenate([track.notes["onset"] for track in score.tracks]))
    return onsets


def paces_of(score: Score) -> NDArray[np.float64]:
    """Return the onsets a quarter of each MEMORY quarters of a score, from its first note, or of all that it has."""
    onsets = onsets_of(score)
    *quarters, last = ((onsets - onsets[0]) / score.ticks_per_quarter).tolist()
    counts = np.bincount([int(at // MEMORY) for at in quarters or [0.0]])
    paces: NDArray[np.float64] = counts[: max(int(last // MEMORY), 1)] / min(MEMORY, max(last, 1.0))
    return paces
