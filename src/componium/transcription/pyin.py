"""pYIN: the probability of each pitch at each frame of a solo line.

YIN (de Cheveigne & Kawahara, JASA 111, 2002) takes the first dip of the normalized difference function d' that goes
below a threshold as the period. pYIN (Mauch & Dixon, ICASSP 2014) does so for all thresholds at once, whose
prior is a Beta distribution; here a = 2, b = 30, whose low mean keeps reeds with a weak first harmonic from
jumping an octave up. The dip k is the first below a threshold s exactly if
d'_k < s <= min(d'_1 ... d'_{k-1}), so its probability is a difference of two values of the Beta distribution function;
no list of thresholds is needed.

Frames are centered: frame t is at second t * HOP / rate.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import type_samples

HOP = 256  # samples
WINDOW = 1024  # samples summed over: 46 ms at 22,050 a second
LOWEST, HIGHEST = 28, 100  # MIDI pitches: E1 to E7
BINS = 5  # a semitone
N_BINS = (HIGHEST - LOWEST + 1) * BINS
BETA = 30
FALLBACK = 0.01  # share of the probability of no dip below the threshold that the deepest dip gets
_BATCH = 512  # frames at a time


class PitchTrack(NamedTuple):
    """Pitch probabilities by frame.

    `probability` (T, N_BINS) is of bin b at frame t; a row's sum is 1 less the probability of no pitch. `rate` is in
    frames a second.
    """

    probability: NDArray[np.float32]
    rate: float  # frames a second

    def pitches(self) -> NDArray[np.float64]:
        """Return the MIDI pitch (with fraction) of the most probable bin of each frame."""
        return bin_pitch(np.argmax(self.probability, axis=1))


def bin_pitch(index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the MIDI pitch at the middle of a bin."""
    return LOWEST - 0.5 + (np.asarray(index) + 0.5) / BINS


def pitch_bin(pitch: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of a MIDI pitch (with fraction)."""
    return np.floor((pitch - (LOWEST - 0.5)) * BINS).astype(np.int64)


def track(samples: type_samples, sample_rate: int) -> PitchTrack:
    """Return the probabilities of all pitches in samples (T,).

    The sample rate is 8,000 to 32,000 Hz.
    """
    longest = int(np.ceil(sample_rate / _hertz(LOWEST - 0.5)))
    count = len(samples) // HOP + 1
    before = (WINDOW + longest) // 2
    padded = np.pad(samples.astype(np.float64), (before, before + WINDOW + longest + HOP))
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW + longest)[:: HOP][:count]
    probability = np.zeros((count, N_BINS), dtype=np.float32)
    for start in range(0, count, _BATCH):
        dips = _normalized(difference(views[start : start + _BATCH], longest))
        _spread(dips, sample_rate, probability[start : start + _BATCH])
    return PitchTrack(probability, sample_rate / HOP)


def _hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def difference(frames: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Return YIN's d(tau), equation 6, for tau = 0 ... longest - 1, by FFT.

    Frames have the shape (T, WINDOW + longest).

    >>> frames = np.random.default_rng(0).normal(size=(1, WINDOW + 50))
    >>> direct = [((frames[0, :WINDOW] - frames[0, lag : WINDOW + lag]) ** 2).sum() for lag in range(50)]
    >>> bool(np.allclose(difference(frames, 50)[0], direct))
    True
    """
    size = 1 << (frames.shape[1] + WINDOW).bit_length()
    spectrum = np.fft.rfft(frames, size)
    head = np.fft.rfft(frames[:, :WINDOW], size)
    product = np.fft.irfft(spectrum * head.conj(), size)[:, :longest]
    energy = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    lagged = energy[:, WINDOW : WINDOW + longest] - energy[:, :longest]
    result: NDArray[np.float64] = np.maximum(lagged[:, :1] + lagged - 2 * product, 0)
    return result


def _normalized(d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return d'(tau), equation 8: d over its mean so far, 1 at 0."""
    total = np.cumsum(d, axis=1)
    lags = np.arange(d.shape[1])
    result: NDArray[np.float64] = np.where(total > 1e-9, d * lags / np.maximum(total, 1e-9), 1.0)
    result[:, 0] = 1
    return result


def beta(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distribution function of Beta(2, BETA).

    It is the chance that of BETA + 1 uniform draws two or more are below x.

    >>> float(beta(np.array(0.1)).round(3))
    0.83
    """
    x = np.clip(x, 0, 1)
    result: NDArray[np.float64] = 1 - (1 - x) ** (BETA + 1) - (BETA + 1) * x * (1 - x) ** BETA
    return result


def _spread(dips: NDArray[np.float64], sample_rate: int, into: NDArray[np.float32]) -> None:
    """Add each dip's probability to the bin of its pitch."""
    shortest = max(int(sample_rate / _hertz(HIGHEST + 0.5)), 2)
    middle = dips[:, shortest:-1]
    is_dip = (middle < dips[:, shortest - 1 : -2]) & (middle <= dips[:, shortest + 1 :])
    left, right = dips[:, shortest - 1 : -2], dips[:, shortest + 1 :]
    bend = np.maximum(left + right - 2 * middle, 1e-12)
    lowest = np.maximum(middle - (left - right) ** 2 / (8 * bend), 0)  # between samples: matters for high pitches
    height = np.where(is_dip, lowest, 1.0)
    least = np.minimum.accumulate(height, axis=1)
    before = np.concatenate([np.ones((len(height), 1)), least[:, :-1]], axis=1)
    chance = np.maximum(beta(before) - beta(height), 0)
    deepest = np.argmin(height, axis=1)
    chance[np.arange(len(height)), deepest] += FALLBACK * (1 - chance.sum(axis=1))
    frame, lag = np.nonzero(chance > 1e-6)
    exact = _vertex(dips, frame, lag + shortest)
    pitch = 69 + 12 * np.log2(sample_rate / exact / 440)
    index = pitch_bin(pitch)
    inside = (index >= 0) & (index < N_BINS)
    np.add.at(into, (frame[inside], index[inside]), chance[frame, lag][inside])


def _vertex(dips: NDArray[np.float64], frame: NDArray[np.int64], lag: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the lag at the vertex of the parabola through a dip and its neighbors."""
    left, here, right = dips[frame, lag - 1], dips[frame, lag], dips[frame, lag + 1]
    bend = left + right - 2 * here
    shift = np.where(bend > 1e-12, (left - right) / np.maximum(2 * bend, 1e-12), 0)
    result: NDArray[np.float64] = lag + np.clip(shift, -1, 1)
    return result
