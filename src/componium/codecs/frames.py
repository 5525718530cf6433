"""Frames: the pitches that sound at each step of an even grid, from the top down.

A sequence reads

    BOS
    Pitch_72 Pitch_67 Pitch_64 Pitch_48 End     the first step: four pitches sound
    End                                         the second: silence
    ...
    EOS

The notes of a step come from the highest to the lowest and End closes the step, so the probability of a whole step is
the product of its tokens' probabilities: the exact likelihood of a polyphonic frame, which models of independent
pitches can't give (Boulanger-Lewandowski, Bengio and Vincent 2012, compare both).

Kept: which pitches sound at each step of `steps` a quarter, up to the last step with a sound. A pitch that sounds in
steps next to each other is one held note: held and repeated notes look the same. Lost: parts (all are one piano),
repeats of a note, velocities, drums, tempo, meter, key, and anything shorter than a step, since a step holds the
pitches that sound at its middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs.steps.codec import Stepwise
from componium.codecs.steps.grid import MAX_STEPS, TICKS, check_steps, checked, transposition
from componium.codecs.vocab import Vocab
from componium.errors import CodecError
from componium.music.score import Score, Track, notes
from componium.music.types import type_ids, type_mask

type_roll = NDArray[np.bool_]  # (T, 128): which pitches sound at each step


@dataclass
class State:
    """The state of a sequence: after bos, after eos, and the step's lowest pitch.

    `lowest` is 128 before the first pitch of a step.
    """

    begun: bool = False
    over: bool = False
    lowest: int = 128


class Frames(Stepwise):
    """The frames codec, of `steps` steps a quarter (1 to 24, a divisor of 480).

    >>> from componium.music.score import Score, Track, notes
    >>> codec = Frames(steps=1)
    >>> score = Score(tracks=(Track(notes([(0, 960, 60), (480, 480, 64)])),))
    >>> " ".join(map(codec.vocab.token, codec.encode(score).ids))
    'BOS Pitch_60 End Pitch_64 Pitch_60 End EOS'
    >>> codec.decode(codec.encode(score).ids) == codec.canonicalize(score)
    True
    """

    can_strike = False
    RANGE = (28, 100)  # E1 to E7, as far as the training pieces of any style go
    QPM = 90.0

    def __init__(self, steps: int = 4) -> None:
        self.steps = check_steps(steps)
        self.vocab = Vocab({"PAD": [""], "BOS": [""], "EOS": [""], "End": [""], "Pitch": range(128)})
        self.pad, self.bos, self.eos, self.end = (self.vocab.id(name) for name in ("PAD", "BOS", "EOS", "End"))
        self._first = self.vocab.ids("Pitch").start

    @property
    def supported_controls(self) -> frozenset[str]:
        return frozenset({"bars", "duration", "meter", "qpm", "key"})

    def config(self) -> dict[str, Any]:
        return {"name": "frames", "steps": self.steps}

    def _encode(self, score: Score) -> type_ids:
        return self.encode_roll(self.to_roll(score))

    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        return self.from_roll(self.decode_roll(ids))

    def canonicalize(self, score: Score) -> Score:
        return self.from_roll(self.to_roll(score))

    # Between scores and rolls.

    def to_roll(self, score: Score) -> type_roll:
        """Return which pitches sound at the middle of each step, (T, 128).

        Raises CodecError beyond MAX_STEPS.
        """
        sounding = [track.notes for track in score.tracks if not track.is_drum]
        array = np.concatenate(sounding) if sounding else notes()
        # A note from tick a to tick b holds the steps whose middle, (t + 1/2) steps, lies in [a, b).
        middle = np.array([array["onset"], array["onset"] + array["duration"]]) * 2 * self.steps
        begin, stop = -((score.ticks_per_quarter - middle) // (2 * score.ticks_per_quarter))
        length = int(stop[stop > begin].max(initial=0))
        if length > MAX_STEPS:
            raise CodecError(f"{length} steps", expected=f"at most {MAX_STEPS}")
        roll = np.zeros((length, 128), dtype=bool)
        for first, after, pitch in zip(begin.tolist(), stop.tolist(), array["pitch"].tolist(), strict=True):
            roll[first:after, pitch] = True
        return roll

    def from_roll(self, roll: type_roll) -> Score:
        """Return the score of a roll, adjacent steps with a pitch being one note."""
        edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0)
        pitches, begin = np.nonzero(edges.T == 1)
        stop = np.nonzero(edges.T == -1)[1]
        tick = TICKS // self.steps
        rows = zip((begin * tick).tolist(), ((stop - begin) * tick).tolist(), pitches.tolist(), strict=True)
        return Score((Track(notes(rows)),) if len(pitches) else (), TICKS)

    # Between rolls and ids.

    def encode_roll(self, roll: type_roll) -> type_ids:
        """Return the ids of a roll (T, 128), silent steps at its end included."""
        reversed_ = np.pad(roll[:, ::-1], ((0, 0), (0, 1)), constant_values=True)  # the column after the lowest is End
        column = np.nonzero(reversed_)[1]
        ids = np.where(column == 128, self.end, self._first + 127 - column)
        return np.concatenate([[self.bos], ids, [self.eos]]).astype(np.int64)

    def decode_roll(self, ids: Sequence[int] | type_ids) -> type_roll:
        """Return the roll of any ids, without silent steps at its end.

        Raises CodecError for ids outside the vocabulary.
        """
        array = np.array(checked(ids, len(self.vocab), self.eos), dtype=np.int64)
        step, is_pitch = self.frame_of(array), array >= self._first
        roll = np.zeros((int(step[is_pitch].max(initial=-1)) + 1, 128), dtype=bool)
        roll[step[is_pitch], array[is_pitch] - self._first] = True
        return roll

    def frame_of(self, ids: type_ids) -> NDArray[np.int64]:
        """Return the step of each id, counted from 0, along the last axis."""
        ended = ids == self.end
        return np.asarray(np.cumsum(ended, axis=-1) - ended)

    # For guides.

    def steps_of(self, index: int) -> int:
        return int(index == self.end)

    def pitches_of(self, index: int) -> tuple[int, ...]:
        return (index - self._first,) if index >= self._first else ()

    def is_silent(self, state: State) -> type_mask:
        mask = np.zeros(len(self.vocab), dtype=bool)
        mask[self.end] = state.lowest == 128
        return mask

    def may_close(self, state: State, tonic: int | None, lowest: int) -> type_mask:
        mask = np.ones(len(self.vocab), dtype=bool)
        mask[self.end] = state.lowest < 128 and tonic in (None, state.lowest % 12)
        if tonic is not None:
            mask[self._first : self._first + lowest + (tonic - lowest) % 12] = False
        return mask

    # The grammar.

    def initial_state(self) -> State:
        return State()

    def allowed_next(self, state: State) -> type_mask:
        mask = np.zeros(len(self.vocab), dtype=bool)
        if not state.begun:
            mask[self.bos] = True
        elif not state.over:
            mask[self.end] = True
            mask[self.eos] = state.lowest == 128  # a piece ends between steps
            mask[self._first : self._first + state.lowest] = True
        return mask

    def advance(self, state: State, index: int) -> None:
        if index == self.bos:
            state.begun = True
        elif index == self.eos:
            state.over = True
        else:
            state.lowest = index - self._first if index >= self._first else 128

    # For training.

    def is_note(self, ids: type_ids) -> type_mask:
        return np.asarray(ids >= self._first)

    def bar_starts(self, ids: type_ids) -> type_ids:
        """Return the places where a step begins."""
        return np.flatnonzero((ids[:-1] == self.end) & (ids[1:] != self.eos)) + 1

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """Return the piece up to six semitones lower or higher, within the piano's keys."""
        sounding = ids[self.is_note(ids)] - self._first
        if not len(sounding):
            return ids
        return np.where(self.is_note(ids), ids + transposition(sounding, rng), ids)
