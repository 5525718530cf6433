import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.errors import ScoreError
from componium.metrics.distance import (
    Interval,
    interval95,
    js_divergence,
    kl_divergence,
    overlapping_area,
    share_inside,
)

values = st.lists(st.floats(-100, 100), min_size=1, max_size=30)
counts = st.lists(st.integers(0, 100), min_size=4, max_size=4).filter(any)


def test_the_central_95_percent_of_a_normal_distribution():
    low, high = interval95(np.random.default_rng(0).normal(size=100_000))
    assert low == pytest.approx(-1.96, abs=0.03)
    assert high == pytest.approx(1.96, abs=0.03)


def test_an_interval_holds_what_lies_inside():
    assert 1 in Interval(0, 1)
    assert 1.1 not in Interval(0, 1)
    assert share_inside([0, 1, 2, 3, math.nan], Interval(1, 2)) == 0.5
    assert math.isnan(share_inside([], Interval(1, 2)))


def test_what_is_undefined_is_left_out():
    assert interval95([1, math.nan]) == (1, 1)
    for call in (lambda: interval95([math.nan]), lambda: overlapping_area([], [1]), lambda: kl_divergence([0], [1]),
                 lambda: kl_divergence([1, 2], [1, 2, 3]), lambda: js_divergence([-1, 2], [1, 1])):
        with pytest.raises(ScoreError):
            call()


@given(values, values)
def test_overlap_is_symmetric_and_a_share(one, other):
    area = overlapping_area(one, other)
    assert -1e-9 <= area <= 1 + 1e-9
    assert area == pytest.approx(overlapping_area(other, one))
    assert overlapping_area(one, one) == pytest.approx(1)


def test_overlap_of_sets_apart_and_half_apart():
    assert overlapping_area([0, 0.1], [5, 6]) == 0
    assert overlapping_area([0, 0, 9, 9], [0, 0]) == 0.5


def test_divergences_by_hand():
    assert kl_divergence([1, 1], [3, 1], floor=0) == pytest.approx(0.5 * math.log2(2 / 3) + 0.5)
    assert js_divergence([1, 0], [0, 1]) == 1


@given(counts, counts)
def test_divergences_are_never_negative_and_none_from_itself(p, q):
    assert kl_divergence(p, q) >= -1e-9
    assert kl_divergence(p, p) == pytest.approx(0, abs=1e-9)
    assert js_divergence(p, q) == pytest.approx(js_divergence(q, p), abs=1e-9)
    assert 0 <= js_divergence(p, q) <= 1 + 1e-9
