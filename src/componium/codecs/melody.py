"""Melody: one line on an even grid, a token a step or a token a note.

A sequence of the kind "hold" has one token a step:

    BOS Pitch_60 Hold Pitch_64 Rest Pitch_67 Hold Hold EOS

After Hadjeres, Pachet and Nielsen (DeepBach, 2017), whose `__` is Hold. One of the kind "sounding" has the pitch that
sounds at each step instead: Pitch_60 Pitch_60 Pitch_64 Rest Pitch_67 Pitch_67 Pitch_67. One of the kind "pair" has one
token a note or rest, the duration within it, in steps: Note_60:2 Note_64:1 Rest_1 Note_67:3. Pairs make a long
vocabulary and short sequences: a context of three tokens is three notes, whatever their length.

Kept: the top line (of the highest part, the highest note at each time; see steps.grid.top_line), onsets and durations
to the nearest of `steps` a quarter. Lost: every other note, velocities, programs, tempo, meter, key; in the kind
"pair", the part of a note beyond eight quarters, which becomes a rest; in the kind "sounding", repeats of a note, which
look like one that is held.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs.steps.codec import Stepwise
from componium.codecs.steps.grid import TICKS, check_steps, checked, top_line, transposition
from componium.codecs.vocab import Vocab
from componium.errors import CodecError
from componium.music.score import Score, Track, notes
from componium.music.types import type_ids, type_mask

KINDS = ("hold", "pair", "sounding")
LONGEST = 8  # quarters that a note or rest of the kind "pair" lasts at most
type_row = tuple[int, int, int]  # onset and duration in steps, pitch


@dataclass
class State:
    """The state of a sequence: after bos, after eos, and while a note may be held."""

    begun: bool = False
    over: bool = False
    sounding: bool = False


class Melody(Stepwise):
    """The melody codec.

    steps  a quarter, 1 to 24, a divisor of 480; default 4
    kind   "hold" or "sounding", a token a step, or "pair", a token a note; default "hold"

    >>> from componium.music.score import Score, Track, notes
    >>> score = Score(tracks=(Track(notes([(0, 480, 60), (720, 240, 64)])),))
    >>> for kind in KINDS:
    ...     codec = Melody(steps=2, kind=kind)
    ...     " ".join(map(codec.vocab.token, codec.encode(score).ids))
    'BOS Pitch_60 Hold Rest Pitch_64 EOS'
    'BOS Note_60:2 Rest_1 Note_64:1 EOS'
    'BOS Pitch_60 Pitch_60 Rest Pitch_64 EOS'
    """

    def __init__(self, steps: int = 4, kind: str = "hold") -> None:
        if kind not in KINDS:
            raise CodecError(f"a melody of the kind {kind!r}", expected=f"one of {', '.join(KINDS)}")
        self.steps, self.kind = check_steps(steps), kind
        common: dict[str, Sequence[int | str]] = {"PAD": [""], "BOS": [""], "EOS": [""]}
        lengths = range(1, LONGEST * steps + 1)
        pairs = [f"{pitch}:{length}" for pitch in range(128) for length in lengths]
        own: dict[str, dict[str, Sequence[int | str]]] = {
            "hold": {"Hold": [""], "Rest": [""], "Pitch": range(128)},
            "pair": {"Rest": lengths, "Note": pairs},
            "sounding": {"Rest": [""], "Pitch": range(128)},
        }
        self.vocab = Vocab({**common, **own[kind]})
        self.pad, self.bos, self.eos = (self.vocab.id(name) for name in ("PAD", "BOS", "EOS"))
        self._notes, self._rests = self.vocab.ids("Note" if kind == "pair" else "Pitch"), self.vocab.ids("Rest")
        self._hold = self.vocab.id("Hold") if kind == "hold" else -1
        self._n_lengths = len(lengths) if kind == "pair" else 1

    def config(self) -> dict[str, Any]:
        return {"name": "melody", "steps": self.steps, "kind": self.kind}

    @property
    def can_strike(self) -> bool:  # type: ignore[override]
        """Return False where a pitch struck again looks like one that sounds on."""
        return self.kind != "sounding"

    def _encode(self, score: Score) -> type_ids:
        line = self._line(score)
        words = self._pairs(line) if self.kind == "pair" else self._steps(line)
        return np.array([self.bos, *words, self.eos], dtype=np.int64)

    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        rows: list[type_row] = []
        now, sounding = 0, False
        for index in checked(ids, len(self.vocab), self.eos):
            length, pitches = self.steps_of(index), self.pitches_of(index)
            rows += [(now, length, pitch) for pitch in pitches]
            if index == self._hold and sounding:
                onset, duration, pitch = rows[-1]
                rows[-1] = (onset, duration + 1, pitch)
            elif length:
                sounding = bool(pitches)
            now += length
        return self._score(rows if self.can_strike else joined(rows))

    def canonicalize(self, score: Score) -> Score:
        return self._score(self._line(score))

    def _line(self, score: Score) -> list[type_row]:
        """Return the top line as this kind keeps it."""
        longest = LONGEST * self.steps if self.kind == "pair" else None
        line = top_line(score, self.steps)
        kept = [(onset, min(duration, longest or duration), pitch) for onset, duration, pitch in line]
        return kept if self.can_strike else joined(kept)

    def _score(self, rows: Sequence[type_row]) -> Score:
        tick = TICKS // self.steps
        array = notes((onset * tick, duration * tick, pitch) for onset, duration, pitch in rows)
        return Score((Track(array),) if rows else (), TICKS)

    def _steps(self, line: Sequence[type_row]) -> Iterator[int]:
        now = 0
        for onset, duration, pitch in line:
            yield from [self._rests.start] * (onset - now)
            yield self._notes.start + pitch
            yield from [self._hold if self.kind == "hold" else self._notes.start + pitch] * (duration - 1)
            now = onset + duration

    def _pairs(self, line: Sequence[type_row]) -> Iterator[int]:
        now = 0
        for onset, duration, pitch in line:
            long, rest = divmod(onset - now, self._n_lengths)
            yield from [self._rests.stop - 1] * long
            if rest:
                yield self._rests.start + rest - 1
            yield self._notes.start + pitch * self._n_lengths + duration - 1
            now = onset + duration

    # For guides.

    def steps_of(self, index: int) -> int:
        if index >= self._notes.start:
            return int(index - self._notes.start) % self._n_lengths + 1
        if self._rests.start <= index < self._rests.stop:
            return int(index - self._rests.start) + 1
        return int(index == self._hold)

    def pitches_of(self, index: int) -> tuple[int, ...]:
        at = int(index - self._notes.start)
        return (at // self._n_lengths,) if at >= 0 else ()

    def is_silent(self, state: State) -> type_mask:
        mask = np.zeros(len(self.vocab), dtype=bool)
        mask[self._rests] = True
        return mask

    # The grammar.

    def initial_state(self) -> State:
        return State()

    def allowed_next(self, state: State) -> type_mask:
        mask = np.zeros(len(self.vocab), dtype=bool)
        if not state.begun:
            mask[self.bos] = True
        elif not state.over:
            mask[self._notes] = mask[self._rests] = mask[self.eos] = True
            if self.kind == "hold":
                mask[self._hold] = state.sounding
        return mask

    def advance(self, state: State, index: int) -> None:
        state.begun = state.begun or index == self.bos
        state.over = state.over or index == self.eos
        if index != self._hold:
            state.sounding = bool(self.pitches_of(index))

    # For training.

    def stated_quarters(self) -> dict[str, NDArray[np.float64]]:
        if self.kind != "pair":
            return {}
        steps = np.array([self.steps_of(index) for index in range(len(self.vocab))], dtype=np.float64)
        is_note = np.arange(len(self.vocab)) >= self._notes.start
        return {"duration": np.where(is_note, steps / self.steps, np.nan)}

    def is_note(self, ids: type_ids) -> type_mask:
        begins = np.asarray(ids >= self._notes.start)
        if self.kind == "sounding":  # the first of the steps at which one pitch sounds
            begins[1:] &= ids[1:] != ids[:-1]
        return begins

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """Return the piece up to six semitones lower or higher, within the piano's keys."""
        sounds = ids >= self._notes.start
        if not sounds.any():
            return ids
        pitches = (ids[sounds] - self._notes.start) // self._n_lengths
        return np.where(sounds, ids + transposition(pitches, rng) * self._n_lengths, ids)


def joined(line: Sequence[type_row]) -> list[type_row]:
    """Return a line with notes of one pitch joined where one begins as another ends.

    >>> joined([(0, 1, 60), (1, 2, 60), (3, 1, 64), (5, 1, 64)])
    [(0, 3, 60), (3, 1, 64), (5, 1, 64)]
    """
    rows: list[type_row] = []
    for onset, duration, pitch in line:
        if rows and rows[-1][2] == pitch and sum(rows[-1][:2]) == onset:
            rows[-1] = (rows[-1][0], rows[-1][1] + duration, pitch)
        else:
            rows.append((onset, duration, pitch))
    return rows
