"""Mu-law quantization: sound as ids, one of 256 a sample.

ITU-T G.711 (1972), in the continuous form that van den Oord et al. (2016) quantize, mu = 255, for x in -1 to 1:

    f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu)          id = floor((f(x) + 1) / 2 * 255 + 1/2)

Steps are fine near silence and coarse near the peaks, as hearing is. This is no codec of `codecs/`: those turn Scores
into ids and back, and a waveform can't give back the score it came from.

>>> encode(np.array([-1.0, 0.0, 1.0])).tolist()
[0, 128, 255]
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import type_samples
from componium.errors import ControlError
from componium.music.types import type_ids

MU = 255
LEVELS = MU + 1
SILENCE = 128  # the id of 0.0


def compress(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return f(x): samples, clipped to -1 to 1, on the mu-law scale of -1 to 1."""
    x = np.clip(np.asarray(samples, dtype=np.float64), -1, 1)
    result: NDArray[np.float64] = np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU)
    return result


def expand(compressed: NDArray[np.floating]) -> NDArray[np.float64]:
    """Invert `compress`: sign(y) ((1 + mu)^|y| - 1) / mu."""
    y = np.asarray(compressed, dtype=np.float64)
    result: NDArray[np.float64] = np.sign(y) * np.expm1(np.abs(y) * np.log1p(MU)) / MU
    return result


def encode(samples: NDArray[np.floating]) -> type_ids:
    """Return the ids, 0 to 255, of samples (T,), clipped to -1 to 1."""
    return np.floor((compress(samples) + 1) / 2 * MU + 0.5).astype(np.int64)


def decode(ids: Sequence[int] | type_ids) -> type_samples:
    """Return ids as samples of -1 to 1.

    Raises ControlError for an id outside 0 to 255.
    """
    values = np.asarray(ids, dtype=np.int64)
    if values.size and (values.min() < 0 or values.max() > MU):
        raise ControlError("an id that is no mu-law sample", expected="0 to 255")
    return expand(2 * values / MU - 1).astype(np.float32)
