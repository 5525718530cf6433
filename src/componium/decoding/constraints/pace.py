"""Keeping a pace: what is taken from the logits of places off the beat, so that a long piece grows no busier.

A model that hears its own music for a long time may drift. A piece's pace is how many places a quarter has where notes
begin. The one that a piece is to keep is that of the style's pieces, of those above all that are like its opening;
since what begins off the beat decides how busy music is, such places are leaned against while the music of late has
been busier, the more so the more evenly the style's pieces go. (Leaning toward them where it has been calmer was tried:
it put notes anywhere off the beat.)
"""

from collections.abc import Mapping, Sequence
from math import exp, fsum, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Score

TICKS = 24  # a quarter
OPENING = 16  # quarters, after which a piece's pace is known
MEMORY = 32  # quarters, over which what was heard is forgotten, and over which the pieces of a style are measured
ALIKE = 0.3  # in logarithms: how near the pace of a piece is to that of one like it
UNEVEN = 0.2  # what is taken where nothing is known
EVENEST = 0.05
MOST = 2.0  # nats


class Pace:
    """The places at which notes begin in one sequence, of a metre; times are in 24ths of a quarter. `usual` is what
    `survey` tells of its style.

    >>> pace = Pace({"paces": {"4/4": [[1.0, 3]]}, "uneven": 0.2}, "4/4")
    >>> for now in range(0, 40 * 24, 12):  # eighths
    ...     pace.begin(now)
    >>> pace.lean()
    -2.0
    """

    def __init__(self, usual: Mapping[str, Any], meter: str) -> None:
        self._paces: Sequence[Sequence[float]] = usual.get("paces", {}).get(meter, ())
        self._uneven: float = max(usual.get("uneven", UNEVEN), EVENEST)
        self._usual = 0.0  # 0 until it is known
        self._recent, self._latest = 0.0, 0  # places, older ones counting less

    def begin(self, now: int) -> None:
        """Notes begin at a later place."""
        if not self._usual and now >= OPENING * TICKS and self._recent:
            opening = self._recent / OPENING
            self._usual = _like(opening, self._paces)
            self._recent = opening * MEMORY
        fading = exp((self._latest - now) / (MEMORY * TICKS)) if self._usual else 1.0
        self._recent, self._latest = self._recent * fading + 1.0, now

    def lean(self) -> float:
        """What is to be added, in nats, where notes would begin off the beat."""
        if not self._usual:
            return 0.0
        excess = self._recent / (self._usual * MEMORY) - 1
        return -min(max(excess / self._uneven, 0.0), MOST)


def _like(opening: float, paces: Sequence[Sequence[float]]) -> float:
    """The mean of some paces, each counting the more the more alike it is to the opening's, or that one alone."""
    alike: list[float] = [n * exp(-0.5 * (log(pace / opening) / ALIKE) ** 2) for pace, n in paces]
    total = fsum(alike)
    if total < 1e-9:
        return opening
    return fsum(weight * pace for weight, (pace, _) in zip(alike, paces, strict=True)) / total


def places_of(score: Score) -> NDArray[np.int64]:
    """The ticks at which notes begin in any voice, each once, in order."""
    places: NDArray[np.int64] = np.unique(np.concatenate([track.notes["onset"] for track in score.tracks]))
    return places


def paces_of(score: Score) -> NDArray[np.float64]:
    """The pace of each MEMORY quarters of a score from its first note to its last, or of all of it if it is shorter."""
    places = places_of(score)
    *quarters, last = ((places - places[0]) / score.ticks_per_quarter).tolist()
    counts = np.bincount([int(at // MEMORY) for at in quarters or [0.0]])
    result: NDArray[np.float64] = counts[: max(int(last // MEMORY), 1)] / min(MEMORY, max(last, 1.0))
    return result
