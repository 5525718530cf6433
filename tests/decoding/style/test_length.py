"""Lengths in seconds become whole bars, and last exactly so long where the tempo is open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.decoding.controls import Controls
from componium.decoding.style.length import continued_length, settle_length
from componium.errors import ControlError
from componium.music.score import Meter, Score, Tempo, Track, notes
from componium.music.time import bar_quarters

METERS = st.builds(lambda top, below: Meter(0, top, below), st.integers(2, 12), st.sampled_from((2, 4, 8)))


@given(st.floats(20, 3000), METERS, st.floats(60, 200))
def test_an_open_tempo_makes_it_exact(seconds: float, meter: Meter, qpm: float) -> None:
    bars, exact = settle_length(Controls(duration=seconds), meter, qpm)
    assert exact is not None and bars * bar_quarters(meter) * 60 / exact == pytest.approx(seconds)


@given(st.floats(120, 300), METERS, st.floats(60, 200))
def test_a_tempo_asked_for_is_kept_and_the_bars_come_nearest(seconds: float, meter: Meter, qpm: float) -> None:
    bars, kept = settle_length(Controls(duration=seconds, qpm=qpm), meter, None)
    assert kept == qpm and abs(bars * bar_quarters(meter) * 60 / qpm - seconds) <= bar_quarters(meter) * 30 / qpm + 1e-6


def test_too_short_and_too_long_are_refused() -> None:
    for seconds in (1.0, 9000.0):
        with pytest.raises(ControlError, match="4 to 1024 bars"):
            settle_length(Controls(duration=seconds, qpm=120.0), Meter(0, 4, 4), None)
    with pytest.raises(ControlError, match="a tempo of 10 to 400"):
        settle_length(Controls(duration=0.5), Meter(0, 4, 4), 100.0)


def test_a_prompt_counts_by_its_own_tempi() -> None:
    prompt = Score((Track(notes([(0, 1920, 60), (1920, 1920, 60)])),), tempos=(Tempo(0, 60.0), Tempo(1920, 120.0)))
    assert continued_length(prompt, 2, Controls(duration=10.0), Meter(0, 4, 4), 60.0) == (4, 60.0)  # 4 + 2, and 2 a bar
    assert continued_length(prompt, 2, Controls(bars=5), Meter(0, 4, 4), 60.0) == (5, 60.0)
    assert continued_length(prompt, 2, Controls(), Meter(0, 4, 4), None) == (18, None)
    for controls in (Controls(duration=6.0), Controls(bars=2)):
        with pytest.raises(ControlError, match="3"):
            continued_length(prompt, 2, controls, Meter(0, 4, 4), 60.0)
