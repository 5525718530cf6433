"""Effect sizes: against textbook definitions, and scikit-learn's area under the curve."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.metrics.effect_size import auc, auc_interval, cliffs_delta, delta_interval

values = st.lists(st.integers(-3, 3), min_size=2, max_size=12)


def test_deltas_of_disjoint_and_equal_sets():
    assert cliffs_delta([4, 5], [1, 2, 3]) == 1
    assert cliffs_delta([1, 2, 3], [4, 5]) == -1
    assert cliffs_delta([1, 2], [2, 1]) == 0
    assert math.isnan(cliffs_delta([math.nan], [1]))
    assert cliffs_delta([4, math.nan], [1]) == 1


def test_an_example_of_cliff():
    """Cliff (1993): of 10 against 10 pairs the share of larger ones less that of smaller ones."""
    one, other = [1, 1, 2, 2, 2, 3, 3, 3, 4, 5], [1, 2, 3, 4, 4, 5, 5, 5, 5, 5]
    larger = sum(a > b for a in one for b in other)
    smaller = sum(a < b for a in one for b in other)
    assert cliffs_delta(one, other) == pytest.approx((larger - smaller) / 100)


@given(values, values)
def test_the_area_is_that_of_scikit_learn(one, other):
    metrics = pytest.importorskip("sklearn.metrics")
    labels = [1] * len(one) + [0] * len(other)
    assert auc(one, other) == pytest.approx(metrics.roc_auc_score(labels, [*one, *other]))


@given(values, values)
def test_turned_around_they_are_turned_around(one, other):
    assert cliffs_delta(one, other) == pytest.approx(-cliffs_delta(other, one))
    low, high = delta_interval(one, other)
    assert -1 <= low <= cliffs_delta(one, other) + 1e-12 and cliffs_delta(one, other) <= high + 1e-12


def test_the_interval_holds_the_true_area_in_95_of_100():
    rng = np.random.default_rng(0)
    true = 0.7602  # of normal distributions one standard deviation apart: Phi(1 / sqrt(2))
    inside = sum(true in auc_interval(rng.normal(1, 1, 40), rng.normal(0, 1, 60)) for _ in range(400))
    assert 0.91 < inside / 400 < 0.985


def test_the_interval_of_complete_separation_has_a_width():
    assert auc_interval([2.0] * 30, [1.0] * 60) == pytest.approx((0.9, 1.0))
