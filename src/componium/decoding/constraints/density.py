"""Density: a long piece keeps its number of onsets a quarter.

A model that reads its own output for a long time may drift. The density of a piece is its number of onsets a quarter.
The target is the density of the style's pieces, weighted by their likeness to the piece's opening. Density depends
above all on the onsets off the beat, so these are penalized while the latest music is denser than the target, and more
strongly in styles whose density varies less. (Favoring them where the music is sparser was tried: it put notes
anywhere.)
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

OPENING = 16  # quarters, after which the density of a piece is known
MEMORY = 32  # quarters: time constant of the running density, and the span over which a style is measured
ALIKE = 0.3  # standard deviation of the likeness of two densities, in natural logarithms
UNEVEN = 0.2  # relative spread of density where the style has none
EVENEST = 0.05  # least relative spread
MOST = 2.0  # nats


class Density(Constraint):
    """The onset density of one piece.

    paces   densities of the style's pieces: rows of (onsets a quarter, number of pieces)
    uneven  relative spread of the density within a piece

    >>> density = Density([(1.0, 3)], 0.2)
    >>> for now in range(0, 40 * 24, 12):  # eighths
    ...     density.begin(now)
    >>> density.penalty()
    -2.0
    """

    kinds = frozenset({"position"})

    def __init__(self, paces: Sequence[Sequence[float]], uneven: float) -> None:
        self._paces, self._uneven = paces, max(uneven, EVENEST)
        self._usual = 0.0  # the target, in onsets a quarter; 0 until it is known
        self._recent, self._latest = 0.0, 0  # a running count of onsets, and the latest onset

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return densities by meter, and the relative spread of density within a piece."""
        measured = [(str(main_meter(score)), paces_of(score)) for score in scores if score.n_notes]
        rounded = Counter((meter, max(round(20 * paces.mean()), 1) / 20) for meter, paces in measured)
        by_meter: dict[str, list[list[float]]] = {}
        for (meter, pace), count in sorted(rounded.items()):
            by_meter.setdefault(meter, []).append([pace, count])
        spreads = [paces.std() / paces.mean() for _, paces in measured if len(paces) > 1]
        return {"paces": by_meter, **({"uneven": round(float(np.mean(spreads)), 4)} if spreads else {})}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        if plan.energy is not None:  # which has its own density
            return None
        part = profile.part("density")
        return cls(part.get("paces", {}).get(str(plan.meter), ()), part.get("uneven", UNEVEN))

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            self.begin(context.now)

    def bias(self, choice: Choice, context: Context) -> None:
        if penalty := self.penalty():
            choice.bias += np.float32(penalty) * (choice.values % context.beat > 0)

    def begin(self, now: int) -> None:
        """Add an onset, in 24ths of a quarter from the start, in order."""
        if not self._usual and now >= OPENING * TICKS and self._recent:
            opening = self._recent / OPENING
            self._usual = _like(opening, self._paces)
            self._recent = opening * MEMORY
        fading = exp((self._latest - now) / (MEMORY * TICKS)) if self._usual else 1.0
        self._recent, self._latest = self._recent * fading + 1.0, now

    def penalty(self) -> float:
        """Return the bias of onsets off the beat, in nats, 0 or less."""
        if not self._usual:
            return 0.0
        excess = self._recent / (self._usual * MEMORY) - 1
        return -min(max(excess / self._uneven, 0.0), MOST)


def _like(opening: float, paces: Sequence[Sequence[float]]) -> float:
    """Return the mean density of pieces, weighted by their likeness to the opening's.

    Where none is alike, it is the opening's.
    """
    weights: list[float] = [count * exp(-0.5 * (log(pace / opening) / ALIKE) ** 2) for pace, count in paces]
    total = fsum(weights)
    if total < 1e-9:
        return opening
    return fsum(weight * pace for weight, (pace, _) in zip(weights, paces, strict=True)) / total


def onsets_of(score: Score) -> NDArray[np.int64]:
    """Return the distinct onsets of a score in ticks, sorted."""
    onsets: NDArray[np.int64] = np.unique(np.concatenate([track.notes["onset"] for track in score.tracks]))
    return onsets


def paces_of(score: Score) -> NDArray[np.float64]:
    """Return the onsets a quarter in each MEMORY quarters of a score.

    They are counted from its first note; a shorter score gives one value.
    """
    onsets = onsets_of(score)
    *quarters, last = ((onsets - onsets[0]) / score.ticks_per_quarter).tolist()
    counts = np.bincount([int(at // MEMORY) for at in quarters or [0.0]])
    paces: NDArray[np.float64] = counts[: max(int(last // MEMORY), 1)] / min(MEMORY, max(last, 1.0))
    return paces
