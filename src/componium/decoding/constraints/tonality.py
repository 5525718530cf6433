"""Keeping to a key: what is added to the logits of pitches, so that a piece is heard in the key that it states.

Where the notes so far suit another key as well or better, by the correlations of Krumhansl (see metrics/key.py), those
that tell the two apart are leaned toward, until the piece's own leads again. What leads safely is left alone, so a
piece that keeps to its key isn't touched.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from componium.analysis.key import standard_profiles

LEAD = 0.25  # the correlation by which the key leads safely
PULL = 3.0  # nats, for a difference of 1 between two keys' profiles, where another key leads
PROFILE = "krumhansl"  # not the one by which takes are measured
FEWEST = 12  # notes, before which nothing can be said


class Tonality:
    """The key of one sequence. `sounding` (P,) are MIDI pitches; `bias` (P,) is to be added to their logits."""

    def __init__(self, sounding: NDArray[np.int64], tonic: int, mode: str) -> None:
        self._classes = (sounding % 12).tolist()
        own = standard_profiles((mode,), PROFILE)[0, tonic]
        every = standard_profiles(("major", "minor"), PROFILE).reshape(-1, 12)
        keys = np.stack([own, *every[~np.isclose(every, own).all(axis=1)]])  # its own first, then its rivals
        self._marks, self._by_class = np.zeros(len(keys)), list(keys.T)
        self._differences = (PULL * (own - keys))[:, self._classes].astype(np.float32)
        self._heard, self._squares, self._n_heard = [0] * 12, 0, 0
        self._neutral = self.bias = np.zeros(len(sounding), dtype=np.float32)

    def hear(self, at: int) -> None:
        """Take in the note of place `at` among the pitches."""
        heard = self._classes[at]
        self._marks += self._by_class[heard]  # profiles have a mean of 0, so that of the notes needn't be taken away
        self._squares += 2 * self._heard[heard] + 1
        self._heard[heard] += 1
        self._n_heard += 1
        if self._n_heard >= FEWEST:
            self.bias = self._lean()

    def _lean(self) -> NDArray[np.float32]:
        """Toward what the key has more of than its strongest rival, the more so the less it leads."""
        size = sqrt(self._squares - self._n_heard**2 / 12)
        rival = 1 + int(self._marks[1:].argmax())
        ahead = float(self._marks[0] - self._marks[rival])
        if size == 0 or ahead >= LEAD * size:
            return self._neutral
        lean: NDArray[np.float32] = self._differences[rival] * np.float32(min(1 - ahead / size / LEAD, 1.0))
        return lean
