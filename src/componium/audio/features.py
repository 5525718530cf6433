"""Features of a recording over time: loudness, centroid, onset strength, chroma.

    loudness  K-weighted power in decibels (ITU-R BS.1770-4), relative to the loudest frame
    centroid  mean frequency, weighted by K-weighted power; the mean is taken of logarithms, since pitch is one
    onset     onset strength: the mean rise of the logarithms of 40 bands' power (spectral flux; Dixon, "Onset
              Detection Revisited", DAFx 2006), where the recording is not silent
    chroma    amplitude of spectral peaks by pitch class, C first; noise has none that stand out

>>> import numpy as np
>>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
>>> heard = measure(Sound(tone, 22050))
>>> round(float(np.median(heard.centroid))), int(heard.chroma.sum(axis=0).argmax())
(440, 9)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.audio.loudness import k_weighting
from componium.audio.recording import Sound, type_samples

FPS = 100  # frames a second
WINDOW = 0.09  # seconds, at least
LOWEST, HIGHEST = 30.0, 11_000.0  # Hz
N_BANDS = 40
FLOOR = -80.0  # dB below the loudest frame, the loudness of silence
QUIET = -60.0  # dB below the loudest frame, under which nothing counts as an onset
PROMINENT = 12.0  # times the median power of its neighborhood that a spectral peak has at least
TONAL = (45.0, 2100.0)  # Hz, of the peaks that count as pitches
_NEAR = 12  # bins on either side of a peak that are its neighborhood
_BATCH = 512  # frames

type_curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a recording, FPS frames a second.

    Frame n is centered at n / FPS seconds.

    loudness  (T,) in dB, FLOOR to 0
    centroid  (T,) in Hz
    onset     (T,), 0 or more
    chroma    (T, 12), 0 or more
    tonality  share of the sounding frames' amplitude in spectral peaks, 0 to 1
    """

    loudness: type_curve
    centroid: type_curve
    onset: type_curve
    chroma: type_curve
    tonality: float

    @property
    def seconds(self) -> float:
        """Duration in seconds, to a frame."""
        return len(self.loudness) / FPS


def measure(sound: Sound) -> Features:
    """Measure a recording.

    Silence has a loudness of FLOOR, no onsets and no chroma.
    """
    rate = sound.sample_rate
    size = 1 << int(np.ceil(np.log2(WINDOW * rate)))
    hertz: type_curve = np.fft.rfftfreq(size, 1 / rate).astype(np.float64)
    used = slice(*np.searchsorted(hertz, (LOWEST, min(HIGHEST, rate / 2.2))))
    weights = np.abs(k_weighting(size, rate)[used]) ** 2
    count = max(round(sound.seconds * FPS), 1)
    power, centroid = np.zeros(count), np.zeros(count)
    bands, chroma, tonal = np.zeros((count, N_BANDS)), np.zeros((count, 12)), np.zeros((count, 2))
    for first in range(0, count, _BATCH):
        rows = slice(first, min(first + _BATCH, count))
        spectra = _spectra(sound.samples, rate, size, rows)[:, used] * weights
        power[rows] = spectra.sum(axis=1)
        centroid[rows] = np.exp(spectra @ np.log(hertz[used]) / np.maximum(power[rows], 1e-30))
        bands[rows] = _banded(spectra, hertz[used])
        chroma[rows], tonal[rows] = _chroma(spectra, hertz[used])
    return _features(power, centroid, bands, chroma, tonal)


def _features(
    power: type_curve, centroid: type_curve, bands: type_curve, chroma: type_curve, tonal: type_curve
) -> Features:
    """Return the features of the sums over each frame's spectrum."""
    top = float(power.max())
    if top <= 0:
        silence = np.zeros(len(power))
        return Features(silence + FLOOR, silence + LOWEST, silence, chroma, 0.0)
    loudness = np.maximum(10 * np.log10(np.maximum(power / top, 1e-30)), FLOOR)
    logs = np.log(bands / top + 10 ** (QUIET / 10) / N_BANDS)
    rise = np.maximum(np.diff(logs, axis=0, prepend=logs[:1]), 0).mean(axis=1)
    peaks, total = tonal.sum(axis=0)
    return Features(loudness, np.maximum(centroid, LOWEST), rise, chroma, float(peaks / max(total, 1e-30)))


def _spectra(samples: type_samples, rate: int, size: int, rows: slice) -> type_curve:
    """Return the power spectra of some frames, (n, size // 2 + 1)."""
    centers = np.rint(np.arange(rows.start, rows.stop) * rate / FPS).astype(int)
    first, last = int(centers[0]) - size // 2, int(centers[-1]) + size
    part = samples[max(first, 0) : max(last, 0)]
    padded = np.pad(part, (max(-first, 0), max(last - first - max(-first, 0) - len(part), 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, size)[centers - centers[0]]
    result: type_curve = np.abs(np.fft.rfft(views * np.hanning(size).astype(np.float32))) ** 2
    return result


def _banded(spectra: type_curve, hertz: type_curve) -> type_curve:
    """Return the power in bands of equal ratios, (n, N_BANDS)."""
    edges = np.searchsorted(hertz, np.geomspace(hertz[0], hertz[-1], N_BANDS + 1)[1:-1])
    sums = np.cumsum(np.pad(spectra, ((0, 0), (1, 0))), axis=1)
    result: type_curve = np.diff(sums[:, np.concatenate([[0], edges, [spectra.shape[1]]])], axis=1)
    return result


def _chroma(spectra: type_curve, hertz: type_curve) -> tuple[type_curve, type_curve]:
    """Return peaks by pitch class, (n, 12), and the power of peaks and of all, (n, 2)."""
    first, last = np.clip(np.searchsorted(hertz, TONAL), 1, len(hertz) - 1).tolist()
    part, inner = spectra[:, first:last], spectra[:, first - 1 : last + 1]
    padded = np.pad(part, ((0, 0), (_NEAR, _NEAR)), mode="reflect" if part.shape[1] > _NEAR else "edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1, axis=1)[..., ::3], axis=-1)
    is_peak = (part >= inner[:, :-2]) & (part > inner[:, 2:]) & (part > PROMINENT * around)
    frames, bins = np.nonzero(is_peak)
    before, at, after = (np.log(inner[frames, bins + shift] + 1e-30) for shift in range(3))
    offset = 0.5 * (before - after) / np.minimum(before - 2 * at + after, -1e-9)  # of a parabola through the three
    found = hertz[first:last][bins] + np.clip(offset, -0.5, 0.5) * (hertz[1] - hertz[0])
    chroma = np.zeros((len(spectra), 12))
    np.add.at(chroma, (frames, np.rint(69 + 12 * np.log2(found / 440)).astype(int) % 12), np.sqrt(part[frames, bins]))
    return chroma, np.stack([(part * is_peak).sum(axis=1), spectra.sum(axis=1)], axis=1)
