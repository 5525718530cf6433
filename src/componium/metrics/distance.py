"""Distances between the distributions of a metric over two sets of pieces.

Conventions: values are those of one metric over a set of pieces; nan (undefined for a piece) is left out. Divergences
are in bits. After Yang and Lerch, "On the evaluation of generative models in music" (Neural Computing and Applications,
2020).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.errors import ScoreError


class Interval(NamedTuple):
    """A closed interval from `low` to `high`."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        """Return whether a number lies in the interval."""
        return isinstance(value, int | float | np.number) and bool(self.low <= value <= self.high)


def _known(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[~np.isnan(array)]


def interval95(values: ArrayLike) -> Interval:
    """Return the central 95 % of values: their 2.5th to their 97.5th percentile.

    Raises ScoreError if there are none.

    >>> interval95(range(101))
    Interval(low=2.5, high=97.5)
    """
    known = _known(values)
    if not len(known):
        raise ScoreError("no values to take an interval of", expected="at least one that is not nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(float(low), float(high))


def share_inside(values: ArrayLike, interval: Interval) -> float:
    """Return the share of values inside an interval; nan if there are none."""
    known = _known(values)
    return float(np.mean((known >= interval.low) & (known <= interval.high))) if len(known) else float("nan")


def histograms(
    generated: ArrayLike, reference: ArrayLike, bins: int = 20
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the histograms of two sets of values, as shares, over their joint range.

    Both are (bins,). Raises ScoreError if a set is empty.
    """
    sets = _known(generated), _known(reference)
    if not all(map(len, sets)):
        raise ScoreError("no values to compare", expected="at least one in each set that is not nan")
    joint = np.concatenate(sets)
    edges = np.linspace(joint.min(), max(joint.max(), joint.min() + 1e-9), bins + 1)
    first, second = (np.histogram(values, edges)[0] / len(values) for values in sets)
    return first, second


def overlapping_area(generated: ArrayLike, reference: ArrayLike, bins: int = 20) -> float:
    """Return the common area of two sets' histograms, 0 (disjoint) to 1 (equal)."""
    return float(np.minimum(*histograms(generated, reference, bins)).sum())


def kl_divergence(p: ArrayLike, q: ArrayLike, floor: float = 1e-6) -> float:
    """Return the Kullback-Leibler divergence of histogram `p` from `q`, in bits.

    Both are normalized to sum to 1 after `floor` is added to every share, so that it stays finite; 0 if they are equal.
    Raises ScoreError if they differ in length, or one is empty or negative.
    """
    p, q = _shares(p, floor), _shares(q, floor)
    if p.shape != q.shape:
        raise ScoreError(f"histograms of {len(p)} and {len(q)} bins", expected="the same number")
    return float((p * np.log2(p / q)).sum())


def js_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Return the Jensen-Shannon divergence of two histograms, in bits.

    0 (equal) to 1 (disjoint), symmetric. Raises ScoreError as `kl_divergence` does.
    """
    p, q = _shares(p, 0), _shares(q, 0)
    middle = (p + q) / 2
    positive = [(shares[shares > 0], middle[shares > 0]) for shares in (p, q)]
    return max(float(sum((shares * np.log2(shares / mean)).sum() for shares, mean in positive)) / 2, 0.0)


def _shares(values: ArrayLike, floor: float) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array) or (array < 0).any() or not array.sum() > 0:
        raise ScoreError("a histogram that is empty or negative", expected="counts or shares, one above 0")
    array = array / array.sum() + floor
    shares: NDArray[np.float64] = array / array.sum()
    return shares
