"""Dereverberation by spectral subtraction.

Without it the reverberation of earlier notes would turn a solo line into chords.

After Lebart, Boucher & Denbigh, Acta Acustica 87 (2001): the power that is left of earlier sound is estimated by its
decay and subtracted, frame by frame and frequency by frequency.
"""

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import type_samples

WINDOW, HOP = 1024, 256  # samples
DELAY = 4  # frames after which sound counts as reverberation
DECAY = 30.0  # decibels a second
STRENGTH = 1.2  # of the estimate that is subtracted
FLOOR = 0.1
_BATCH = 1024  # frames at a time


def dereverberate(samples: type_samples, sample_rate: int) -> type_samples:
    """Return samples of the same length with less reverberation."""
    count = len(samples) // HOP + WINDOW // HOP + 1
    padded = np.pad(samples, (WINDOW, 2 * WINDOW))
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    window = np.sqrt(np.hanning(WINDOW + 1)[:-1]).astype(np.float32)
    result = np.zeros(len(padded), dtype=np.float32)
    fall = 10 ** (-DECAY * HOP / sample_rate / 10)  # of power, a frame
    tail = np.zeros(WINDOW // 2 + 1)
    recent: NDArray[np.float64] = np.zeros((DELAY, WINDOW // 2 + 1))
    for start in range(0, count, _BATCH):
        spectra = np.fft.rfft(views[start : start + _BATCH] * window)
        power = np.concatenate([recent, np.abs(spectra) ** 2])
        recent = power[-DELAY:]
        for at in range(len(spectra)):
            tail = np.maximum(tail * fall, power[at] * fall**DELAY)
            gain = np.sqrt(np.maximum(1 - STRENGTH * tail / np.maximum(power[at + DELAY], 1e-12), FLOOR**2))
            spectra[at] *= gain
        frames = np.fft.irfft(spectra) * window
        for at, frame in enumerate(frames, start):
            result[at * HOP : at * HOP + WINDOW] += frame
    return result[WINDOW : WINDOW + len(samples)] * np.float32(2 * HOP / WINDOW)
