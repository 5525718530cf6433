"""Figures that go round: which pitches would carry one on for longer than pieces of the style do.

Drawn from near its likeliest, a model easily says the same few notes for ever. A figure of n notes goes round as long
as every note of a voice has the pitch of the nth before it; a chord counts as its highest note.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.score import Score, Track

LONGEST = 12  # notes; what comes again after more is a phrase, and may
SPAN = 64  # notes, over which the voices of a style are measured
FEWEST = 4  # notes that a figure may always go round for


class Figures:
    """The figures of one sequence's voices. Pitches may be counted from anywhere; `usual` is what `survey` tells of its
    style.

    >>> figures = Figures({"figures": [4] * LONGEST}, 1)
    >>> for now, pitch in enumerate([60, 62, 64, 62, 64, 62, 64]):
    ...     figures.begin(0, pitch, now)
    >>> figures.worn(0, now=7)
    {62}
    """

    def __init__(self, usual: Mapping[str, Any], n_voices: int) -> None:
        most = usual.get("figures", ())
        self._voices = [_Voice(most) for _ in range(n_voices)]

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """A note begins; at one time the highest of a voice comes last."""
        self._voices[voice].begin(pitch, now)

    def worn(self, voice: int, now: int) -> set[int]:
        """The pitches that a voice had better not begin now."""
        return self._voices[voice].worn(now)


class _Voice:
    """The latest pitches of a voice, and for how many notes each lag has held; the newest may yet become a chord."""

    def __init__(self, most: Sequence[int]) -> None:
        self._most = most
        self._latest: deque[int] = deque([-1] * len(most), maxlen=len(most))
        self._runs = [0] * len(most)
        self._newest, self._now = -1, -1
        self._worn: set[int] = set()

    def begin(self, pitch: int, now: int) -> None:
        self.worn(now)
        self._newest, self._now = pitch, now

    def worn(self, now: int) -> set[int]:
        if now > self._now >= 0:
            self._settle(self._newest)
            self._now = -1
        return self._worn

    def _settle(self, pitch: int) -> None:
        """The newest note is whole: take it in."""
        self._runs = [run + 1 if before == pitch else 0
                      for run, before in zip(self._runs, reversed(self._latest), strict=True)]  # fmt: skip
        self._latest.append(pitch)
        each = zip(self._runs, self._most, reversed(self._latest), strict=True)
        self._worn = {before for run, most, before in each if run >= most}


def figures_of(score: Score) -> NDArray[np.int64]:
    """For how many notes figures of 1, 2 .. LONGEST notes go round at most, a row for each SPAN notes of each voice; or
    for all that it has, if there are fewer."""
    found = [_runs(track) for track in score.tracks if len(track.notes) and not track.is_drum]
    spans = [span.max(axis=0) for runs in found for span in np.array_split(runs, max(len(runs) // SPAN, 1))]
    return np.stack(spans) if spans else np.zeros((0, LONGEST), dtype=np.int64)


def _runs(track: Track) -> NDArray[np.int64]:
    """For how many notes each lag has held, at each note or chord of a track: (notes, LONGEST)."""
    onsets = track.notes["onset"]
    pitches = track.notes["pitch"][np.append(onsets[1:] != onsets[:-1], True)]
    runs, places = np.zeros((len(pitches), LONGEST), dtype=np.int64), np.arange(len(pitches))
    for lag in range(1, min(LONGEST, len(pitches) - 1) + 1):
        differs = np.ones(len(pitches), dtype=bool)
        differs[lag:] = pitches[lag:] != pitches[:-lag]
        runs[:, lag - 1] = places - np.maximum.accumulate(np.where(differs, places, 0))
    return runs
