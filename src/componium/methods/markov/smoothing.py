"""Smoothing of n-gram counts: Witten-Bell, Kneser-Ney, partial matching.

Each function takes the contexts of one history that were seen, from the empty one up, and returns the distribution of
the next id, shape (V,), sum 1. Below the empty context all ids are equally likely.

    witten_bell   after Witten and Bell (1991): p(w|h) = (c(hw) + d(h) p(w|h')) / (c(h) + d(h)), d(h) kinds after h
    kneser_ney    modified and interpolated, after Chen and Goodman (1998), section 3:
                  p(w|h) = (c(hw) - D(c(hw)) + (D1 n1(h) + D2 n2(h) + D3 n3(h)) p(w|h')) / c(h)
                  where below the longest context c counts in how many contexts one longer the n-gram occurs
    ppm           prediction by partial matching, escapes after method C of Moffat (1990), with exclusion:
                  p(w|h) = c(hw) / (c(h) + d(h)), and an escape with probability d(h) / (c(h) + d(h)) leads to h',
                  where the ids known after h no longer count: c(h) is of those left, d(h) of all kinds

h' is h without its earliest id.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

type_chances: TypeAlias = NDArray[np.float64]
FALLBACK = (0.5, 1.0, 1.5)  # discounts where too few counts of 1 to 4 are there to estimate them (as in KenLM)


class Seen(NamedTuple):
    """Continuations of one context: ids, counts, kinds of longer contexts, discounts."""

    tokens: NDArray[np.int64]
    counts: NDArray[np.int64]
    kinds: NDArray[np.int64]
    discounts: type_chances  # by a count of 0, 1, 2, 3 or more; first those of counts, then those of kinds: (2, 4)


def witten_bell(history: Sequence[Seen], n_vocab: int, order: int) -> type_chances:
    """Interpolate after Witten and Bell."""
    chances = np.full(n_vocab, 1.0 / n_vocab)
    for seen in history:
        distinct = len(seen.tokens)
        chances *= distinct
        chances[seen.tokens] += seen.counts
        chances /= seen.counts.sum() + distinct
    return chances


def kneser_ney(history: Sequence[Seen], n_vocab: int, order: int) -> type_chances:
    """Interpolate after Kneser and Ney, with three discounts a length.

    Contexts of length `order` are the longest.
    """
    chances = np.full(n_vocab, 1.0 / n_vocab)
    for length, seen in enumerate(history):
        longest = length == order
        counts, discounts = (seen.counts, seen.discounts[0]) if longest else (seen.kinds, seen.discounts[1])
        discount = discounts[np.minimum(counts, 3)]
        chances *= discount.sum()
        chances[seen.tokens] += counts - discount
        chances /= counts.sum()
    return chances


def ppm(history: Sequence[Seen], n_vocab: int, order: int) -> type_chances:
    """Predict by partial matching, from the longest context down."""
    chances, left = np.zeros(n_vocab), 1.0
    is_open = np.ones(n_vocab, dtype=bool)
    for seen in reversed(history):
        kept = is_open[seen.tokens]
        tokens, counts = seen.tokens[kept], seen.counts[kept]
        total = counts.sum() + len(seen.tokens)
        chances[tokens] = left * counts / total
        left *= len(seen.tokens) / total
        is_open[tokens] = False
    if is_open.any():
        chances[is_open] = left / is_open.sum()
    result: type_chances = chances / chances.sum()  # where every id is known there is nothing to escape to
    return result


SMOOTHINGS = {"witten-bell": witten_bell, "kneser-ney": kneser_ney, "ppm": ppm}


def discounts(counts: NDArray[np.int64]) -> type_chances:
    """Return the discounts of modified Kneser-Ney by a count of 0, 1, 2, 3 or more.

    With n_i of the n-grams of one length counted i times and Y = n1 / (n1 + 2 n2), D_i = i - (i + 1) Y n_(i+1) / n_i.

    >>> discounts(np.array([1] * 10 + [2] * 4 + [3] * 2 + [4])).round(4).tolist()
    [0.0, 0.5556, 1.1667, 1.8889]
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6)
    if not n[1:5].all():
        return np.array([0.0, *FALLBACK])
    y = n[1] / (n[1] + 2 * n[2])
    estimates = [i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)]
    fit = all(0 < discount <= i for i, discount in enumerate(estimates, 1))
    return np.array([0.0, *(estimates if fit else FALLBACK)])
