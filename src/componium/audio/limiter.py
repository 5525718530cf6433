"""True-peak limiter: a smooth gain that keeps peaks below a ceiling.

The true peak is measured as ITU-R BS.1770-4, annex 2, has it: at four times the sample rate. The gain that each sample
allows is held for REACH seconds to both sides and then smoothed over as long, so it never jumps and never comes late.
Both channels get the same gain. Sound below the ceiling is unchanged.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.audio.oscillators import type_wave

CEILING = 10 ** (-1 / 20)  # -1 dBTP: the highest peak
MOST = 10 ** (12 / 20)  # the largest reduction of a peak: more would crush the music
REACH = 0.012  # seconds
_TARGET = CEILING * 10 ** (-0.1 / 20)  # a little lower, for peaks that four times the rate misses
_TAPS = 16


def _between() -> type_wave:
    """Return filters (16, 3) that interpolate between samples 7 and 8 of 16.

    They are for 1/4, 1/2 and 3/4 of the way.
    """
    distance = np.arange(_TAPS)[:, None] - (_TAPS / 2 - 1) - np.array([0.25, 0.5, 0.75])
    taps = np.sinc(distance) * np.cos(np.pi * distance / (_TAPS + 1)) ** 2
    normalized: type_wave = (taps / taps.sum(axis=0)).astype(np.float32)
    return normalized


_BETWEEN = _between()
_SAFE = _TARGET / float(np.abs(_BETWEEN).sum(axis=0).max())  # between samples below this no peak passes the ceiling


def true_peaks(sound: type_wave) -> type_wave:
    """Return the true peak (T,) of stereo sound (T, 2).

    It is the highest level of either channel from each sample to the next.
    """
    padded = np.pad(sound, ((_TAPS // 2 - 1, _TAPS // 2), (0, 0)))
    peaks: type_wave = np.abs(sound).max(axis=1)
    for channel in padded.T:
        windows = np.lib.stride_tricks.sliding_window_view(channel, _TAPS)
        np.maximum(peaks, np.abs(windows @ _BETWEEN).max(axis=1), out=peaks)
    return peaks


def limit_peaks(blocks: Iterable[type_wave], gain: float, rate: int) -> Iterator[type_wave]:
    """Scale stereo blocks (T, 2) by `gain` and limit their true peaks.

    The length stays the same.
    """
    hold = max(int(REACH * rate), 1)
    margin = 2 * hold + _TAPS
    past = np.zeros((margin, 2), dtype=np.float32)
    for block in chain(blocks, [np.zeros((margin, 2), dtype=np.float32)]):
        sound = np.concatenate([past, block * np.float32(gain)])
        inner = sound[margin : len(sound) - margin]
        if len(inner):
            yield inner * _curve(sound, hold)[margin:-margin, None] if np.abs(sound).max() > _SAFE else inner
        past = sound[-2 * margin :]


def _curve(sound: type_wave, hold: int) -> type_wave:
    """Return the gain of each sample: at most what its peak allows, and smooth."""
    allowed = np.minimum(_TARGET / np.maximum(true_peaks(sound), 1e-9), 1)
    return _smoothed(_smoothed(_lowest(allowed, hold), hold), hold).astype(np.float32)


def _lowest(values: type_wave, hold: int) -> type_wave:
    """Return the minimum within `hold` samples to either side."""
    # The window doubles in width until the next doubling would be too wide.
    width, padded = 1, np.pad(values, hold, mode="edge")
    while 2 * width <= 2 * hold + 1:
        padded = np.minimum(padded[:-width], padded[width:])
        width *= 2
    shift = 2 * hold + 1 - width
    return np.minimum(padded[: len(padded) - shift], padded[shift:])


def _smoothed(values: NDArray[np.floating[Any]], hold: int) -> NDArray[np.float64]:
    """Return the mean over `hold` samples around each.

    Two passes reach no further than `hold`.
    """
    padded = np.pad(values.astype(np.float64), (hold // 2 + 1, hold - hold // 2 - 1), mode="edge")
    total = np.cumsum(padded)
    mean: NDArray[np.float64] = (total[hold:] - total[:-hold]) / hold
    return mean
