"""Tones of the synthesizer: one note of one preset.

A tone is its partials, with vibrato and tremolo, and its noises. The release is added by the mixer, so that one tone
serves notes of every duration.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from componium.audio.loudness import weighted_energy
from componium.audio.oscillators import Partials, audible, join, noise, partials, ramp, sum_partials, type_wave
from componium.audio.presets import Preset

MATCHED = 0.5  # seconds over which the loudness of all tones is made equal
LEVEL = 0.1  # root mean square, K-weighted, of every tone over that time


def tone_seconds(preset: Preset, pitch: int) -> float:
    """Return the seconds a tone rings if held; infinite if sustained.

    It ends when it has fallen by 72 dB.
    """
    return 1.2 * preset.ring * _shorten(preset, pitch) if preset.ring else np.inf


def tone(preset: Preset, pitch: int, length: int, rate: int, *, ends: bool = False) -> type_wave:
    """Synthesize a held note (float32, mono).

    preset: the instrument.
    pitch: MIDI pitch, 0 to 127.
    length: samples.
    rate: Hz.
    ends: whether the tone dies away within `length`; then its last 20 ms fade to 0.

    All tones are equally loud over their first half second. Deterministic: noise has a seed that depends on the pitch.
    """
    size = max(length, int(MATCHED * rate))
    wave = sum_partials(_partials(preset, pitch, rate), size, rate)
    if preset.vibrato:
        wave = _warp(wave, preset, rate)
    wave = _tremble(wave, preset, rate) + _noises(preset, pitch, size, rate)
    rise = ramp(max(int(preset.attack * rate), 8))[:size]
    wave[: len(rise)] *= rise
    if ends:
        fall = ramp(min(int(0.02 * rate), length))[::-1]
        wave[length - len(fall) : length] *= fall
    energy = weighted_energy(wave[: int(MATCHED * rate)], rate) / MATCHED
    loudest = float(np.abs(wave).max(initial=1e-9))
    scale = min(LEVEL / np.sqrt(energy + 1e-12), 8 * LEVEL / loudest)
    return (wave[:length] * np.float32(preset.gain * scale)).astype(np.float32)


@cache
def _partials(preset: Preset, pitch: int, rate: int) -> Partials:
    hertz = 440.0 * 2 ** ((pitch - 69) / 12)
    limit = min(0.46 * rate, 14_000.0)
    series = join([_series(preset, hertz * multiple, strength, pitch, limit) for multiple, strength in preset.ranks])
    rng = np.random.default_rng(1000 + pitch)
    ensemble = []
    for cents in preset.players:
        phase = 0.0 if preset.ring else rng.random(len(series.frequency))  # strings are struck together
        weight = 1.0 if cents == 0 or len(preset.players) == 2 else 0.5  # the one in tune is the loudest
        detuned = series.frequency * 2 ** (cents / 1200)
        ensemble.append(partials(detuned, series.amplitude * weight, series.decay, phase))
    return audible(join(ensemble), limit)


def _series(preset: Preset, hertz: float, strength: float, pitch: int, limit: float) -> Partials:
    """Return the partials of one player or one rank of pipes, on `hertz`."""
    if preset.modes:
        ratio, level, decay = np.array(preset.modes).T
        return partials(hertz * ratio, strength * level * ratio ** (-preset.tilt / 6.02), decay * _decay(preset, pitch))
    number = np.arange(1.0, np.clip(limit // hertz, 1, 80) + 1)
    b = preset.stretch * 2 ** ((pitch - 60) / 9)
    frequency = hertz * number * np.sqrt((1 + b * number**2) / (1 + b))  # partial 1 stays on pitch
    level = strength * number ** (-(preset.slope + preset.tilt) / 6.02) * _formant_gain(preset, frequency)
    level *= np.where(number % 2 == 0, preset.even, 1.0)
    if preset.pluck:
        level *= np.abs(np.sin(np.pi * number * preset.pluck)) / np.sin(np.pi * preset.pluck)
    if preset.ring:
        return _two_stage(preset, frequency, level, _decay(preset, pitch) * (1 + preset.damping * (number - 1)))
    if preset.bloom:
        late = 1 / (preset.bloom * (0.5 + 0.5 * np.sqrt(number)))
        return join([partials(frequency, level), partials(frequency, -level, late)])
    return partials(frequency, level)


def _two_stage(
    preset: Preset, frequency: NDArray[np.float64], level: NDArray[np.float64], decay: NDArray[np.float64]
) -> Partials:
    """Return a string's partials, each as two with different decays.

    A string decays fast in one plane of vibration and slowly in the other.
    """
    return join([partials(frequency, 0.7 * level, 1.6 * decay), partials(frequency, 0.3 * level, 0.6 * decay)])


def _decay(preset: Preset, pitch: int) -> float:
    return float(np.log(1000) / (preset.ring * _shorten(preset, pitch))) if preset.ring else 0.0


def _shorten(preset: Preset, pitch: int) -> float:
    return float(2 ** (-preset.shorten * (pitch - 60) / 12))


def _formant_gain(preset: Preset, hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain of the instrument's resonances at each frequency."""
    level = np.ones_like(hertz)
    if preset.formants:
        center, strength, width = np.array(preset.formants).T[:, :, None]
        level = 0.12 + np.sum(strength * np.exp(-((np.log2(hertz / center) / width) ** 2)), axis=0)
    result: NDArray[np.float64] = level / (1 + (hertz / preset.ceiling) ** 4)
    return result


def _warp(wave: type_wave, preset: Preset, rate: int) -> type_wave:
    """Add vibrato, which sets in after 0.12 s.

    The wave is read at a modulated time, with cubic interpolation.
    """
    time = np.arange(len(wave)) / rate
    depth = (2 ** (preset.vibrato / 1200) - 1) / (2 * np.pi * preset.speed) * rate  # samples
    swing = depth * np.sin(2 * np.pi * preset.speed * time) * np.clip((time - 0.12) / 0.35, 0, 1)
    place = np.clip(np.arange(len(wave)) + swing, 1, max(len(wave) - 3, 1))
    at = place.astype(np.int64)
    x = (place - at).astype(np.float32)
    a, b, c, d = (wave[at + shift] for shift in (-1, 0, 1, 2))
    warped: type_wave = b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)))
    return warped


def _tremble(wave: type_wave, preset: Preset, rate: int) -> type_wave:
    if not preset.tremolo:
        return wave
    time = np.arange(len(wave), dtype=np.float32) / rate
    swell = np.ones_like(time) if preset.ring else np.clip(time / 0.4, 0, 1)
    shape = 1 - preset.tremolo * swell * (0.5 - 0.5 * np.cos(np.float32(2 * np.pi * preset.speed) * time))
    return np.multiply(wave, shape, dtype=np.float32)


def _noises(preset: Preset, pitch: int, length: int, rate: int) -> type_wave:
    """Return breath or bow noise, and the knock of hammer, finger or pipe."""
    hertz = 440.0 * 2 ** ((pitch - 69) / 12)
    wave = np.zeros(length, dtype=np.float32)
    if preset.breath:
        wave += preset.breath * noise(max(hertz, 300), min(max(6 * hertz, 2000), 9000), length, rate, 2000 + pitch)
    if preset.knock:
        short = min(length, int(0.12 * rate))
        fall = np.exp(-np.arange(short, dtype=np.float32) * (60 / rate))
        low, high = max(0.8 * hertz, 90), min(max(3 * hertz, 900), 8000)
        wave[:short] += preset.knock * fall * noise(low, high, short, rate, pitch)
    return wave
