"""Figures that go round: which pitches would carry one on for longer than pieces of the style do; and repeated notes.

Drawn from near its likeliest, a model easily says the same few notes for ever. A figure of n notes goes round as long
as every note of a voice has the pitch of the nth before it; a chord counts as its highest note.

To repeat a note is never a leap, a parallel or a crossing, so whatever shuns these makes repeated notes likelier. Where
a voice has had more of late than is usual in the style, its last pitch is leaned against, the less so the more their
share goes up and down there.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Score, Track

LONGEST = 12  # notes; what comes again after more is a phrase, and may
SPAN = 64  # notes, over which the voices of a style are measured
FEWEST = 4  # notes that a figure may always go round for
MEMORY = 16  # notes, over which repeated ones are forgotten, and over which the voices of a style are measured
EVENEST = 0.05  # a share of repeated notes that goes up and down less is taken to do so by this much
MOST = 2.0  # nats


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
        most, repeats = usual.get("figures", ()), usual.get("repeats", (1.0, 1.0))
        self._voices = [_Voice(most, *repeats) for _ in range(n_voices)]

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """A note begins; at one time the highest of a voice comes last."""
        self._voices[voice].begin(pitch, now)

    def worn(self, voice: int, now: int) -> set[int]:
        """The pitches that a voice had better not begin now."""
        return self._voices[voice].worn(now)

    def lean(self, voice: int, now: int) -> tuple[int, float]:
        """The last pitch of a voice, -1 before its first, and what is to be added for it now, in nats."""
        return self._voices[voice].lean(now)


class _Voice:
    """The latest pitches of a voice, for how many notes each lag has held, and how many notes repeat the one before;
    the newest may yet become a chord."""

    def __init__(self, most: Sequence[int], share: float, spread: float) -> None:
        self._most, self._share, self._spread = most, share, max(spread, EVENEST)
        self._recent, self._last = share, -1
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

    def lean(self, now: int) -> tuple[int, float]:
        self.worn(now)
        return self._last, -min(max((self._recent - self._share) / self._spread, 0.0), MOST)

    def _settle(self, pitch: int) -> None:
        """The newest note is whole: take it in."""
        if self._last >= 0:
            self._recent += ((pitch == self._last) - self._recent) / MEMORY
        self._last = pitch
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


def repeats_of(score: Score) -> NDArray[np.float64]:
    """The share of notes that repeat the one before, in each MEMORY notes of each voice or in all that it has."""
    lines = [_line(track) for track in score.tracks if len(track.notes) and not track.is_drum]
    repeats = [line[1:] == line[:-1] for line in lines if len(line) > 1]
    return np.array([part.mean() for each in repeats for part in np.array_split(each, max(len(each) // MEMORY, 1))])


def _line(track: Track) -> NDArray[np.int16]:
    """The pitches of a track, of a chord the highest."""
    onsets = track.notes["onset"]
    line: NDArray[np.int16] = track.notes["pitch"][np.append(onsets[1:] != onsets[:-1], True)]
    return line


def _runs(track: Track) -> NDArray[np.int64]:
    """For how many notes each lag has held, at each note or chord of a track: (notes, LONGEST)."""
    pitches = _line(track)
    runs, places = np.zeros((len(pitches), LONGEST), dtype=np.int64), np.arange(len(pitches))
    for lag in range(1, min(LONGEST, len(pitches) - 1) + 1):
        differs = np.ones(len(pitches), dtype=bool)
        differs[lag:] = pitches[lag:] != pitches[:-lag]
        runs[:, lag - 1] = places - np.maximum.accumulate(np.where(differs, places, 0))
    return runs
