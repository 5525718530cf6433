"""Distance: how far generated music lies from real music, measure by measure.

Values are those of one metric over a set of pieces; nan (undefined for a piece) is left out. Divergences are in bits.
After Yang and Lerch, "On the evaluation of generative models in music" (Neural Computing and Applications, 2020).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.errors import ScoreError


class Interval(NamedTuple):
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        """Whether a number lies inside."""
        return isinstance(value, int | float | np.number) and bool(self.low <= value <= self.high)


def _known(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[~np.isnan(array)]


def interval95(values: ArrayLike) -> Interval:
    """The central 95 % of values: from their 2.5th to their 97.5th percentile. Raises ScoreError if there are none.

    >>> interval95(range(101))
    Interval(low=2.5, high=97.5)
    """
    known = _known(values)
    if not len(known):
        raise ScoreError("no values to take an interval of", expected="at least one that is not nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(float(low), float(high))


def share_inside(values: ArrayLike, interval: Interval) -> float:
    """The share of values inside an interval; nan if there are none."""
    known = _known(values)
    return float(np.mean((known >= interval.low) & (known <= interval.high))) if len(known) else float("nan")


def histograms(
    generated: ArrayLike, reference: ArrayLike, bins: int = 20
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shares of both sets of values in `bins` equal parts of the range they span together: two of [bins].

    Raises ScoreError if a set is empty.
    """
    sets = _known(generated), _known(reference)
    if not all(map(len, sets)):
        raise ScoreError("no values to compare", expected="at least one in each set that is not nan")
    both = np.concatenate(sets)
    edges = np.linspace(both.min(), max(both.max(), both.min() + 1e-9), bins + 1)
    first, second = (np.histogram(one, edges)[0] / len(one) for one in sets)
    return first, second


def overlapping_area(generated: ArrayLike, reference: ArrayLike, bins: int = 20) -> float:
    """How far two sets of values overlap: the common area of their histograms, 0 (apart) to 1 (alike)."""
    return float(np.minimum(*histograms(generated, reference, bins)).sum())


def kl_divergence(p: ArrayLike, q: ArrayLike, floor: float = 1e-6) -> float:
    """Kullback-Leibler divergence of the histogram `p` from `q` (same length), in bits: 0 if they are alike.

    Both are brought to sum to 1 after `floor` is added to every share, so that it stays finite. Raises ScoreError if
    they differ in length, or one is empty or negative.
    """
    one, other = (_shares(values, floor) for values in (p, q))
    if one.shape != other.shape:
        raise ScoreError(f"histograms of {len(one)} and {len(other)} bins", expected="the same number")
    return float((one * np.log2(one / other)).sum())


def js_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Jensen-Shannon divergence of two histograms, in bits: 0 (alike) to 1 (nothing in common). Symmetric."""
    one, other = _shares(p, 0), _shares(q, 0)
    middle = (one + other) / 2
    some = [(values[values > 0], middle[values > 0]) for values in (one, other)]
    return max(float(sum((values * np.log2(values / mean)).sum() for values, mean in some)) / 2, 0.0)


def _shares(values: ArrayLike, floor: float) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array) or (array < 0).any() or not array.sum() > 0:
        raise ScoreError("a histogram that is empty or negative", expected="counts or shares, one above 0")
    array = array / array.sum() + floor
    shares: NDArray[np.float64] = array / array.sum()
    return shares
