"""Grammar of the events codec: a state machine over the families of tokens.

There is one State a sequence; `allow` writes the mask, `advance` moves the state on. This is the inner loop of
composing, so a state holds plain integers, and masks are written in place.

A sequence to fill in (see `cells`) has two sections: AHEAD, where hidden cells are marked and what is seen stands, and
PIECE. What is seen may begin under a meter that isn't stated there, so AHEAD allows any position.
"""

import numpy as np

from componium.codecs.events.grid import LONGEST_BAR, POSITIONS, bar_length
from componium.codecs.vocab import Vocab
from componium.music.types import type_mask

PREFIX = ("BOS", "Style", "Meter", "Key", "Tempo", "Texture", "Voices")
WHOLE, AHEAD, PIECE = range(3)  # sections
METER, KEY, TEMPO, UPBEAT, HOLE, COUNT, END = range(7)  # stages of a bar's head: what may still come
MAX_LEFT = 64
FOLD = 8


def fold(bars_left: int) -> int:
    """Return the count that a Bar token shows for a number of bars left.

    It is exact up to MAX_LEFT; beyond, it is the place in the last group of FOLD bars below MAX_LEFT.
    """
    return bars_left if bars_left <= MAX_LEFT else MAX_LEFT - FOLD + 1 + (bars_left - 1) % FOLD


def before(left: int) -> tuple[int, ...]:
    """Return the counts that the next Bar token may show after one that showed `left`."""
    at_edge = left == MAX_LEFT - FOLD + 1  # here the count doesn't tell whether more than MAX_LEFT bars are left
    return (left - 1, MAX_LEFT) if at_edge else (left - 1,)


class State:
    """The state of one sequence.

    Times are in 24ths of a quarter from the bar line; `left` is the last Bar token's count.
    """

    __slots__ = (
        "bar",
        "busy",
        "chords",
        "hidden",
        "hides_chords",
        "last_hole",
        "left",
        "length",
        "meter",
        "mono",
        "n_notes",
        "n_voices",
        "notes_in_bar",
        "open",
        "others_open",
        "phase",
        "pitch",
        "pitches",
        "position",
        "programs",
        "runs",
        "section",
        "stage",
        "start",
        "tempo_key",
        "voice",
    )  # fmt: skip

    def __init__(self) -> None:
        self.phase = "BOS"
        self.stage = METER  # in a bar's head; behind a note 0 where Dur may still come, 1 where Vel may
        self.mono = False
        self.n_voices = 0
        self.programs: list[int | str] = []
        self.meter: str = "?"
        self.length = 4 * 24
        self.tempo_key: dict[str, int | str] = {"Tempo": "?", "Key": "?"}
        self.bar = -1
        self.left: int | str = "?"
        self.position = -1
        self.voice = -1
        self.pitch = -1  # pitches are counted from the first of their family
        self.notes_in_bar = 0
        self.n_notes = 0
        self.busy: list[int] = []  # offset of each voice's notes that have a Dur
        self.open: list[bool] = []  # whether a note of each voice sounds until its next one
        self.others_open = False  # whether one below the last note in its chord does
        self.pitches: list[int] = []  # the last pitch of each voice, -1 before its first
        self.runs: list[int] = []  # how many times in a row each voice has struck it
        self.section = WHOLE
        self.chords: bool | None = None  # whether the sequence states chords; None until that shows
        self.hidden: list[bool] = []  # whether the cell of each voice is hidden in this bar
        self.hides_chords = False  # in this bar
        self.last_hole: int | str = "?"  # the count of the last bar with something hidden
        self.start: tuple[str, int, dict[str, int | str]] = ("?", 0, {})  # meter, bar length, Tempo and Key at first

    def copy(self) -> "State":
        """Return an independent state."""
        other = State.__new__(State)
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(other, name, value.copy() if isinstance(value, list | dict) else value)
        return other


def sounds(state: State) -> bool:
    """Return whether anything sounds in this bar; no piece ends on a silent bar."""
    return state.notes_in_bar > 0 or any(state.open) or any(end > 0 for end in state.busy)


class Grammar:
    """The grammar over one vocabulary, with velocities or without."""

    def __init__(self, vocab: Vocab, *, velocities: bool = True) -> None:
        self.vocab, self.velocities = vocab, velocities
        self.slices = {name: vocab.ids(name) for name in vocab.families}
        self.first = {name: part.start for name, part in self.slices.items()}
        self.entries = vocab.entries
        self.has_regions = "Fill" in vocab.families
        self._eos = vocab.id("EOS")
        self._n = len(vocab)
        self._top = len(vocab.families["Pitch"]) - 1

    def allow(self, state: State, mask: type_mask) -> None:
        """Write the mask (V,) of ids that may follow."""
        mask[:] = False
        phase = state.phase
        if phase == "body":
            self._body(state, mask)
        elif phase == "note":
            self._after_note(state, mask)
        elif phase == "position":
            self._notes(state, mask)
            if self._may_state_chord(state):
                mask[self.slices["Chord"]] = True
        elif phase == "chord":
            self._notes(state, mask)
            self._time(state, mask)
        elif phase == "Pitch":
            self._pitches(state, mask)
        elif phase == "start":
            mask[self.slices["Bar"]] = True
            mask[self._eos] = state.section == WHOLE
        elif phase == "end":
            mask[self.first["PAD"]] = True
        else:
            mask[self.slices[phase]] = True

    def _body(self, state: State, mask: type_mask) -> None:
        """Allow a bar's heading, then a position or the next bar."""
        first = self.first
        # Until a hole is marked, a first bar may be one of later bars that are seen: these change back to what began.
        is_open = state.section == AHEAD or (self.has_regions and state.section == WHOLE and state.bar == 0)
        if state.stage <= METER:
            mask[first["Meter"] + 1 : self.slices["Meter"].stop] = True
            if state.meter == "?" and state.bar == 0 and state.section != AHEAD:
                return  # no position means anything before the bar's length is known
            if not is_open and state.meter != "?":  # what is in force isn't stated
                mask[self.vocab.id("Meter", state.meter)] = False
        for stage, name in ((KEY, "Key"), (TEMPO, "Tempo")):
            if state.stage <= stage:
                mask[first[name] + 1 : self.slices[name].stop] = True
                if not is_open:
                    mask[self.vocab.id(name, state.tempo_key[name])] = False
        if self.has_regions:
            self._marks(state, mask)
        self._time(state, mask)

    def _marks(self, state: State, mask: type_mask) -> None:
        """Allow an upbeat, and marks of what is hidden."""
        if state.bar == 0 and state.stage <= UPBEAT:
            mask[self.first["Upbeat"]] = True
        if state.section == AHEAD or (state.section == WHOLE and state.bar == 0):
            if state.stage < END:
                hole = self.first["Hole"]
                mask[hole + state.voice + 1 : hole + state.n_voices] = True
                mask[self.first["HoleChords"]] = True
            if state.stage == COUNT:
                mask[self.slices["Count"]] = True

    def _time(self, state: State, mask: type_mask) -> None:
        """Allow later positions in the bar, the next bar, the end."""
        free = self._last_taken(state)
        length = LONGEST_BAR if state.section == AHEAD else state.length
        low, high = np.searchsorted(POSITIONS, free, side="right"), np.searchsorted(POSITIONS, length)
        mask[self.first["Pos"] + low : self.first["Pos"] + max(low, high)] = True
        self._bar_or_end(state, mask)

    def _last_taken(self, state: State) -> int:
        """Return the position after which something may begin in the bar."""
        if self._may_state_chord(state):
            return state.position
        if state.section == AHEAD and all(state.hidden):
            return LONGEST_BAR
        if not state.mono:
            return state.position
        seen = (end for end, hidden in zip(state.busy, state.hidden, strict=True) if not hidden)
        return max(state.position, min(seen) - 1)

    def _may_state_chord(self, state: State) -> bool:
        return self.has_regions and state.chords is not False and not state.hides_chords

    def _bar_or_end(self, state: State, mask: type_mask) -> None:
        may_end = state.section != WHOLE or sounds(state)
        end = self._eos
        if state.section == AHEAD:  # which may be a window that ends before the piece
            end = self.first["Fill"]
            mask[end] = True
        if state.left == "?":
            mask[self.first["Bar"]] = True
            mask[end] = may_end
        elif state.left == 1:
            mask[end] = may_end
        else:
            for left in before(int(state.left)):
                mask[self.first["Bar"] + left] = True
            if state.section == PIECE and state.left == state.last_hole:
                mask[end] = True

    def _notes(self, state: State, mask: type_mask) -> None:
        """Allow the first note at a position."""
        if state.n_voices > 1:
            self._voices(state, mask, 0)
        elif not (state.hidden[0] or (state.mono and state.busy[0] > state.position)):
            self._pitches(state, mask)

    def _voices(self, state: State, mask: type_mask, lowest: int) -> None:
        start = self.first["Voice"]
        mask[start + lowest : start + state.n_voices] = True
        if state.mono or state.section == AHEAD:
            for voice in range(lowest, state.n_voices):
                if state.hidden[voice] or (state.mono and state.busy[voice] > state.position):
                    mask[start + voice] = False

    def _pitches(self, state: State, mask: type_mask) -> None:
        """Allow every pitch, or in a chord those above the note before."""
        mask[self.first["Pitch"] + state.pitch + 1 : self.slices["Pitch"].stop] = True

    def _after_note(self, state: State, mask: type_mask) -> None:
        if state.stage < 1:
            mask[self.slices["Dur"]] = True
        if state.stage < 2 and self.velocities:
            mask[self.slices["Vel"]] = True
        chord = not state.mono and state.pitch < self._top
        if state.n_voices > 1:
            self._voices(state, mask, state.voice + (not chord))
        elif chord:
            self._pitches(state, mask)
        self._time(state, mask)

    def advance(self, state: State, index: int) -> None:
        """Move the state past an id that `allow` permits."""
        family, value = self.entries[index]
        if family == "Pos":
            state.position, state.pitch, state.phase = int(value), -1, "position"
            state.voice = -1 if state.n_voices > 1 else 0
        elif family == "Voice":
            state.pitch = state.pitch if value == state.voice else -1
            state.voice, state.phase = int(value), "Pitch"
        elif family == "Pitch":
            self._begin_note(state, index - self.first["Pitch"])
        elif family == "Dur":
            state.busy[state.voice] = max(state.busy[state.voice], state.position + int(value))
            state.open[state.voice] = state.others_open
            state.stage = 1
        elif family == "Vel":
            state.stage = 2
        elif family == "Bar":
            self._begin_bar(state, value)
        elif family == "Chord":
            state.phase, state.chords = "chord", True
        elif family == "Fill":
            self._begin_piece(state)
        elif state.phase == "body":
            self._head(state, family, value)
        else:
            self._prefix(state, family, value)

    def _begin_note(self, state: State, pitch: int) -> None:
        voice = state.voice
        state.others_open = state.pitch >= 0 and state.open[voice]
        state.pitch, state.phase, state.stage = pitch, "note", 0
        state.open[voice] = True
        state.notes_in_bar += 1
        state.n_notes += 1
        state.runs[voice] = state.runs[voice] + 1 if state.pitches[voice] == pitch else 1
        state.pitches[voice] = pitch
        state.chords = bool(state.chords)

    def _begin_bar(self, state: State, left: int | str) -> None:
        if state.bar >= 0:
            state.busy = [max(end - state.length, -1) for end in state.busy]
        elif state.section == WHOLE:
            state.start = (state.meter, state.length, dict(state.tempo_key))
        state.phase, state.stage, state.bar, state.left = "body", METER, state.bar + 1, left
        state.position, state.voice, state.pitch, state.notes_in_bar = -1, -1, -1, 0
        if state.section == AHEAD:
            state.hidden, state.hides_chords = [False] * state.n_voices, False

    def _begin_piece(self, state: State) -> None:
        """Go on from what is seen to the piece, which begins as the prefix says."""
        n_voices = state.n_voices
        state.section, state.phase, state.bar = PIECE, "start", -1
        state.meter, state.length, state.tempo_key = state.start[0], state.start[1], dict(state.start[2])
        state.hidden, state.hides_chords = [False] * n_voices, False
        state.busy, state.open, state.others_open = [-1] * n_voices, [False] * n_voices, False
        state.pitches, state.runs = [-1] * n_voices, [0] * n_voices

    def _head(self, state: State, family: str, value: int | str) -> None:
        if family == "EOS":
            state.phase = "end"
        elif family == "Meter":
            self._set_meter(state, str(value))
            state.stage = KEY
        elif family in ("Key", "Tempo"):
            state.tempo_key[family] = value
            state.stage = TEMPO if family == "Key" else UPBEAT
        elif family in ("Upbeat", "Count"):
            state.stage = HOLE
        else:
            self._mark(state, family, value)

    def _mark(self, state: State, family: str, value: int | str) -> None:
        """Take in what is hidden in the bar."""
        state.section, state.last_hole = AHEAD, state.left
        if family == "Hole":
            state.voice, state.stage = int(value), COUNT
            state.hidden[state.voice] = True
        else:
            state.stage, state.hides_chords, state.chords = END, True, True

    def _set_meter(self, state: State, meter: str) -> None:
        state.meter = meter
        if meter != "?":
            numerator, denominator = map(int, meter.split("/"))
            state.length = bar_length((numerator, denominator))

    def _prefix(self, state: State, family: str, value: int | str) -> None:
        if family in ("EOS", "PAD"):
            state.phase = "end"
            return
        if family == "Meter":
            self._set_meter(state, str(value))
        elif family in state.tempo_key:
            state.tempo_key[family] = value
        elif family == "Texture":
            state.mono = value == "mono"
        elif family == "Voices":
            state.n_voices = int(value)
            state.busy, state.pitches, state.runs = ([first] * int(value) for first in (-1, -1, 0))
            state.open, state.hidden = [False] * int(value), [False] * int(value)
        elif family == "Program":
            state.programs.append(value)
        if family in PREFIX[:-1]:
            state.phase = PREFIX[PREFIX.index(family) + 1]
        else:
            state.phase = "Program" if len(state.programs) < state.n_voices else "start"

