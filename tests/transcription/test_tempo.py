"""The beat of any recording: clicks of known period, phase and grouping; noise has none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.transcription.tempo import PERIODS, USUAL, find_beat

FPS = 100


def clicks(period: float, phase: float, seconds: float = 20.0, accent: int = 0) -> np.ndarray:
    curve = np.zeros(int(seconds * FPS))
    at = np.arange(phase, seconds - 0.01, period)
    curve[np.rint(at * FPS).astype(int)] = 1
    if accent:
        curve[np.rint(at[::accent] * FPS).astype(int)] = 2.5
    return np.convolve(curve, np.hanning(5), mode="same")


@given(st.floats(0.5, 0.9), st.floats(0, 0.4))
@settings(deadline=None, max_examples=25)
def test_period_and_phase_of_clicks(period: float, phase: float) -> None:
    found = find_beat(clicks(period, phase), FPS)
    assert found.is_clear and found.period == pytest.approx(period, rel=0.01)
    assert abs((found.phase - phase + period / 2) % period - period / 2) < 0.04


@pytest.mark.parametrize("beats", [3, 4])
def test_the_grouping_and_the_downbeat(beats: int) -> None:
    found = find_beat(clicks(0.6, 0.25, accent=beats), FPS)
    assert found.beats_per_bar == beats and found.downbeat == pytest.approx(0.25, abs=0.04)


@given(st.integers(0, 3000), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_any_curve_has_a_beat_in_range_and_noise_no_clear_one(size: int, seed: int) -> None:
    found = find_beat(np.random.default_rng(seed).random(size), FPS)
    assert PERIODS[0] * 0.97 <= found.period <= PERIODS[1] * 1.03 and 0 <= found.phase < found.period
    if size > 1500:
        assert not found.is_clear and found.period == USUAL


def test_silence_has_the_usual_beat() -> None:
    assert find_beat(np.zeros(500), FPS).period == USUAL
