"""How voices move: which pitches would make one move in parallel with another, or leap by an interval.

Two voices that move the same way from a fifth to a fifth, or from an octave to an octave, sound like one. Some styles
shun that, and some leaps (the tritone, sevenths), and a small model doesn't learn it by itself. Voices are numbered
from the top down.
"""

import numpy as np
from numpy.typing import NDArray

PERFECT = (0, 7)  # semitones, octaves taken away: unison or octave, fifth


class Motion:
    """The last moves of all voices; times and pitches may be counted from anywhere, in semitones.

    >>> moves = Motion()
    >>> for voice, pitch, now in [(0, 67, 0), (1, 60, 0), (0, 69, 24)]:
    ...     moves.begin(voice, pitch, now)
    >>> np.flatnonzero(moves.parallel(1, np.arange(128), now=24)).tolist()  # a fifth under the A
    [62, 74, 86, 98, 110, 122]
    """

    def __init__(self) -> None:
        self._moves: dict[int, tuple[int | None, int, int]] = {}  # each voice's pitch before, its pitch, and since when

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """A voice goes to a pitch. Of several notes at once the first counts."""
        _, latest, since = self._moves.get(voice, (None, None, None))
        if since != now:
            self._moves[voice] = (latest, pitch, now)

    def latest(self, voice: int) -> int | None:
        """The pitch that a voice went to last."""
        return self._moves[voice][1] if voice in self._moves else None

    def parallel(self, voice: int, pitches: NDArray[np.int64], now: int) -> NDArray[np.bool_]:
        """Which pitches (P,), were they begun now, would be parallel to a voice that has just moved."""
        found = np.zeros(len(pitches), dtype=bool)
        _, own, since = self._moves.get(voice, (None, None, now))
        if own is None or since == now:
            return found
        for other, (before, after, moved) in self._moves.items():
            if other == voice or moved != now or before is None or before == after:
                continue
            sign = 1 if other < voice else -1  # the upper of the two less the lower
            gap = sign * (before - own) % 12
            if gap in PERFECT:
                same_way = (pitches - own) * (after - before) > 0
                found |= same_way & (sign * (after - pitches) % 12 == gap)
        return found

    def leap(
        self, voice: int, pitches: NDArray[np.int64], now: int, intervals: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which pitches (P,), were they begun now, lie at one of some intervals from the voice's last."""
        _, own, since = self._moves.get(voice, (None, None, now))
        if own is None or since == now:
            return np.zeros(len(pitches), dtype=bool)
        found: NDArray[np.bool_] = (pitches[:, None] == own + intervals).any(axis=1)
        return found
