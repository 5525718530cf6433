"""Training examples for raw audio: recordings cut into clips of mu-law ids."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import type_samples
from componium.codecs.base import Example
from componium.music.types import type_ids, type_mask
from componium.raw_audio.mu_law import SILENCE, encode


def cut(recordings: Iterable[type_samples], length: int) -> list[Example]:
    """Cut recordings into clips of `length` samples, as ids.

    A remainder shorter than that is dropped.
    """
    clips = []
    for samples in recordings:
        ids = encode(samples)
        clips += [Example(ids[at : at + length]) for at in range(0, len(ids) - length + 1, length)]
    return clips


class ClipCodec:
    """The part of a codec that batching uses, for clips.

    They have no conditions, no bars and no transposition.
    """

    pad = SILENCE

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """Return the ids unchanged."""
        return ids

    def is_condition(self, ids: type_ids) -> type_mask:
        """Return False for each id."""
        return np.zeros(len(ids), dtype=bool)

    def bar_starts(self, ids: type_ids) -> NDArray[np.int64]:
        """Return no positions: a waveform has no bars."""
        return np.zeros(0, dtype=np.int64)
