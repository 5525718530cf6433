"""Imitation: voices go on with what another began, where the style's voices do.

Where a voice has begun as another did, at a lag and an interval that are usual in the style, the other's next note is
made likelier at the same lag and interval, and so is its onset. This holds as long as fewer figures of the piece are
imitated than in the style.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple, Self

import numpy as np

from componium.analysis.imitation import NOTES, imitations
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import TICKS, Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.metrics import mean_of
from componium.music.instruments import DRUMS
from componium.music.score import Score

MOST_PIECES = 32  # measured of a style, evenly chosen
MOST_PAIRS = 24  # of a lag and an interval
LEAST = 0.1  # share of figures from which the voices of a style imitate one another
STRENGTHS = (0.0, 2.0, 4.0, 5.0)  # nats toward a pitch, by the notes imitated so far, at most three
IN_TIME = 0.4  # of these, from two notes on, toward its onset: more makes textures denser than the style's


class Thread(NamedTuple):
    """One voice's imitation of another, so far.

    source   the voice that is imitated
    at       the number of its note that was imitated last
    lag      in 24ths of a quarter, and shift in semitones, from the source
    n_notes  notes that were imitated
    """

    source: int
    at: int
    lag: int
    shift: int
    n_notes: int


class Imitation(Constraint):
    """The imitation between the voices of one piece.

    share   share of figures that are imitated in the style
    pairs   lags in 24ths of a quarter and semitones from the source, the commonest first
    voices  the numbers of the pitched voices
    """

    kinds = frozenset({"position", "voice", "pitch", "bar"})

    def __init__(self, share: float, pairs: Sequence[tuple[int, int]], voices: Sequence[int]) -> None:
        self._share, self._ranks = share, {(lag, shift): rank for rank, (lag, shift) in enumerate(pairs)}
        self._reach = max((lag for lag, _ in pairs), default=0)
        self._lines: dict[int, list[tuple[int, int]]] = {voice: [] for voice in voices}  # onsets and pitches
        self._threads: dict[int, list[Thread]] = {voice: [] for voice in voices}
        self._n_notes, self._n_imitated = 0, 0

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the share of imitated figures, and the commonest lags and intervals."""
        found, shares = Counter[tuple[int, int]](), list[float]()
        several = [score for score in scores if sum(not track.is_drum for track in score.tracks) > 1]
        for at in range(min(len(several), MOST_PIECES)):
            score = several[at * len(several) // min(len(several), MOST_PIECES)]
            n_figures, pairs = imitations(score)
            shares += [len(pairs) / n_figures] if n_figures else []
            lags = [(lag * TICKS / score.ticks_per_quarter, shift) for lag, shift in pairs]
            found.update((int(lag), shift) for lag, shift in lags if lag.is_integer())
        share = round(mean_of(shares), 4) if shares else 0.0
        commonest = [list(pair) for pair, _ in found.most_common(MOST_PAIRS)]
        return {"share": share, "pairs": commonest} if share >= LEAST else {}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        part = profile.part("imitation")
        voices = [voice for voice, program in enumerate(plan.programs) if program != DRUMS]
        return cls(part["share"], part["pairs"], voices) if part and len(voices) > 1 else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind != "pitch" or not context.has_pitch[context.voice]:
            return
        voice, line = context.voice, self._lines[context.voice]
        if line and line[-1][0] == context.now:  # of a chord the highest counts
            line[-1] = context.now, value
            return
        line.append((context.now, value))
        self._threads[voice] = self._going_on(voice) + self._begun(voice)
        self._n_notes += 1
        self._n_imitated += any(thread.n_notes >= NOTES for thread in self._threads[voice])

    def bias(self, choice: Choice, context: Context) -> None:
        if self._n_imitated >= self._share * self._n_notes:
            return
        if choice.kind == "pitch":
            if context.has_pitch[context.voice] and not choice.added and (due := self._due(context.voice)):
                onset, pitch, strength = due
                if onset == context.now:
                    choice.bias[choice.values == pitch] += np.float32(strength)
            return
        for voice in self._lines:
            if (due := self._due(voice)) and due[2] > STRENGTHS[1]:
                self._keep_time(choice, context, voice, due[0], np.float32(IN_TIME * due[2]))

    def copy(self) -> Self:
        other = copy(self)
        other._lines = {voice: list(line) for voice, line in self._lines.items()}
        other._threads = dict(self._threads)
        return other

    def _keep_time(self, choice: Choice, context: Context, voice: int, onset: int, strength: np.float32) -> None:
        """Make it less likely that a voice's next note comes before or after an onset."""
        at, now = onset - context.line, context.position
        if choice.kind == "position" and at > now:
            choice.bias[choice.values > at] -= strength
        elif choice.kind == "bar" and now < at < context.length:
            choice.bias -= strength
        elif choice.kind == "voice" and now < at:
            choice.bias[choice.values == voice] -= strength
        elif at == now and context.voice < voice:
            choice.bias[choice.values > voice if choice.kind == "voice" else slice(None)] -= strength

    def _due(self, voice: int) -> tuple[int, int, float] | None:
        """Return the onset, pitch and strength that go on with a voice's imitation."""
        for thread in sorted(self._threads[voice], key=lambda thread: -thread.n_notes):
            line = self._lines[thread.source]
            if thread.at + 1 < len(line):
                onset, pitch = line[thread.at + 1]
                return onset + thread.lag, pitch + thread.shift, STRENGTHS[min(thread.n_notes, len(STRENGTHS) - 1)]
        return None

    def _going_on(self, voice: int) -> list[Thread]:
        """Return the imitations of a voice that its newest note goes on with."""
        now, pitch = self._lines[voice][-1]
        threads = self._threads[voice]
        nexts = [(thread, self._lines[thread.source][thread.at + 1 : thread.at + 2]) for thread in threads]
        return [thread._replace(at=thread.at + 1, n_notes=thread.n_notes + 1) for thread, found in nexts
                if found == [(now - thread.lag, pitch - thread.shift)]]  # fmt: skip

    def _begun(self, voice: int) -> list[Thread]:
        """Return the imitations that the newest note of a voice may begin."""
        now, pitch = self._lines[voice][-1]
        begun = []
        for source, line in self._lines.items():
            at = len(line) - 1
            while source != voice and at >= 0 and now - line[at][0] <= self._reach:
                pair = now - line[at][0], pitch - line[at][1]
                begun += [Thread(source, at, *pair, 1)] if pair in self._ranks else []
                at -= 1
        return sorted(begun, key=lambda thread: self._ranks[thread.lag, thread.shift])
