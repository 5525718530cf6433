"""Guide of codecs on an even grid: since ids state no bar, it counts steps.

Bars, meter, tempo and one instrument with its range hold exactly; the piece begins and ends with a sound, and fills its
last bar. Where the codec supports a key, pitches outside its scale are penalized, and the bass of the last quarter is
the tonic.
"""

from copy import copy, deepcopy
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from componium.codecs.steps.grid import TICKS as GRID_TICKS
from componium.codecs.vocab import Vocab
from componium.decoding.constraints.base import Choice, ConstraintSet
from componium.decoding.context import TICKS, Context
from componium.decoding.style.plan import Plan, name_tracks
from componium.errors import ControlError
from componium.music.score import Meter, Score, Tempo
from componium.music.theory import SCALES
from componium.music.time import bar_quarters
from componium.music.types import type_ids, type_mask


class StepCodec(Protocol):
    """The part of a stepwise codec that its guide needs; see codecs.steps.codec."""

    vocab: Vocab
    eos: int
    steps: int

    def initial_state(self) -> Any:
        """Return the grammar's state before bos."""

    def allowed_next(self, state: Any) -> type_mask:
        """Return which ids may come next."""
        ...

    def advance(self, state: Any, index: int) -> None:
        """Move the grammar's state past one id."""

    def steps_of(self, index: int) -> int:
        """Return the steps that an id lasts."""
        ...

    def pitches_of(self, index: int) -> tuple[int, ...]:
        """Return the pitches that an id strikes."""
        ...

    def is_silent(self, state: Any) -> type_mask:
        """Return which ids let time pass in silence."""
        ...

    def may_close(self, state: Any, tonic: int | None, lowest: int) -> type_mask:
        """Return which ids may come in the last quarter."""
        ...


OUTSIDE = np.float32(-3.0)  # nats, for pitches outside the key's scale


class Begun(NamedTuple):
    """Bars that a prompt fills: their number, their steps, and their meters.

    The meters are at ticks of the codec's scores.
    """

    bars: int = 0
    steps: int = 0
    meters: tuple[Meter, ...] = ()


class StepsGuide:
    """Guide of one sequence.

    It begins with the ids `given`, a prompt or bos; grammar, plan and constraints allow the rest. Raises ControlError
    for a meter whose bar isn't whole steps, or a range that the codec's pitches don't reach.
    """

    def __init__(
        self, codec: StepCodec, plan: Plan, constraints: ConstraintSet, given: type_ids, begun: Begun | None = None
    ) -> None:
        self.codec, self.given, self.done = codec, given, False
        self.constraints, self._plan = constraints, plan
        self._queue: list[int] = given.tolist()
        self._state, self._context, self._now = codec.initial_state(), Context(plan), 0
        self._begun = begun or Begun()
        self._bar = steps_of_bar(codec, plan)
        self._end = self._begun.steps + (plan.bars - self._begun.bars) * self._bar
        pitches = [codec.pitches_of(index) for index in range(len(codec.vocab))]
        self._lengths = np.array([codec.steps_of(index) for index in range(len(codec.vocab))])
        low, high = plan.ranges[0]
        self._outside = np.array([bool(row) and not low <= row[0] <= row[-1] <= high for row in pitches])
        if len({row[-1] for row, outside in zip(pitches, self._outside, strict=True) if row and not outside}) < 2:
            raise ControlError(f"an instrument from {low} to {high}", expected="one that reaches the model's pitches")
        self._choice = Choice("pitch", np.array([row[-1] if row else -1 for row in pitches]))
        self._bias = np.zeros(len(codec.vocab), dtype=np.float32)
        if plan.is_keyed:
            off_scale = ~np.isin((self._choice.values - plan.key.tonic) % 12, SCALES[plan.key.mode])
            self._bias[off_scale & (self._choice.values >= 0)] = OUTSIDE

    @property
    def bars_left(self) -> int | None:
        """Number of bars still to be written, the present one included."""
        return -((self._now - self._end) // self._bar)

    @property
    def bars_to_close(self) -> int | None:
        """The same: a piece has no strains."""
        return self.bars_left

    @property
    def is_of_time(self) -> bool:
        """False: an id is what sounds at a step."""
        return False

    def mask(self, out: type_mask) -> None:
        """Write the grammar's mask, narrowed by the plan and the constraints."""
        if self._queue or self._now == self._end:
            out[:] = False
            out[self._queue[0] if self._queue else self.codec.eos] = True
            return
        out[:] = self.codec.allowed_next(self._state)
        out[self.codec.eos] = False
        arrives = self._lengths + self._now
        silent = self.codec.is_silent(self._state) & ((self._now == 0) | (arrives == self._end))
        out &= ~(self._outside | silent | (arrives > self._end))
        if self._end - self._now <= self.codec.steps:
            tonic = self._plan.key.tonic if self._plan.is_keyed else None
            out &= self.codec.may_close(self._state, tonic, self._plan.ranges[0][0])
        self._choice.mask = out
        self.constraints.allow(self._choice, self._context)

    def bias(self, out: NDArray[np.float32]) -> None:
        """Write the bias of each id, added to the logits, in nats."""
        out[:] = self._bias
        self._choice.bias = out
        self.constraints.bias(self._choice, self._context)

    def advance(self, index: int) -> None:
        """Move past the chosen id."""
        if self._queue:
            self._queue.pop(0)
        self.codec.advance(self._state, index)
        context = self._context
        for pitch in self.codec.pitches_of(index):
            context.begin_note(pitch)
            self.constraints.observe("pitch", pitch, context)
        self._now += int(self._lengths[index])
        context.position = self._now * TICKS // self.codec.steps
        self.done = index == self.codec.eos

    def copy(self) -> "StepsGuide":
        """Return an independent guide in the same state."""
        other = copy(self)
        other._state, other._context, other._queue = deepcopy(self._state), self._context.copy(), list(self._queue)
        other.constraints, other._choice = self.constraints.copy(), self._choice.copy()
        return other

    def bar(self, number: int, score: Score) -> Score:
        """Return a bar as it was decoded."""
        return score

    def finish(self, score: Score) -> Score:
        """Return the decoded score with the plan's meter, tempo, key and instrument.

    A prompt's own meters come before.
    """
        plan = self._plan
        tracks = [replace(track, program=plan.programs[0]) for track in score.tracks]
        tempos = (Tempo(0, plan.qpm),) if plan.qpm is not None else ()
        keys = (replace(plan.key, tick=0),) if plan.is_keyed else ()
        after = replace(plan.meter, tick=self._begun.steps * GRID_TICKS // self.codec.steps)
        changes = not self._begun.meters or str(self._begun.meters[-1]) != str(after)
        meters = (*self._begun.meters, *([after] if changes else []))
        return replace(score, tracks=name_tracks(tracks), meters=meters, tempos=tempos, keys=keys)


def steps_of_bar(codec: StepCodec, plan: Plan) -> int:
    """Return the steps of a bar of a plan.

    Raises ControlError if it isn't whole steps.
    """
    bar = bar_quarters(plan.meter) * codec.steps
    if bar.denominator > 1:
        raise ControlError(f"a meter of {plan.meter}", expected=f"bars of whole steps, {codec.steps} a quarter")
    return int(bar)
