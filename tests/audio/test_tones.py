"""The synthesizer's raw materials, against plain formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.audio.drums import _DRUMS
from componium.audio.loudness import weighted_energy
from componium.audio.oscillators import fast_fft_length, noise, partials, sum_partials
from componium.audio.presets import _PRESETS, _PROGRAMS, preset_of
from componium.audio.tones import LEVEL, MATCHED, tone


@given(st.integers(1, 3000), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_the_matrix_product_is_the_sum_of_damped_sinusoids(length, seed):
    rng = np.random.default_rng(seed)
    sound = partials(rng.uniform(20, 4000, 7), rng.normal(size=7), rng.uniform(0, 20, 7), rng.random(7))
    time = np.arange(length)[:, None] / 8000
    angle = 2 * np.pi * (sound.frequency * time + sound.phase)
    plain = (sound.amplitude * np.exp(-sound.decay * time) * np.sin(angle)).sum(axis=1)
    assert np.allclose(sum_partials(sound, length, 8000), plain, atol=1e-4)


def test_a_partial_keeps_its_phase_for_minutes():
    late = sum_partials(partials(440.0, 1.0), 44_100 * 60, 44_100)[-1000:]
    time = np.arange(44_100 * 60 - 1000, 44_100 * 60) / 44_100
    assert np.allclose(late, np.sin(2 * np.pi * 440 * time), atol=1e-4)


@given(st.integers(1, 10**6))
@settings(deadline=None)
def test_a_fast_length_is_long_enough_and_not_far_off(length):
    fast = fast_fft_length(length)
    assert length <= fast <= max(1.5 * length, 1)


def test_noise_has_power_one_within_its_band_and_depends_on_its_seed_alone():
    sound = noise(1000, 2000, 44_100, 44_100, 5)
    assert float((sound**2).mean()) == pytest.approx(1.0, rel=0.15)
    power = np.abs(np.fft.rfft(sound)) ** 2
    assert power[900:2300].sum() > 0.8 * power.sum()
    assert np.array_equal(sound, noise(1000, 2000, 44_100, 44_100, 5))
    assert not np.array_equal(sound, noise(1000, 2000, 44_100, 44_100, 6))


def test_general_midi_is_all_there():
    named = [name for row in _PROGRAMS for name in row.split()]
    assert len(named) == 128
    assert {preset_of(program) for program in range(128)} == {_PRESETS[name] for name in named}
    assert set(_DRUMS) == set(range(35, 82))


@pytest.mark.parametrize("program", [0, 6, 12, 19, 24, 32, 40, 48, 52, 56, 60, 68, 71, 73])
def test_low_and_high_notes_are_equally_loud(program):
    for pitch in (45, 60, 76):
        wave = tone(preset_of(program), pitch, 44_100, 44_100)[: int(MATCHED * 44_100)]
        level = np.sqrt(weighted_energy(wave, 44_100) / MATCHED)
        assert 20 * np.log10(level / LEVEL) == pytest.approx(0, abs=1.0)


def test_no_partial_lies_above_half_the_rate():
    wave = tone(preset_of(6), 100, 22_050, 22_050)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    hertz = np.fft.rfftfreq(len(wave), 1 / 22_050)
    expected = 440 * 2 ** (31 / 12)
    peaks = hertz[spectrum > 0.05 * spectrum.max()]
    off = np.abs(peaks / expected - np.rint(peaks / expected))
    assert (off < 0.05).all()
