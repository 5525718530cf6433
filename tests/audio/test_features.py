"""Features of a recording: pure tones, noise and silence, whose values are known."""

import numpy as np
import pytest

from componium.audio.features import FLOOR, FPS, measure
from componium.audio.recording import Sound

RATE = 22_050


def tone(hertz: float, seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
@pytest.mark.parametrize(("hertz", "pitch_class"), [(220.0, 9), (261.63, 0), (1046.5, 0), (739.99, 6)])
def test_a_tone_is_its_own_centroid_and_pitch_class(rate: int, hertz: float, pitch_class: int) -> None:
    found = measure(Sound(tone(hertz, rate=rate), rate))
    middle = slice(FPS // 2, -FPS // 2)
    assert np.allclose(found.centroid[middle], hertz, rtol=0.03)
    assert (found.chroma[middle].argmax(axis=1) == pitch_class).all()
    assert found.tonality > 0.35 and found.seconds == 2.0


def test_half_the_amplitude_is_6_decibels_less_and_noise_has_no_tonality() -> None:
    sound = np.concatenate([tone(1000), 0.5 * tone(1000)])
    found = measure(Sound(sound, RATE))
    assert np.median(found.loudness[:FPS]) - np.median(found.loudness[-FPS:]) == pytest.approx(6.02, abs=0.05)
    noise = np.random.default_rng(0).normal(size=4 * RATE).astype(np.float32)
    assert measure(Sound(noise, RATE)).tonality < 0.05


def test_onsets_are_where_knocks_are() -> None:
    sound = np.zeros(3 * RATE, dtype=np.float32)
    sound[[RATE // 2, RATE, 2 * RATE]] = 1.0
    onset = measure(Sound(sound, RATE)).onset
    peaks = np.flatnonzero(onset > 0.3 * onset.max()) / FPS
    assert all(abs(peaks - second).min() < 0.08 for second in (0.5, 1.0, 2.0))
    assert all(min(abs(peak - second) for second in (0.5, 1.0, 2.0)) < 0.08 for peak in peaks)


@pytest.mark.parametrize("size", [0, 1, 100, RATE])
def test_silence_of_any_length_is_silent(size: int) -> None:
    found = measure(Sound(np.zeros(size, dtype=np.float32), RATE))
    assert (found.loudness == FLOOR).all() and not found.onset.any() and not found.chroma.any()
