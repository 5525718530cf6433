"""Resampling: tones come back in tune and in time, what would alias is removed, and soxr agrees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.audio.resampling import resample


def sine(hertz, rate, seconds=1.0):
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


def decibels(signal):
    return 10 * np.log10(2 * np.mean(signal.astype(np.float64) ** 2) + 1e-20)


RATIOS = [(44_100, 22_050), (48_000, 22_050), (44_100, 8000), (16_000, 22_050), (11_025, 8000)]


@pytest.mark.parametrize(("old", "new"), RATIOS)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.85])
def test_a_tone_of_the_passband_is_kept(old, new, share):
    hertz = share * min(old, new) / 2
    kept = resample(sine(hertz, old), old, new)
    assert len(kept) == new
    assert decibels((kept - sine(hertz, new))[1000:-1000]) < -70


@pytest.mark.parametrize("new", [22_050, 16_000, 8000])
@pytest.mark.parametrize("share", [1.05, 1.2, 1.9])
def test_a_tone_that_would_alias_is_removed(new, share):
    assert decibels(resample(sine(share * new / 2, 44_100), 44_100, new)[1000:-1000]) < -70


@pytest.mark.parametrize("old", [8000, 44_100, 48_000])
def test_it_is_soxrs_within_the_passband(old):
    soxr = pytest.importorskip("soxr")
    signal = resample(np.random.default_rng(0).normal(size=4000).astype(np.float32), 4000, old)
    difference = resample(signal, old, 22_050) - soxr.resample(signal, old, 22_050)[: len(signal) * 22_050 // old]
    assert decibels(difference[1000:-1000]) < -60


@settings(max_examples=40, deadline=None)
@given(old=st.integers(4000, 50_000), new=st.integers(4000, 50_000), length=st.integers(0, 300))
def test_length_and_level_hold_at_any_ratio(old, new, length):
    result = resample(np.ones(length, dtype=np.float32), old, new)
    assert len(result) == length * new // old
    assert result.dtype == np.float32
    assert np.isfinite(result).all() and np.abs(result).max(initial=0) < 1.5
