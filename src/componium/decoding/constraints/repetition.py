"""Repetition: figures and notes are repeated no more than in the style.

At low temperature a model easily repeats the same few notes for ever. A figure of n notes is repeated as long as every
note of a voice has the pitch of the nth before it; a chord counts as its highest note.

A repeated note is never a leap, a parallel or a crossing, so constraints that avoid these make repeated notes likelier.
Where a voice has recently repeated more than the style does, its last pitch is penalized, the less so the more their
share varies in the style.
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

LONGEST = 12  # notes of a figure; longer ones are phrases, which may return
SPAN = 64  # notes, over which figures are measured
FEWEST = 4  # notes for which a figure may always be repeated
ODD = 1  # percent of a style's spans that are excluded as outliers
MEMORY = 16  # notes: time constant of the running share of repeated notes, and the span over which it is measured
EVENEST = 0.05  # least spread of the share of repeated notes
MOST = 2.0  # nats


class Repetition(Constraint):
    """The repetition in one piece's voices.

    n_voices  number of voices
    figures   notes for which figures of 1, 2, .. LONGEST notes may be repeated; empty for no limit
    share     share of repeated notes in the style, 0 to 1
    spread    standard deviation of that share
    """

    def __init__(self, n_voices: int, figures: Sequence[int] = (), share: float = 1.0, spread: float = 1.0) -> None:
        self._voices = [_Voice(figures, share, spread) for _ in range(n_voices)]

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the limits of figures, and the share of repeated notes with its spread."""
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
        if not context.has_pitch[voice]:  # a drum is struck as often as the rhythm wants
            return
        if context.is_closing and voice == context.bass:
            if context.runs[voice] >= MAX_REPEATS:
                choice.prefer(choice.values != last)
        elif context.runs[voice] >= self._most(context):
            choice.mask &= choice.values != last
        elif not context.is_closing and (worn := self.worn(voice, context.now)):
            choice.prefer(np.logical_and.reduce([choice.values != pitch for pitch in worn]))

    def bias(self, choice: Choice, context: Context) -> None:
        if context.has_pitch[context.voice] and not choice.added:
            last, penalty = self.penalty(context.voice, context.now)
            if penalty:
                choice.bias[choice.values == last] += np.float32(penalty)

    def _most(self, context: Context) -> int:
        """Return the times in a row that the voice may strike its pitch.

        The bass keeps one in reserve if it may close on that pitch.
        """
        plan, last = context.plan, context.last[context.voice]
        may_close = not plan.is_keyed or (last % 12 == plan.key.tonic) == plan.closed
        return MAX_REPEATS - (context.voice == context.bass and may_close)

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """Add a note of a voice; of notes at one time the highest comes last."""
        self._voices[voice].begin(pitch, now)

    def worn(self, voice: int, now: int) -> set[int]:
        """Return the pitches that would repeat a figure of a voice for too long.

        >>> repetition = Repetition(1, [4] * LONGEST)
        >>> for now, pitch in enumerate([60, 62, 64, 62, 64, 62, 64]):
        ...     repetition.begin(0, pitch, now)
        >>> repetition.worn(0, now=7)
        {62}
        """
        return self._voices[voice].worn(now)

    def penalty(self, voice: int, now: int) -> tuple[int, float]:
        """Return the last pitch of a voice, -1 before its first, and its bias in nats."""
        return self._voices[voice].penalty(now)


class _Voice:
    """The latest pitches of a voice, and how long it has repeated at each lag.

    The newest note is added when time moves on, since it may be the lowest of a chord.
    """

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
        """Add the newest note, whose chord is complete."""
        if self._last >= 0:
            self._recent += ((pitch == self._last) - self._recent) / MEMORY
        self._last = pitch
        self._runs = [run + 1 if before == pitch else 0
                      for run, before in zip(self._runs, reversed(self._latest), strict=True)]  # fmt: skip
        self._latest.append(pitch)
        each = zip(self._runs, self._most, reversed(self._latest), strict=True)
        self._worn = {before for run, most, before in each if run >= most}


def figures_of(score: Score) -> NDArray[np.int64]:
    """Return the longest repetition of figures of 1 to LONGEST notes, (n, LONGEST).

    A row counts the notes in SPAN notes of a voice, or in all if it has fewer.
    """
    runs = [_runs(track) for track in score.tracks if len(track.notes) and not track.is_drum]
    spans = [span.max(axis=0) for each in runs for span in np.array_split(each, max(len(each) // SPAN, 1))]
    return np.stack(spans) if spans else np.zeros((0, LONGEST), dtype=np.int64)


def repeats_of(score: Score) -> NDArray[np.float64]:
    """Return the share of repeated notes in each MEMORY notes of each voice, (n,)."""
    lines = [_line(track) for track in score.tracks if len(track.notes) and not track.is_drum]
    repeats = [line[1:] == line[:-1] for line in lines if len(line) > 1]
    return np.array([part.mean() for each in repeats for part in np.array_split(each, max(len(each) // MEMORY, 1))])


def _line(track: Track) -> NDArray[np.int16]:
    """Return the pitches of a track, of each chord the highest."""
    onsets = track.notes["onset"]
    line: NDArray[np.int16] = track.notes["pitch"][np.append(onsets[1:] != onsets[:-1], True)]
    return line


def _runs(track: Track) -> NDArray[np.int64]:
    """Return the length of each note's repetition at each lag, (notes, LONGEST)."""
    pitches = _line(track)
    runs, places = np.zeros((len(pitches), LONGEST), dtype=np.int64), np.arange(len(pitches))
    for lag in range(1, min(LONGEST, len(pitches) - 1) + 1):
        differs = np.ones(len(pitches), dtype=bool)
        differs[lag:] = pitches[lag:] != pitches[:-lag]
        runs[:, lag - 1] = places - np.maximum.accumulate(np.where(differs, places, 0))
    return runs
