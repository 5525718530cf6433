"""Effect sizes: the difference of two sets of values as a probability.

Conventions: values are those of one metric over a set of pieces; nan (undefined for a piece) is left out, and what is
computed of no values is nan. Intervals hold 95 %.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.metrics.distance import Interval

Z95 = 1.959964  # standard deviations on either side that hold 95 % of a normal distribution


def auc(generated: ArrayLike, reference: ArrayLike) -> float:
    """Return the area under the ROC curve, P(generated > reference) + P(equal) / 2.

    0.5 if neither set has the larger values, 1 if every generated value is the larger; nan if a set is empty.

    >>> auc([2, 3, 4], [1, 2])
    0.9166666666666666
    """
    wins = _wins(generated, reference)
    return float(wins.mean()) if wins.size else math.nan


def auc_interval(generated: ArrayLike, reference: ArrayLike) -> Interval:
    """Return the 95 % interval of `auc`, within 0 and 1.

    Its variance is that of DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated
    receiver operating characteristic curves" (Biometrics 44, 1988): of the placements of each set's values in the
    other set. Where all values of one set are larger it would be 0; then the interval reaches 3 / n from the end, n
    being the smaller set's size (the "rule of three"). nan with fewer than two values in a set.
    """
    wins = _wins(generated, reference)
    if min(wins.shape) < 2:
        return Interval(math.nan, math.nan)
    area = float(wins.mean())
    variance = sum(float(wins.mean(axis=axis).var(ddof=1)) / wins.shape[1 - axis] for axis in (0, 1))
    half = 3 / min(wins.shape) if area in (0, 1) else Z95 * math.sqrt(variance)
    return Interval(max(area - half, 0.0), min(area + half, 1.0))


def cliffs_delta(generated: ArrayLike, reference: ArrayLike) -> float:
    """Return Cliff's delta, P(generated > reference) - P(generated < reference).

    -1 to 1, and 0 if neither set has the larger values; it is 2 auc - 1. After Cliff, "Dominance statistics: ordinal
    analyses to answer ordinal questions" (Psychological Bulletin 114, 1993). Romano et al. (2006) call it negligible up
    to 0.147, small up to 0.33, medium up to 0.474, and large beyond.

    >>> cliffs_delta([2, 3, 4], [1, 2])
    0.8333333333333333
    """
    return 2 * auc(generated, reference) - 1


def delta_interval(generated: ArrayLike, reference: ArrayLike) -> Interval:
    """Return the 95 % interval of `cliffs_delta`, from that of `auc`."""
    low, high = auc_interval(generated, reference)
    return Interval(2 * low - 1, 2 * high - 1)


def _wins(generated: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Return 1, 0.5 or 0 for each pair (generated, reference) by the larger value."""
    one, other = (np.asarray(values, dtype=np.float64).ravel() for values in (generated, reference))
    gaps = one[~np.isnan(one), None] - other[None, ~np.isnan(other)]
    wins: NDArray[np.float64] = (np.sign(gaps) + 1) / 2
    return wins
