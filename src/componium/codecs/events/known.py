"""Known part of a piece to fill in, forced as it comes by.

At each choice either the next known row of the bar is allowed, or something hidden that comes before it in the order of
ids.
"""

from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.cells import BAR, DURATION, HEADS, NONE, PITCH, POSITION, VOICE, Cells
from componium.codecs.events.chords import STEP
from componium.codecs.events.grammar import State, sounds
from componium.codecs.events.grid import DURATIONS, LONGEST_BAR, POSITIONS, following_onset
from componium.codecs.events.limits import Limits
from componium.decoding.context import Context
from componium.decoding.region import Region
from componium.music.types import type_mask

CHORD = -1  # the voice of a row that is a chord


class Row(NamedTuple):
    """Known note or chord: position, voice or CHORD, ids behind the position.

    Of a note that keeps its rhythm alone, `ids` end before the pitch, and `details` are those behind it.
    """

    position: int
    voice: int
    ids: tuple[int, ...]
    details: tuple[int, ...] | None = None


class Known:
    """Known notes and chords of each bar, and the place reached.

    cells    the piece
    region   what of it is to be written; `first` is its first bar, where the choices begin
    pad      silence that fills a short first bar up, in 24ths of a quarter: nothing is written there

    Raises ControlError for limits that have no room for a rhythm that is kept.
    """

    def __init__(self, cells: Cells, region: Region, pad: int = 0) -> None:
        self._spans = {name: cells.vocab.ids(name) for name in ("Bar", "Pos", "Voice", "Pitch", "Dur", "Vel", "Chord")}
        self._settled = [cells.vocab.ids(name) for name in HEADS]
        self._eos = cells.vocab.id("EOS")
        self.hidden, self.chords = region.cells, region.chords & cells.is_chord.any()
        asked = np.flatnonzero(self.hidden.any(axis=1) | self.chords)
        is_open = self.hidden[cells.notes[:, BAR], cells.voices] & ~cells.is_chord
        if region.rhythm:  # there is no place for further notes
            self.hidden = np.zeros_like(self.hidden)
        self.first, self._n_bars = int(asked[0]), int(asked[-1]) + 1
        bar = cells.notes[:, BAR]
        kept = ~np.where(cells.is_chord, self.chords[bar], self.hidden[bar, cells.voices])
        rows = cells.notes[kept]
        positions = POSITIONS[rows[:, POSITION] - self._spans["Pos"].start]
        voices = np.where(cells.is_chord, CHORD, cells.voices)[kept]
        self._rows: list[list[Row]] = [[] for _ in range(cells.n_bars)]
        for row, position, voice, pitch_is_open in zip(
            rows.tolist(), positions.tolist(), voices.tolist(), is_open[kept].tolist(), strict=True
        ):
            found = _open_row(row, position, voice) if pitch_is_open else Row(position, voice, _stated(row[VOICE:]))
            self._rows[row[BAR]].append(found)
        self._heads = [cells.heads[cells.heads[:, 0] == bar, 1].tolist() for bar in range(cells.n_bars)]
        self._lines = cells.lines
        onsets = self._lines[rows[:, BAR]] + positions
        self._onsets = [np.sort(onsets[voices == voice]) for voice in range(cells.n_voices)]
        self._held = _held_into(cells, kept)
        self._limits = Limits(region)
        if region.rhythm:
            self._limits.check_rhythm(_at_once(cells, is_open), _most_sounding(cells, is_open))
        self._upbeat = cells.silence
        self._earliest = max(self._upbeat, pad)  # in the first bar
        self._begins = any(row.voice != CHORD and row.position < self._upbeat + STEP for row in self._rows[0])
        self.bar, self._at, self._states_chord = self.first - 1, 0, False
        self.wrote = False  # whether the last note was hidden
        self._details: tuple[int, ...] | None = None  # what follows the pitch of the last note that keeps its rhythm

    def copy(self) -> "Known":
        """Return an independent one at the same place."""
        return copy(self)

    def begin_bar(self) -> list[int]:
        """Go on to the next bar; return the ids of its head, Bar first."""
        self.bar, self._at, self._states_chord = self.bar + 1, 0, False
        return list(self._heads[self.bar])

    def _next(self) -> Row | None:
        rows = self._rows[self.bar]
        return rows[self._at] if self._at < len(rows) else None

    def take(self, index: int, family: str, position: int) -> tuple[int, ...]:
        """Take in a chosen chord, voice or pitch; return the ids that must follow it."""
        row = self._next()
        begins = (index,) if row is not None and row.ids else ()
        if row is not None and row.position == position and row.ids[:1] == begins and (begins or family == "Pitch"):
            self._at += 1
            self.wrote = False
            if row.details is None:
                return row.ids[1:]
            if family == "Pitch":
                return row.details
            self._details = row.details
            return ()
        if family == "Pitch" and self._details is not None:
            details, self._details = self._details, None
            return details
        if family in ("Voice", "Pitch"):
            self.wrote = True
        self._states_chord |= family == "Chord"
        return ()

    def narrow(self, state: State, context: Context, out: type_mask) -> None:
        """Narrow the grammar's mask to the next known row, and to what may come before it."""
        row = self._next()
        here = row if row is not None and row.position == state.position else None
        if state.phase in ("body", "note", "chord"):
            self._narrow_time(state, context, row, here, out)
        if state.phase == "note":
            self._narrow_details(state, out)
        if state.phase in ("position", "note", "chord"):
            self._narrow_notes(state, context, here, out)
        if state.phase == "position":
            self._narrow_chords(state, here, out)

    def narrow_pitches(self, out: type_mask, pitches: NDArray[np.int64], state: State) -> None:
        """Narrow the mask of pitches (N,) that may be written to the range of their voice."""
        self._limits.narrow_pitches(out, pitches, self.bar, state.voice, self._further(state))

    def _further(self, state: State) -> int:
        """Return the number of notes of a kept rhythm above the one being chosen."""
        at = self._at + (len(self._held[0]) == 1)  # of one voice the row is taken with its pitch
        return sum(row.details is not None and (row.position, row.voice) == (state.position, state.voice)
                   for row in self._rows[self.bar][at:])  # fmt: skip

    def _narrow_time(
        self, state: State, context: Context, row: Row | None, here: Row | None, out: type_mask
    ) -> None:  # fmt: skip
        """Keep positions up to the next known row; leave the bar behind the last one."""
        positions = out[self._spans["Pos"]]
        is_last = self.bar == self._n_bars - 1
        must_begin = self._must_begin(state)
        may_leave = row is None and not must_begin and not self._must_state_chord()
        for part in self._settled:
            out[part] = False
        if may_leave and not is_last:
            out[self._heads[self.bar + 1][0]] = True
        is_silent = self.bar == len(self._heads) - 1 and self.hidden[self.bar].any() and not sounds(state)
        out[self._eos] &= may_leave and is_last and not is_silent
        if here is not None:
            positions[:] = False
        elif self._must_state_chord():
            positions &= POSITIONS == 0
        elif must_begin and (row is None or row.position >= self._upbeat):
            positions &= (self._upbeat <= POSITIONS) & (self._upbeat + STEP > POSITIONS)
        else:
            stop = row.position if row is not None else LONGEST_BAR
            positions &= (self._open_positions(state, context) & (stop > POSITIONS)) | (stop == POSITIONS)

    def _must_begin(self, state: State) -> bool:
        """Return whether an upbeat has yet to begin, with a hidden note."""
        return self.bar == 0 and self._upbeat > 0 and not self._begins and state.notes_in_bar == 0

    def _must_state_chord(self) -> bool:
        """Return whether the bar has yet to begin with a chord that is hidden."""
        return bool(self.chords[self.bar]) and not self._states_chord

    def _open_positions(self, state: State, context: Context) -> type_mask:
        """Return the positions at which something hidden may begin, (P,)."""
        hidden = np.flatnonzero(self.hidden[self.bar]).tolist()
        first = min((self._first_free(voice, state, context) for voice in hidden), default=LONGEST_BAR)
        open_: type_mask = first <= POSITIONS
        if self.chords[self.bar]:
            open_ |= POSITIONS % STEP == 0
        return open_ & (self._earliest <= POSITIONS) if self.bar == 0 else open_

    def _first_free(self, voice: int, state: State, context: Context) -> int:
        """Return the first position at which a hidden voice may begin a note."""
        held = int(self._held[self.bar, voice])
        return max(state.busy[voice], held) if state.mono else self._limits.first_free(voice, held, context)

    def _narrow_details(self, state: State, out: type_mask) -> None:
        """State durations of hidden notes alone, up to the next known note of the voice."""
        durations = self._spans["Dur"]
        if not self.wrote:
            out[durations] = out[self._spans["Vel"]] = False
            return
        now = int(self._lines[self.bar]) + state.position
        onsets = self._onsets[state.voice]
        after = int(np.searchsorted(onsets, now, side="right"))
        end = int(onsets[after] if after < len(onsets) else self._lines[-1])
        out[durations.start + int(np.searchsorted(DURATIONS, end - now, side="right")) : durations.stop] = False

    def _narrow_notes(self, state: State, context: Context, here: Row | None, out: type_mask) -> None:
        """Allow hidden voices before the known one, and that one."""
        hidden = self.hidden[self.bar]
        family = "Voice" if len(hidden) > 1 else "Pitch"
        notes = out[self._spans[family]]
        is_known_chord, is_before = here is not None and here.voice == CHORD, state.position < self._upbeat
        if is_known_chord or self._must_state_chord() or (self.bar == 0 and is_before):
            notes[:] = False
        elif family == "Pitch" and here is not None and here.details is not None:
            pass  # any pitch will do
        elif family == "Pitch":
            known = here.ids[0] - self._spans["Pitch"].start if here is not None else NONE
            allowed = notes[known] if here is not None else False
            notes &= hidden[0] and self._may_begin(0, state, context)
            if here is not None:
                notes[known] = allowed
        else:
            open_ = np.zeros(len(notes), dtype=bool)
            open_[: len(hidden)] = hidden
            for voice in np.flatnonzero(hidden).tolist():
                open_[voice] = self._may_begin(voice, state, context)
            if here is not None:
                open_[here.voice :] = False
                open_[here.voice] = True
            notes &= open_

    def _may_begin(self, voice: int, state: State, context: Context) -> bool:
        """Return whether a hidden voice may begin a note here, or add one."""
        if state.mono:
            return int(self._held[self.bar, voice]) <= state.position
        if state.phase == "note" and voice == state.voice and self._limits.is_at_top(voice, context.last[voice]):
            return False
        return self._first_free(voice, state, context) <= state.position

    def _narrow_chords(self, state: State, here: Row | None, out: type_mask) -> None:
        """Allow the known chord alone, or any where the bar's are hidden."""
        chords = out[self._spans["Chord"]]
        if here is not None and here.voice == CHORD:
            chords[:] = False
            out[here.ids[0]] = True
        else:
            chords &= bool(self.chords[self.bar]) and state.position % STEP == 0


def _stated(ids: list[int]) -> tuple[int, ...]:
    return tuple(index for index in ids if index != NONE)


def _open_row(row: list[int], position: int, voice: int) -> Row:
    """Return the row of a note whose pitch alone is to be written."""
    return Row(position, voice, _stated(row[VOICE:PITCH]), _stated(row[DURATION:]))


def _at_once(cells: Cells, is_open: type_mask) -> list[int]:
    """Return the most open notes of each voice at one onset, (voices,)."""
    onsets = np.stack([cells.voices, cells.notes[:, BAR], cells.notes[:, POSITION]], axis=1)[is_open]
    places, counts = np.unique(onsets, axis=0, return_counts=True)
    return [int(counts[places[:, 0] == voice].max(initial=0)) for voice in range(cells.n_voices)]


def _most_sounding(cells: Cells, is_open: type_mask) -> list[int]:
    """Return the most notes of each voice that sound where an open one begins, (V,)."""
    found = []
    for voice in range(cells.n_voices):
        own, onsets, ends = _spans(cells, voice)
        begun = onsets[is_open[own]]
        found.append(int(((onsets <= begun[:, None]) & (begun[:, None] < ends)).sum(axis=1).max(initial=0)))
    return found


def _spans(cells: Cells, voice: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of a voice's notes, their onsets and their ends."""
    lines, values = cells.lines, cells.vocab.values
    own = np.flatnonzero((cells.voices == voice) & ~cells.is_chord)
    rows = cells.notes[own]
    onsets = lines[rows[:, BAR]] + values[rows[:, POSITION]]
    stated = rows[:, DURATION] != NONE
    ends = np.where(stated, onsets + values[rows[:, DURATION]], following_onset(onsets, int(lines[-1])))
    return own, onsets, ends


def _held_into(cells: Cells, kept: type_mask) -> NDArray[np.int64]:
    """Return where in each bar the last known note from before it ends.

    It is (n_bars, n_voices), 0 where none sounds on.

    kept  which rows of the notes are known
    """
    held = np.zeros((cells.n_bars, cells.n_voices), dtype=np.int64)
    for voice in range(cells.n_voices):
        own, _, ends = _spans(cells, voice)
        for bar, end in zip(cells.notes[own[kept[own]], BAR].tolist(), ends[kept[own]].tolist(), strict=True):
            later = slice(bar + 1, None)
            held[later, voice] = np.maximum(held[later, voice], end - cells.lines[bar + 1 : -1])
    return np.maximum(held, 0)
