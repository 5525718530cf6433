"""Beat tracking: the fastest regular pulse of the notes, and its ticks.

Its period comes from the notes' onsets by a Fourier sum of short stretches (a tempogram at candidate periods), its
ticks by dynamic programming (Ellis, "Beat tracking by dynamic programming", JNMR 36, 2007), so that it follows a
changing tempo.
"""

import numpy as np
from numpy.typing import NDArray

FPS = 200  # frames of the onset curve a second
BLUR = 0.012  # seconds: how far from the pulse an onset may be and still count most
PERIODS = (0.09, 0.75)  # seconds
STRETCH = 6.0  # seconds over which the pulse must be regular
GOOD = 0.9  # of the best fit, above which the slower period is chosen
TIGHTNESS = 300.0  # Ellis's alpha


def pulse(onsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the seconds of the pulse, from the first onset to the last, inclusive.

    There are fewer than two if there is no pulse.

    >>> steps = pulse(np.arange(40) * 0.25)
    >>> float(np.median(np.diff(steps)).round(2))
    0.25
    """
    if len(np.unique(onsets)) < 4:
        return np.unique(onsets)[:1].astype(np.float64)
    curve = onset_curve(onsets)
    return _snapped(track(curve, period(onsets) * FPS) / FPS + float(onsets.min()) - 0.5, onsets)


def onset_curve(onsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Gaussians at the onsets, FPS frames a second.

    They run from half a second before the first onset to half after the last.
    """
    at = np.rint((np.sort(onsets) - onsets.min() + 0.5) * FPS).astype(int)
    clicks = np.zeros(at[-1] + FPS // 2 + 1)
    clicks[at] = 1
    reach = np.arange(-10, 11) / FPS
    return np.convolve(clicks, np.exp(-0.5 * (reach / BLUR) ** 2), mode="same")


def period(onsets: NDArray[np.float64]) -> float:
    """Return the slowest period, in seconds, that nearly all onsets fit."""
    candidates = np.geomspace(*PERIODS, 800)
    times = np.unique(np.round(onsets, 3))
    fit = np.zeros(len(candidates))
    starts = np.arange(times[0], max(times[-1] - STRETCH / 2, times[0] + 1e-3), STRETCH / 2)
    for start in starts:
        inside = times[(times >= start) & (times < start + STRETCH)]
        if len(inside) > 3:
            turns = np.exp(2j * np.pi * inside[:, None] / candidates)
            fit += np.abs(turns.sum(axis=0))
    if not fit.any():
        return float(np.clip(np.median(np.diff(times)), *PERIODS))
    tops = np.flatnonzero((fit[1:-1] >= fit[:-2]) & (fit[1:-1] >= fit[2:])) + 1
    good = tops[fit[tops] >= GOOD * fit.max()] if len(tops) else np.array([int(fit.argmax())])
    return float(candidates[good[-1] if len(good) else int(fit.argmax())])


def track(curve: NDArray[np.float64], lag: float) -> NDArray[np.float64]:
    """Return the frames of the beats with the highest score.

    `lag` is the period in frames.

    The score is the sum of strengths less a penalty for uneven steps.
    """
    steps = np.arange(max(round(lag * 0.6), 1), round(lag * 1.6) + 1)
    penalty = -TIGHTNESS * np.log(steps / lag) ** 2 / 10
    total, came_from = curve.copy(), np.full(len(curve), -1)
    for at in range(int(steps[0]), len(curve)):
        usable = steps[steps <= at]
        gain = total[at - usable] + penalty[: len(usable)]
        best = int(gain.argmax())
        if gain[best] > 0:
            total[at] += gain[best]
            came_from[at] = at - usable[best]
    at = int(total.argmax())
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(came_from[at])
    return np.array(beats[::-1], dtype=np.float64)


def _snapped(steps: NDArray[np.float64], onsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pulse moved to the onsets near it and smoothed over neighbors.

    The smoothing removes jitter.
    """
    if len(steps) < 3:
        return steps
    ordered = np.sort(onsets)
    after = np.clip(np.searchsorted(ordered, steps), 1, len(ordered) - 1)
    near = np.where(steps - ordered[after - 1] < ordered[after] - steps, ordered[after - 1], ordered[after])
    exact = np.where(np.abs(near - steps) < 0.2 * np.median(np.diff(steps)), near, steps)
    reach = min(8, (len(steps) - 1) // 2)
    index = np.arange(len(exact))
    smooth = np.empty(len(exact))
    for at in range(len(exact)):
        part = slice(max(at - reach, 0), at + reach + 1)
        smooth[at] = np.polyfit(index[part] - at, exact[part], 1)[1]
    return smooth
