"""Progressions of generated beside those of real pieces, and their cadences.

Chords and their degrees are those of `metrics.progression`. All pieces of a set are counted together, so a share of a
set is that of all its chords, or of all its phrase ends. The divergence of two sets is the Jensen-Shannon divergence of
their bigrams of degrees, in bits (0: the same, 1: disjoint). Since small sets differ by chance, that of generated
pieces from a random half of the real ones stands beside that of the other half from it, both from as many pieces.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.metrics.distance import js_divergence
from componium.metrics.progression import CADENCES, bigrams, cadences, degrees_of
from componium.music.score import Score

DEGREES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
PATTERNS = {"ii-V-I": (2, 7, 0), "I-IV-V-I": (0, 5, 7, 0)}
MOST = 8  # bigrams listed
SPLITS = 20  # into halves


@dataclass(frozen=True, slots=True)
class Share:
    """A progression, or a kind of cadence, as a share of a set's; nan for none at all."""

    name: str
    generated: float
    real: float


@dataclass(frozen=True, slots=True)
class Progressions:
    """Progressions of generated and of real pieces.

    divergence  bits by which the bigrams of generated pieces differ from those of half of the real ones
    usual       the same of the other half of the real ones
    bigrams     the commonest of the real pieces, as shares of all bigrams
    patterns    ii-V-I and I-IV-V-I, as shares of all runs of as many chords
    cadences    as shares of all phrase ends
    """

    divergence: float
    usual: float
    bigrams: tuple[Share, ...]
    patterns: tuple[Share, ...]
    cadences: tuple[Share, ...]


def compare_progressions(
    generated: Sequence[Score], reference: Sequence[Score], *, seed: int = 0
) -> Progressions | None:
    """Compare the progressions of two sets of pieces; None where a set has no chords.

    A single line has none.
    """
    ours, theirs = (np.array([bigrams(score) for score in scores]) for scores in (generated, reference))
    if not ours.sum() or not theirs.sum():
        return None
    divergence, usual = _divergences(ours, theirs, np.random.default_rng(seed))
    rows = [[degrees_of(score) for score in scores] for scores in (generated, reference)]
    ends = [sum((cadences(score) for score in scores), Counter()) for scores in (generated, reference)]
    return Progressions(
        divergence, usual, _commonest(ours.sum(axis=0), theirs.sum(axis=0)),
        tuple(Share(name, *(_share_of_runs(row, pattern) for row in rows)) for name, pattern in PATTERNS.items()),
        tuple(Share(name, *(count[name] / count.total() for count in ends)) for name in CADENCES),
    )  # fmt: skip


def _divergences(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float]:
    """Return the mean divergences of generated and of real pieces from half the real."""
    size, found = min(len(theirs) // 2, len(ours)), []
    for _ in range(SPLITS):
        order = rng.permutation(len(theirs))
        half, other = theirs[order[: len(theirs) // 2]], theirs[order[len(theirs) // 2 :]][:size]
        drawn = ours[rng.permutation(len(ours))[:size]]
        sums = [counts.sum(axis=0).ravel() for counts in (half, drawn, other)]
        if all(counts.sum() for counts in sums):
            found.append([js_divergence(sums[0], counts) for counts in sums[1:]])
    means = np.mean(found, axis=0) if found else (np.nan, np.nan)
    return float(means[0]), float(means[1])


def _commonest(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> tuple[Share, ...]:
    shares = [counts.ravel() / counts.sum() for counts in (ours, theirs)]
    order = np.argsort(-shares[1], kind="stable")[:MOST].tolist()
    names = {at: f"{DEGREES[at // 12]}-{DEGREES[at % 12]}" for at in order}
    return tuple(Share(name, float(shares[0][at]), float(shares[1][at])) for at, name in names.items())


def _share_of_runs(rows: Sequence[Sequence[int]], pattern: tuple[int, ...]) -> float:
    length = len(pattern)
    runs = [tuple(row[at : at + length]) for row in rows for at in range(len(row) - length + 1)]
    return runs.count(pattern) / len(runs) if runs else float("nan")
