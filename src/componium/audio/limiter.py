"""A limiter: brings down what would pass the ceiling, between the samples too, by turning the volume down in time.

The true peak is measured as ITU-R BS.1770-4, annex 2, has it: at four times the sample rate. The gain that each moment
allows is held for REACH seconds to both sides and then smoothed over as long, so it never jumps and never comes late.
Both sides of the stereo picture get one gain. What is quieter than the ceiling comes through untouched.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.audio.damped import type_wave

CEILING = 10 ** (-1 / 20)  # -1 dBTP: the highest peak
MOST = 10 ** (12 / 20)  # a peak is brought down by at most so much: more would crush the music
REACH = 0.012  # seconds
_AIM = CEILING * 10 ** (-0.1 / 20)  # a little lower, for what four times the rate doesn't see
_TAPS = 16


def _between() -> type_wave:
    """Interpolates a quarter, a half and three quarters of the way from sample 7 of 16 to sample 8: (16, 3)."""
    distance = np.arange(_TAPS)[:, None] - (_TAPS / 2 - 1) - np.array([0.25, 0.5, 0.75])
    taps = np.sinc(distance) * np.cos(np.pi * distance / (_TAPS + 1)) ** 2
    evened: type_wave = (taps / taps.sum(axis=0)).astype(np.float32)
    return evened


_BETWEEN = _between()
_SAFE = _AIM / float(np.abs(_BETWEEN).sum(axis=0).max())  # samples below this can't hide a peak


def true_peaks(sound: type_wave) -> type_wave:
    """The highest level of either side at each sample of (T, 2) or between it and the next, (T,)."""
    padded = np.pad(sound, ((_TAPS // 2 - 1, _TAPS // 2), (0, 0)))
    peaks: type_wave = np.abs(sound).max(axis=1)
    for side in padded.T:
        windows = np.lib.stride_tricks.sliding_window_view(side, _TAPS)
        np.maximum(peaks, np.abs(windows @ _BETWEEN).max(axis=1), out=peaks)
    return peaks


def limited(blocks: Iterable[type_wave], gain: float, rate: int) -> Iterator[type_wave]:
    """Stereo blocks (T, 2) times `gain`, no true peak above the ceiling; as many samples as came in."""
    hold = max(int(REACH * rate), 1)
    margin = 2 * hold + _TAPS
    kept = np.zeros((margin, 2), dtype=np.float32)
    for block in chain(blocks, [np.zeros((margin, 2), dtype=np.float32)]):
        sound = np.concatenate([kept, block * np.float32(gain)])
        inner = sound[margin : len(sound) - margin]
        if len(inner):
            yield inner * _curve(sound, hold)[margin:-margin, None] if np.abs(sound).max() > _SAFE else inner
        kept = sound[-2 * margin :]


def _curve(sound: type_wave, hold: int) -> type_wave:
    """What to multiply each sample with: never more than its peak allows, nowhere steep."""
    allowed = np.minimum(_AIM / np.maximum(true_peaks(sound), 1e-9), 1)
    return _smoothed(_smoothed(_lowest(allowed, hold), hold), hold).astype(np.float32)


def _lowest(values: type_wave, hold: int) -> type_wave:
    """The least value within `hold` samples to either side; the window doubles until it is wide enough."""
    width, padded = 1, np.pad(values, hold, mode="edge")
    while 2 * width <= 2 * hold + 1:
        padded = np.minimum(padded[:-width], padded[width:])
        width *= 2
    rest = 2 * hold + 1 - width
    return np.minimum(padded[: len(padded) - rest], padded[rest:])


def _smoothed(values: NDArray[np.floating[Any]], hold: int) -> NDArray[np.float64]:
    """The mean over `hold` samples about each: of two such means none sees further than `hold`."""
    padded = np.pad(values.astype(np.float64), (hold // 2 + 1, hold - hold // 2 - 1), mode="edge")
    total = np.cumsum(padded)
    mean: NDArray[np.float64] = (total[hold:] - total[:-hold]) / hold
    return mean
