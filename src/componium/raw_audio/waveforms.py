"""Sound as ids: 8-bit mu-law samples, one id of 256 a sample.

ITU-T G.711 (1972), in the continuous form that van den Oord et al. (2016) quantize, mu = 255, for x in -1 to 1:

    f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu)          id = floor((f(x) + 1) / 2 * 255 + 1/2)

Steps are fine near silence and coarse near the peaks, as hearing is. This is no codec of `codecs/`: those turn Scores
into ids and back, and a waveform can't give back the score it came from.

>>> encode(np.array([-1.0, 0.0, 1.0])).tolist()
[0, 128, 255]
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import decode as decode_file
from componium.audio.recording import type_samples
from componium.audio.resampling import resample
from componium.codecs.base import Example
from componium.errors import ComponiumError, ControlError
from componium.music.types import type_ids, type_mask

MU = 255
LEVELS = MU + 1
SILENCE = 128  # the id of 0.0


def compress(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """f(x): samples, cut to -1 to 1, on the mu-law scale of -1 to 1."""
    x = np.clip(np.asarray(samples, dtype=np.float64), -1, 1)
    result: NDArray[np.float64] = np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU)
    return result


def expand(compressed: NDArray[np.floating]) -> NDArray[np.float64]:
    """The inverse of `compress`: sign(y) ((1 + mu)^|y| - 1) / mu."""
    y = np.asarray(compressed, dtype=np.float64)
    result: NDArray[np.float64] = np.sign(y) * np.expm1(np.abs(y) * np.log1p(MU)) / MU
    return result


def encode(samples: NDArray[np.floating]) -> type_ids:
    """Samples of -1 to 1 (what lies beyond is cut) as ids of 0 to 255. Shape (T,)."""
    return np.floor((compress(samples) + 1) / 2 * MU + 0.5).astype(np.int64)


def decode(ids: Sequence[int] | type_ids) -> type_samples:
    """Ids as samples of -1 to 1. Raises ControlError for an id outside 0 to 255."""
    values = np.asarray(ids, dtype=np.int64)
    if values.size and (values.min() < 0 or values.max() > MU):
        raise ControlError("an id that is no mu-law sample", expected="0 to 255")
    return expand(2 * values / MU - 1).astype(np.float32)


def read(path: str | Path, rate: int) -> type_samples:
    """A WAV, MP3, FLAC or Ogg file, mono at `rate`, its peak at 1. Raises as `audio.recording.decode` does."""
    try:
        sound = decode_file(Path(path).read_bytes())
    except ComponiumError as error:
        raise error.within(str(path)) from error
    return resample(sound.samples, sound.sample_rate, rate)


def clips(recordings: Iterable[type_samples], length: int) -> list[Example]:
    """Recordings cut into pieces of `length` samples, as ids; what is left over at an end is dropped."""
    found = []
    for samples in recordings:
        ids = encode(samples)
        found += [Example(ids[at : at + length]) for at in range(0, len(ids) - length + 1, length)]
    return found


class Samples:
    """What batching asks of a codec, for waveforms: nothing is a condition, no bars, no other key."""

    pad = SILENCE

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """The same ids."""
        return ids

    def is_condition(self, ids: type_ids) -> type_mask:
        """None is."""
        return np.zeros(len(ids), dtype=bool)

    def bar_starts(self, ids: type_ids) -> NDArray[np.int64]:
        """Nowhere."""
        return np.zeros(0, dtype=np.int64)
