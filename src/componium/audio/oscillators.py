"""Oscillators of the synthesizer: damped sinusoids and band-limited noise.

A struck, plucked or sustained sound is a sum of partials, each a sinusoid with its own frequency, amplitude, decay and
phase. The sum over K partials of N samples is one product of two small matrices: with t = (block + step) / rate,

    exp(s t) = exp(s block / rate) * exp(s step / rate)        s = -decay + 2 pi i frequency

so that N = R * C samples cost R * K + K * C exponentials, and the rest is a matrix product. Phases are computed in
float64 and reduced to one turn before they become float32, so a partial stays in tune to the end of the longest note.
"""

from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

type_wave = NDArray[np.float32]


class Partials(NamedTuple):
    """K damped sinusoids, as arrays (K,).

    Frequency in Hz, amplitude, decay in nepers a second, phase in turns.
    """

    frequency: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    decay: NDArray[np.float64]
    phase: NDArray[np.float64]


def partials(frequency: ArrayLike, amplitude: ArrayLike, decay: ArrayLike = 0.0, phase: ArrayLike = 0.0) -> Partials:
    """Build partials from arrays of one shape, or from numbers that hold for all."""
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (frequency, amplitude, decay, phase)))
    return Partials(*(array.ravel() for array in arrays))


def join(parts: list[Partials]) -> Partials:
    """Concatenate several sets of partials."""
    return Partials(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def audible(sound: Partials, limit: float) -> Partials:
    """Return the partials below `limit` Hz whose amplitude is above -100 dB."""
    kept = (sound.frequency < limit) & (np.abs(sound.amplitude) > 1e-5)
    return Partials(*(array[kept] for array in sound))


def sum_partials(sound: Partials, length: int, rate: int) -> type_wave:
    """Sum partials: `length` samples at `rate` Hz.

    Each contributes amplitude * exp(-decay t) * sin(2 pi (frequency t + phase)), t in seconds.

    >>> (sum_partials(partials(1.0, 2.0), 4, 4).round(3) + 0.0).tolist()
    [0.0, 2.0, 0.0, -2.0]
    """
    columns = isqrt(max(length - 1, 0)) + 1
    rows = -(-length // columns)
    start = np.arange(rows) * (columns / rate)
    step = np.arange(columns) / rate
    sine, cosine = _turn(np.outer(start, sound.frequency) + sound.phase, np.outer(start, sound.decay))
    sine_, cosine_ = _turn(np.outer(sound.frequency, step), np.outer(sound.decay, step))
    amplitude = sound.amplitude.astype(np.float32)
    left = np.hstack([sine * amplitude, cosine * amplitude])
    wave: type_wave = (left @ np.vstack([cosine_, sine_])).ravel()[:length]
    return wave


def _turn(turns: NDArray[np.float64], decays: NDArray[np.float64]) -> tuple[type_wave, type_wave]:
    angle = ((turns - np.rint(turns)) * (2 * np.pi)).astype(np.float32)
    level = np.exp(-np.minimum(decays, 80.0).astype(np.float32))
    sine: type_wave = np.sin(angle) * level
    cosine: type_wave = np.cos(angle) * level
    return sine, cosine


def noise(low: float, high: float, length: int, rate: int, seed: int) -> type_wave:
    """Generate noise of power 1 between `low` and `high` Hz.

    The edges are an octave wide. The same `seed` gives the same noise.
    """
    size = fast_fft_length(max(length, 256))
    hertz = np.fft.rfftfreq(size, 1 / rate).astype(np.float32)
    with np.errstate(divide="ignore"):
        octaves = np.log2(np.maximum(hertz, 1e-3))
    outside = np.maximum(np.log2(max(low, 1.0)) - octaves, octaves - np.log2(high)).clip(0)
    shape = np.exp(-4 * outside**2) * (hertz > 15)
    random = np.random.default_rng(seed).standard_normal((2, len(hertz)), dtype=np.float32)
    wave = np.fft.irfft((random[0] + 1j * random[1]) * shape, size)
    power = float(np.sum(shape**2)) * 4 / size**2
    return wave[:length].astype(np.float32, copy=False) / np.float32(np.sqrt(power))


def fast_fft_length(length: int) -> int:
    """Return the least fast FFT length that is not below `length`.

    Fast lengths are 1, 3 or 5 times a power of two.
    """
    return min(odd << max(0, (-(-length // odd) - 1).bit_length()) for odd in (1, 3, 5))


def ramp(length: int) -> type_wave:
    """Return a smooth rise from 0 to 1, `length` samples.

    It is a quarter period of a squared sine.
    """
    rise: type_wave = np.sin(np.arange(length, dtype=np.float32) * np.float32(0.5 * np.pi / max(length, 1))) ** 2
    return rise
