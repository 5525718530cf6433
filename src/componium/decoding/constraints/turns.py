"""Who plays: what is added to the logits of voices, so that in a long piece none falls silent for good.

A voice's share is how many of the places at which notes begin it begins one at. Voices that have begun fewer of late
than is usual in the style are leaned toward, the less so the more their share goes up and down there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.pace import places_of
from componium.music.score import Score

MEMORY = 64  # places, over which what was heard is forgotten, and over which the pieces of a style are measured
EVENEST = 0.1  # a share that goes up and down less is taken to do so by this much
MOST = 2.0  # nats


class Turns:
    """The voices of one sequence. `usual` is what `survey` tells of its style.

    >>> turns = Turns({"turns": {"2": [[0.9, 0.1], [0.5, 0.2]]}}, 2)
    >>> for _ in range(200):
    ...     turns.move_on()
    ...     turns.begin(0)
    >>> turns.lean().round(1).tolist()
    [0.0, 2.0]
    """

    def __init__(self, usual: Mapping[str, Any], n_voices: int) -> None:
        rows = usual.get("turns", {}).get(str(n_voices), [(0.0, np.inf)] * n_voices)
        self._usual, spread = np.array(rows, dtype=np.float32).reshape(-1, 2).T
        self._spread = np.maximum(spread, EVENEST)
        self._recent, self._begun = self._usual.copy(), self._usual.copy()

    def begin(self, voice: int) -> None:
        """A voice begins a note at this place."""
        self._begun[voice] = 1.0

    def move_on(self) -> None:
        """Go on to the next place at which notes begin."""
        self._recent += (self._begun - self._recent) / MEMORY
        self._begun[:] = 0.0

    def lean(self) -> NDArray[np.float32]:
        """What is to be added (voices,), in nats."""
        missing = (self._usual - self._recent) / self._spread
        return np.minimum(np.maximum(missing, 0.0), MOST)


def shares_of(score: Score) -> NDArray[np.float64]:
    """The voices' shares in each MEMORY places of a score, or in all if there are fewer: (n, voices)."""
    places = places_of(score)
    begun = np.stack([np.isin(places, track.notes["onset"]) for track in score.tracks], axis=1)
    parts = np.array_split(begun, max(len(begun) // MEMORY, 1))
    return np.stack([part.mean(axis=0) for part in parts])
