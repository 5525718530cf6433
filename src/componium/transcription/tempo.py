"""Tempo of any recording, from its onset strength.

Period, phase and grouping of the beat are found.

The period is the lag of the highest autocorrelation, weighted by a log-normal prior of tempo (Ellis, "Beat tracking by
dynamic programming", JNMR 36, 2007), refined to the nearest maximum of the Fourier sum of the whole recording, whose
angle is the phase. The grouping, twos or threes, is that of the higher autocorrelation.

>>> clicks = np.zeros(2000)
>>> clicks[25::60] = 1
>>> clicks[25::180] = 3
>>> found = find_beat(clicks, 100)
>>> round(found.period, 2), round(found.phase, 2), found.beats_per_bar, round(found.downbeat, 2)
(0.6, 0.25, 3, 0.25)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERIODS = (0.42, 1.0)  # seconds of a beat: 60 to 143 a minute, more than an octave, so that every pulse has a multiple
USUAL, SPREAD = 0.65, 0.5  # seconds; octaves: the prior
STRETCH = 12.0  # seconds over which a beat is looked for
REFINED = 0.02  # share by which the period is refined
CLEAR = 0.2  # autocorrelation from which a beat is called clear: white noise had at most 0.08, rain and traffic 0.18
TRIPLE = 0.05  # by which the autocorrelation at three beats exceeds that at two and four in a triple meter

type_curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beat:
    """A regular beat.

    period         seconds
    phase          seconds from the start to the first beat, below `period`
    beats_per_bar  3 or 4
    downbeat       seconds from the start to the first downbeat, below a bar
    clarity        autocorrelation at the period, 0 to 1; noise has less than CLEAR
    """

    period: float
    phase: float
    beats_per_bar: int
    downbeat: float
    clarity: float

    @property
    def qpm(self) -> float:
        """Beats a minute."""
        return 60 / self.period

    @property
    def is_clear(self) -> bool:
        """True where the recording has a pulse."""
        return self.clarity >= CLEAR


def find_beat(onset: type_curve, fps: float) -> Beat:
    """Find the beat of an onset strength curve (T,), `fps` frames a second.

    Where there is no clear one, it is the usual beat from the start, in bars of four.
    """
    if len(onset) < 4 * PERIODS[1] * fps or np.ptp(onset) == 0:
        return Beat(USUAL, 0.0, 4, 0.0, 0.0)
    flux = onset - onset.mean()
    similar = _autocorrelation(flux, fps)
    lags = np.arange(round(PERIODS[0] * fps), round(PERIODS[1] * fps) + 1)
    prior = np.exp(-0.5 * (np.log2(lags / fps / USUAL) / SPREAD) ** 2)
    lag = int(lags[np.argmax(prior * similar[lags])])
    clarity = float(np.clip(similar[lag], 0, 1))
    if clarity < CLEAR:
        return Beat(USUAL, 0.0, 4, 0.0, clarity)
    period, phase = _refined(flux, fps, lag / fps)
    is_triple = similar[3 * lag] > max(similar[2 * lag], similar[4 * lag]) + TRIPLE
    beats = 3 if is_triple else 4
    return Beat(period, phase, beats, _downbeat(onset, fps, period, phase, beats), clarity)


def _autocorrelation(flux: type_curve, fps: float) -> type_curve:
    """Return the mean autocorrelation of stretches, for lags to four long periods."""
    size = min(len(flux), round(STRETCH * fps))
    starts = range(0, max(len(flux) - size, 0) + 1, max(size // 2, 1))
    total = np.zeros(size)
    for start in starts:
        spectrum = np.fft.rfft(flux[start : start + size], 2 * size)
        total += np.fft.irfft(np.abs(spectrum) ** 2)[:size]
    needed = int(4 * PERIODS[1] * fps) + 1
    unbiased = total / (size - np.arange(size))
    return np.pad(unbiased / max(float(unbiased[0]), 1e-30), (0, max(needed - size, 0)))[:needed]


def _refined(flux: type_curve, fps: float, period: float) -> tuple[float, float]:
    """Return the period with the highest Fourier sum nearby, and its phase."""
    time = np.arange(len(flux)) / fps
    steps = max(round(2 * REFINED * time[-1] / period * 32), 32)  # 32 for each turn of the sum's angle
    periods = period * np.linspace(1 - REFINED, 1 + REFINED, steps + 1)
    sums = np.array([np.exp(2j * np.pi * time / each) @ flux for each in periods])
    best = int(np.abs(sums).argmax())
    found = float(periods[best])
    return found, float(np.angle(sums[best]) / (2 * np.pi) % 1) * found


def _downbeat(onset: type_curve, fps: float, period: float, phase: float, beats: int) -> float:
    """Return the second of the first downbeat, by onset strength."""
    ticks = np.arange(phase, len(onset) / fps, period)
    smooth = np.convolve(onset, np.hanning(max(round(0.1 * fps), 3)), mode="same")
    strengths = smooth[np.minimum(np.rint(ticks * fps).astype(int), len(onset) - 1)]
    return phase + period * int(np.argmax([strengths[at::beats].mean() for at in range(min(beats, len(ticks)))]))
