"""Recurrence: bars repeat those that the plan names, and new bars repeat none.

In a bar that repeats another the next note of its source, transposed as planned, is made likelier, the more the closer
the two are planned to be. After another choice the source is followed again from the same place in the bar. In a new
bar no note is chosen that would make it alike to an earlier one by half.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple, Self

import numpy as np

from componium.analysis.form import bar_contents
from componium.analysis.repeats import EXACT, MOST, runs_of
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.decoding.style.repeats import Repeat
from componium.music.instruments import DRUMS
from componium.music.score import Score

MOST_PLANS, FEWEST_PLANS, PIECES_A_PLAN = 48, 4, 12
FORCED = 12.0  # nats, toward the source of a bar that is the same
STRENGTH = 4.0  # nats, toward the source of a bar that is varied, times its likeness
TRANSPOSED = 8.0  # nats, the same of a bar that is transposed
COPIED = 2 / 3  # of the notes of an earlier bar that a new one has fewer than: as many make them alike by half
LONGEST = 10**6  # longer than any duration
FEWEST = 3  # notes of a bar that a new one must not copy


class Event(NamedTuple):
    """One note of a bar: its place, voice, pitch, and duration where one is stated.

    Times are in 24ths of a quarter; a duration that isn't stated is 0.
    """

    position: int
    voice: int
    pitch: int
    duration: int = 0


class Recurrence(Constraint):
    """The plan of repetition of one piece.

    repeats  the relation of each bar to those before
    begin    the bar that the first of them is, 1 after an upbeat
    drums    whether each voice is drums, which aren't transposed
    """

    kinds = frozenset({"position", "voice", "pitch", "duration", "bar"})

    def __init__(self, repeats: Sequence[Repeat], begin: int, drums: Sequence[bool]) -> None:
        self._repeats, self._begin, self._drums = repeats, begin, drums
        self._bars: list[list[Event]] = []
        self._notes: list[set[tuple[int, int, int]]] = []  # the places, voices and pitches of the bars that are done
        self._common: dict[int, int] = {}  # of each earlier bar, the notes of a new one that are in it too

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the repeats of some pieces, evenly chosen by length."""
        counted = sorted(((len(bar_contents(score)), at) for at, score in enumerate(scores)))
        counted = [row for row in counted if row[0] > 1]
        n = min(MOST_PLANS, FEWEST_PLANS + len(counted) // PIECES_A_PLAN, len(counted))
        chosen = [scores[counted[(2 * at + 1) * len(counted) // (2 * n)][1]] for at in range(n)]
        return {"plans": [_plan_of(score) for score in chosen]} if n else {}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        if not plan.repeats:
            return None
        return cls(plan.repeats, int(plan.form.upbeat > 0), [program == DRUMS for program in plan.programs])

    def observe(self, kind: str, value: int, context: Context) -> None:
        self._go_to(context.bar)
        events = self._bars[-1]
        if kind == "duration" and events:
            events[-1] = events[-1]._replace(duration=value)
        elif kind == "pitch":
            events.append(Event(context.position, context.voice, value))
            for bar in self._common:
                self._common[bar] += (context.position, context.voice, value) in self._notes[bar]

    def allow(self, choice: Choice, context: Context) -> None:
        repeat = self._repeat(context) if choice.kind == "pitch" else None
        if repeat is not None and repeat.source is None:
            place = context.position, context.voice
            for bar, common in self._common.items():
                if bar < repeat.unlike + self._begin and common + 1 >= COPIED * len(self._notes[bar]):
                    for pitch in [note[2] for note in self._notes[bar] if note[:2] == place]:
                        choice.prefer(choice.values != pitch)

    def bias(self, choice: Choice, context: Context) -> None:
        repeat = self._repeat(context)
        if repeat is not None and repeat.source is not None:
            self._follow(choice, context, repeat)

    def copy(self) -> Self:
        other = copy(self)
        other._bars = [*self._bars[:-1], *(list(bar) for bar in self._bars[-1:])]
        other._notes, other._common = list(self._notes), dict(self._common)
        return other

    def _go_to(self, bar: int) -> None:
        """Begin the bars up to this one."""
        while len(self._bars) <= bar:
            self._notes += [{event[:3] for event in bar} for bar in self._bars[-1:]]
            self._bars.append([])
            self._common = {at: 0 for at, notes in enumerate(self._notes) if len(notes) >= FEWEST}

    def _repeat(self, context: Context) -> Repeat | None:
        """Return the relation of the bar to those before.

        It is None in an upbeat, and in the last bar, which closes.
        """
        self._go_to(context.bar)
        at = context.bar - self._begin
        return self._repeats[at] if 0 <= at < len(self._repeats) and not context.is_last_bar else None

    def _follow(self, choice: Choice, context: Context, repeat: Repeat) -> None:
        """Make the source's next event likelier, if it is of this kind."""
        varied = TRANSPOSED if repeat.shift else STRENGTH
        strength = np.float32(FORCED if repeat.alike >= EXACT else varied * repeat.alike)
        kind, value = self._next(choice, context, repeat)
        if kind == "bar" == choice.kind:
            choice.bias += strength
        elif kind == choice.kind:
            choice.bias[choice.values == value] += strength

    def _next(self, choice: Choice, context: Context, repeat: Repeat) -> tuple[str, int]:
        """Return the kind and the value of the next choice of the source.

        The kind is empty if this place isn't in it.
        """
        position, now = context.position, self._bars[-1]
        last = now[-1] if now and now[-1].position == position else None
        source = self._bars[(repeat.source or 0) + self._begin]
        if choice.kind == "pitch" and not choice.added:
            low = last.pitch if last is not None and last.voice == context.voice else -1
            event = self._after(source, Event(position, context.voice, low), repeat.shift)
            is_here = event is not None and event[:2] == (position, context.voice)
            return ("pitch", event.pitch + self._shift(event, repeat)) if is_here and event is not None else ("", 0)
        if last is not None and last.duration == 0 and (duration := self._duration(source, last, repeat)):
            return "duration", duration
        event = self._after(source, last or Event(position, -1, -1), repeat.shift)
        if event is None:
            return "bar", 0
        if event.position > position:
            return "position", event.position
        return ("pitch", event.pitch + self._shift(event, repeat)) if choice.added else ("voice", event.voice)

    def _after(self, source: list[Event], last: Event, shift: int) -> Event | None:
        """Return the event of the source after one of this bar; None at its end."""
        shift = 0 if self._drums[last.voice] else shift
        at = bisect_right(source, Event(last.position, last.voice, last.pitch - shift, LONGEST))
        return source[at] if at < len(source) else None

    def _duration(self, source: list[Event], last: Event, repeat: Repeat) -> int:
        """Return the duration that the source states for a note, 0 for none."""
        same = last.pitch - self._shift(last, repeat)
        return next((event.duration for event in source if event[:3] == (*last[:2], same)), 0)

    def _shift(self, event: Event, repeat: Repeat) -> int:
        return 0 if self._drums[event.voice] else repeat.shift


def _plan_of(score: Score) -> tuple[int, list[list[int]]]:
    runs = [[run.start, run.length, run.source, run.shift, round(10 * run.alike)] for run in runs_of(score)]
    return min(len(bar_contents(score)), MOST), runs
