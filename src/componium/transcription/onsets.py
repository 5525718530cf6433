"""Onset strength: the onset function of each pitch at each frame, and its peaks.

The spectral flux of one pitch: the mean rise of the logarithms of its harmonics' magnitudes. With one pitch's
harmonics alone, a repeated note stands out although others ring on, and vibrato does not.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import type_samples
from componium.transcription.pyin import HIGHEST, HOP, LOWEST

WINDOW = 1024  # samples
HARMONICS = 8
SILENT = 0.3  # magnitude added before the logarithm: about 60 dB below full scale
BRIGHT = 4300  # Hz
VIBRATO = 1.3  # semitones from the center
LOBE = 2  # bins on either side that a steady harmonic covers
WEIGHTS = (1.47, 0.8, 1.25)  # of the sum; within it, of the dry pitch and of the bright band
_SIZE = 2 * WINDOW  # of the padded FFT: bins fine enough for harmonics
_BATCH = 2048


def level(samples: type_samples, hop: int = HOP, window: int = 512) -> NDArray[np.float64]:
    """Return the root mean square of a window around each frame, (T // hop + 1,)."""
    power = np.cumsum(np.pad(samples.astype(np.float64) ** 2, (window // 2 + 1, window)))
    at = np.arange(len(samples) // hop + 1) * hop
    result: NDArray[np.float64] = np.sqrt(np.maximum(power[at + window] - power[at], 0) / window)
    return result


def strength(
    samples: type_samples, dry: type_samples, sample_rate: int, vibrato: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return the onset strength of each pitch from LOWEST to HIGHEST at each frame.

    The shape is (T // HOP + 1, P); 1 is an attack. `vibrato` (T // HOP + 1,) are the frames in which the pitch
    oscillates.

    It is the sum of three rises, weighted by logistic regression on repeated notes of validation tunes: of the pitch as
    recorded, of the pitch without reverberation (`dry`), and of the band above BRIGHT, where bow and tongue sound.
    """
    loud = _log_spectra(samples)
    bright = loud[:, int(BRIGHT * _SIZE / sample_rate) :]
    bare = np.log(np.maximum(np.exp(bright) - SILENT, 0) + SILENT / 10) if bright.shape[1] else loud[:, :1]
    mixed = _pitch_rises(loud, sample_rate) + WEIGHTS[1] * _pitch_rises(_log_spectra(dry), sample_rate)
    result: NDArray[np.float32] = (mixed + WEIGHTS[2] * _rise(bare.mean(axis=1))[:, None]) * WEIGHTS[0]
    for start, stop in spans(vibrato):
        result[start:stop] = _strength_in_vibrato(loud[start : stop + 2], sample_rate)
    return result


def _strength_in_vibrato(loud: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Return each pitch's onset strength by the power round its harmonics.

    A vibrato moves harmonics from bin to bin, which is a rise in each (Boeck & Widmer, DAFx 2013, suppress it by a
    maximum filter); within VIBRATO semitones to either side the power stays. The sound without reverberation and the
    band above BRIGHT are not used: harmonics that move rise and fall in both.
    """
    power = np.maximum(np.exp(loud.astype(np.float64)) - SILENT, 0) ** 2
    total = np.cumsum(np.pad(power, ((0, 0), (1, 0))), axis=1)
    result = np.zeros((len(loud) - 2, HIGHEST - LOWEST + 1), dtype=np.float32)
    for column, pitch in enumerate(range(LOWEST, HIGHEST + 1)):
        hertz = 440 * 2 ** ((pitch - 69) / 12) * np.arange(1, HARMONICS + 1)
        center = hertz[hertz < sample_rate / 2.2] * _SIZE / sample_rate
        low = np.floor(center * 2 ** (-VIBRATO / 12)).astype(int) - LOBE
        high = np.ceil(center * 2 ** (VIBRATO / 12)).astype(int) + LOBE + 1
        harmonics = _log_level(total, np.maximum(low, 0), np.minimum(high, power.shape[1])).mean(axis=1)
        result[:, column] = _rise(harmonics)
    return result * np.float32(WEIGHTS[0] * (1 + WEIGHTS[1]))


def _log_level(total: NDArray[np.float64], low: Any, high: Any) -> NDArray[np.float32]:
    """Return log magnitudes of bands of bins, `low` to `high`, of cumulated power."""
    result: NDArray[np.float32] = np.log(np.sqrt(total[:, high] - total[:, low]) + SILENT).astype(np.float32)
    return result


def spans(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the (start, stop) of each stretch of True.

    >>> list(spans(np.array([True, True, False, True])))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _log_spectra(samples: type_samples) -> NDArray[np.float32]:
    """Return log magnitudes, (T // HOP + 3, _SIZE // 2 + 1).

    A silent frame is added before and after.
    """
    count = len(samples) // HOP + 1
    padded = np.pad(samples, (WINDOW // 2, WINDOW + HOP))
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    window = np.hanning(WINDOW).astype(np.float32)
    loud = np.full((count + 2, _SIZE // 2 + 1), np.log(SILENT), dtype=np.float32)
    for at in range(0, count, _BATCH):
        spectra = np.abs(np.fft.rfft(views[at : at + _BATCH] * window, _SIZE))
        loud[at + 1 : at + 1 + len(spectra)] = np.log(spectra + SILENT)
    return loud


def _rise(curve: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.maximum(curve[2:] - curve[:-2], 0)
    return result


def _pitch_rises(loud: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    result = np.zeros((len(loud) - 2, HIGHEST - LOWEST + 1), dtype=np.float32)
    for column, pitch in enumerate(range(LOWEST, HIGHEST + 1)):
        hertz = 440 * 2 ** ((pitch - 69) / 12) * np.arange(1, HARMONICS + 1)
        bins = np.rint(hertz[hertz < sample_rate / 2.2] * _SIZE / sample_rate).astype(int)
        result[:, column] = _rise(loud[:, bins].mean(axis=1))
    return result


def peaks(curve: NDArray[np.float32], least: float, *, radius: int = 3) -> NDArray[np.int64]:
    """Return the places where `curve` is above `least` and highest within `radius`.

    >>> peaks(np.array([0, 1, 3, 1, 0, 0, 0, 2, 0], dtype=np.float32), 1.5).tolist()
    [2, 7]
    """
    if not len(curve):
        return np.zeros(0, dtype=np.int64)
    padded = np.pad(curve, radius, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=1)
    result: NDArray[np.int64] = np.flatnonzero((curve >= highest) & (curve > least))
    return result
