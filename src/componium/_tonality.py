"""Keeping to a key: what is added to the logits of pitches, so that a piece is heard in the key that it states.

Where the notes so far suit another key as well or better, by the correlations of Krumhansl (see metrics/key.py), those
that tell the two apart are leaned toward, until the piece's own leads again. What leads safely is left alone, so a
piece that keeps to its key isn't touched.
"""

import numpy as np
from numpy.typing import NDArray

from componium.metrics.key import standard_profiles

LEAD = 0.25  # the correlation by which the key leads safely
PULL = 3.0  # nats, for a difference of 1 between two keys' profiles, where another key leads
PROFILE = "krumhansl"  # not the one by which takes are measured
FEWEST = 12  # notes, before which nothing can be said


class Tonality:
    """The key of one sequence. `sounding` (P,) are MIDI pitches; `bias` (P,) is to be added to their logits."""

    def __init__(self, sounding: NDArray[np.int64], tonic: int, mode: str) -> None:
        self._classes = sounding % 12
        self.bias = np.zeros(len(sounding), dtype=np.float32)
        self._own = standard_profiles((mode,), PROFILE)[0, tonic]
        every = standard_profiles(("major", "minor"), PROFILE).reshape(-1, 12)
        self._others = every[~np.isclose(every, self._own).all(axis=1)]
        self._heard = np.zeros(12)

    def hear(self, at: int) -> None:
        """Take in the note of place `at` among the pitches."""
        self._heard[self._classes[at]] += 1
        if self._heard.sum() >= FEWEST:
            self.bias = self._lean()

    def _lean(self) -> NDArray[np.float32]:
        """Toward what the key has more of than its strongest rival, the more so the less it leads."""
        heard = self._heard - self._heard.mean()
        size = np.linalg.norm(heard)
        if size == 0:
            return np.zeros(len(self._classes), dtype=np.float32)
        marks = self._others @ heard / size
        rival = int(marks.argmax())
        want = np.clip(1 - (self._own @ heard / size - marks[rival]) / LEAD, 0, 1)
        lean: NDArray[np.float32] = (PULL * want * (self._own - self._others[rival]))[self._classes].astype(np.float32)
        return lean
