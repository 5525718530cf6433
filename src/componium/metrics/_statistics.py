"""Entropy, ratios and means that allow for what is undefined (nan)."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def entropy(counts: NDArray[Any]) -> float:
    """Return the Shannon entropy of a histogram, in bits; nan if it is empty."""
    total = counts.sum()
    if total == 0:
        return math.nan
    share = counts[counts > 0] / total
    return float(-(share * np.log2(share)).sum()) + 0.0


def ratio(part: float, whole: float) -> float:
    """Return part / whole, nan where the whole is 0."""
    return float(part / whole) if whole else math.nan


def longest_true(runs: Iterable[NDArray[np.bool_]]) -> int:
    """Return the length of the longest run of True in any of the arrays."""
    longest = 0
    for flags in runs:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
        longest = max(longest, int((edges[1::2] - edges[::2]).max(initial=0)))
    return longest


def mean_of(values: Iterable[float]) -> float:
    """Return the mean of the values that are not nan; nan if there are none."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
