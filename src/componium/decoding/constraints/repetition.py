"""Repetition: no figure goes round for longer than in the style, and notes repeat no more than there.

Drawn from near its likeliest, a model easily says the same few notes for ever. A figure of n notes goes round as long
as every note of a voice has the pitch of the nth before it; a chord counts as its highest note.

To repeat a note is never a leap, a parallel or a crossing, so whatever avoids these makes repeated notes likelier.
Where a voice has had more of late than is usual in the style, its last pitch is penalized, the less the more their
share varies there.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.controls import MAX_REPEATS
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score, Track

LONGEST = 12  # notes; what comes again after more is a phrase, and may
SPAN = 64  # notes, over which the voices of a style are measured
FEWEST = 4  # notes that a figure may always go round for
ODD = 1  # percent of the spans of a style, in which figures go round for longer than in others
MEMORY = 16  # notes, over which repeated ones are forgotten, and over which the voices of a style are measured
EVENEST = 0.05  # the least spread of a share of repeated notes
MOST = 2.0  # nats


class Repetition(Constraint):
    """The figures and repeated notes of one piece's voices.

    `figures` is for how many notes figures of 1, 2, .. LONGEST notes may go round (none: for ever); `share` and
    `spread` are of repeated notes.
    """

    def __init__(self, n_voices: int, figures: Sequence[int] = (), share: float = 1.0, spread: float = 1.0) -> None:
        self._voices = [_Voice(figures, share, spread) for _ in range(n_voices)]

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return for how many notes figures go round at most, and the share of repeated notes with its spread."""
        spans = np.concatenate([figures_of(score) for score in scores])
        figures = np.maximum(np.percentile(spans, 100 - ODD, axis=0), FEWEST).astype(int).tolist() if len(spans) else []
        shares = np.concatenate([repeats_of(score) for score in scores])
        repeats = [round(float(shares.mean()), 4), round(float(shares.std()), 4)] if len(shares) else [1.0, 1.0]
        return {"figures": figures, "repeats": repeats}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        part = profile.part("repetition")
        return cls(len(plan.programs), part.get("figures", ()), *part.get("repeats", (1.0, 1.0)))

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "pitch" and context.has_pitch[context.voice]:
            self.begin(context.voice, value, context.now)

    def allow(self, choice: Choice, context: Context) -> None:
        voice, last = context.voice, context.last[context.voice]
        if context.is_closing and voice == context.bass:
            if context.runs[voice] >= MAX_REPEATS:
                choice.prefer(choice.values != last)
        elif context.runs[voice] >= self._most(context):
            choice.mask &= choice.values != last
        elif not (context.is_closing and context.has_pitch[voice]) and (worn := self.worn(voice, context.now)):
            choice.prefer(~np.isin(choice.values, list(worn)))

    def bias(self, choice: Choice, context: Context) -> None:
        if context.has_pitch[context.voice] and not choice.added:
            last, penalty = self.penalty(context.voice, context.now)
            if penalty:
                choice.bias[choice.values == last] += np.float32(penalty)

    def _most(self, context: Context) -> int:
        """Return how often in a row the voice may strike its pitch; the bass keeps one in reserve to close on."""
        plan, last = context.plan, context.last[context.voice]
        may_close = not plan.is_keyed or (last % 12 == plan.key.tonic) == plan.closed
        return MAX_REPEATS - (context.voice == context.bass and may_close)

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """Take in a note; at one time the highest of a voice comes last."""
        self._voices[voice].begin(pitch, now)

    def worn(self, voice: int, now: int) -> set[int]:
        """Return the pitches that would carry a figure of a voice on for too long.

        >>> repetition = Repetition(1, [4] * LONGEST)
        >>> for now, pitch in enumerate([60, 62, 64, 62, 64, 62, 64]):
        ...     repetition.begin(0, pitch, now)
        >>> repetition.worn(0, now=7)
        {62}
        """
        return self._voices[voice].worn(now)

    def penalty(self, voice: int, now: int) -> tuple[int, float]:
        """Return the last pitch of a voice, -1 before its first, and what is added for it, in nats, 0 or less."""
        return self._voices[voice].penalty(now)


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

    def penalty(self, now: int) -> tuple[int, float]:
        self.worn(now)
        return self._last, -min(max((self._recent - self._share) / self._spread, 0.0), MOST)

    def _settle(self, pitch: int) -> None:
        """Take in the newest note, which is whole now."""
        if self._last >= 0:
            self._recent += ((pitch == self._last) - self._recent) / MEMORY
        self._last = pitch
        self._runs = [run + 1 if before == pitch else 0
                      for run, before in zip(self._runs, reversed(self._latest), strict=True)]  # fmt: skip
        self._latest.append(pitch)
        each = zip(self._runs, self._most, reversed(self._latest), strict=True)
        self._worn = {before for run, most, before in each if run >= most}


def figures_of(score: Score) -> NDArray[np.int64]:
    """Return for how many notes figures of 1, 2 .. LONGEST notes go round at most: a row for each SPAN notes of each
    voice, or for all that it has if there are fewer."""
    runs = [_runs(track) for track in score.tracks if len(track.notes) and not track.is_drum]
    spans = [span.max(axis=0) for each in runs for span in np.array_split(each, max(len(each) // SPAN, 1))]
    return np.stack(spans) if spans else np.zeros((0, LONGEST), dtype=np.int64)


def repeats_of(score: Score) -> NDArray[np.float64]:
    """Return the share of notes that repeat the one before, in each MEMORY notes of each voice, or in all."""
    lines = [_line(track) for track in score.tracks if len(track.notes) and not track.is_drum]
    repeats = [line[1:] == line[:-1] for line in lines if len(line) > 1]
    return np.array([part.mean() for each in repeats for part in np.array_split(each, max(len(each) // MEMORY, 1))])


def _line(track: Track) -> NDArray[np.int16]:
    """Return the pitches of a track, of a chord the highest."""
    onsets = track.notes["onset"]
    line: NDArray[np.int16] = track.notes["pitch"][np.append(onsets[1:] != onsets[:-1], True)]
    return line


def _runs(track: Track) -> NDArray[np.int64]:
    """Return for how many notes each lag has held, at each note or chord of a track, (notes, LONGEST)."""
    pitches = _line(track)
    runs, places = np.zeros((len(pitches), LONGEST), dtype=np.int64), np.arange(len(pitches))
    for lag in range(1, min(LONGEST, len(pitches) - 1) + 1):
        differs = np.ones(len(pitches), dtype=bool)
        differs[lag:] = pitches[lag:] != pitches[:-lag]
        runs[:, lag - 1] = places - np.maximum.accumulate(np.where(differs, places, 0))
    return runs
