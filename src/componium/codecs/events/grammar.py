"""Grammar of the events codec: a state machine over the families of tokens.

There is one State a sequence; `allow` writes the mask, `advance` moves the state on. This is the inner loop of
composing, so a state holds plain integers, and masks are written in place.
"""

import numpy as np

from componium.codecs.events.grid import POSITIONS, bar_length
from componium.codecs.vocab import Vocab
from componium.music.types import type_mask

PREFIX = ("BOS", "Style", "Meter", "Key", "Tempo", "Texture", "Voices")
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
        "stage",
        "tempo_key",
        "voice",
    )  # fmt: skip

    def __init__(self) -> None:
        self.phase = "BOS"
        self.stage = 0  # in a bar's head: which of Meter, Key, Tempo may still come
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

    def copy(self) -> "State":
        """Return an independent state."""
        other = State.__new__(State)
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(other, name, value.copy() if isinstance(value, list | dict) else value)
        return other


def _sounds(state: State) -> bool:
    """Return whether anything sounds in this bar; no piece ends on a silent bar."""
    return state.notes_in_bar > 0 or any(state.open) or any(end > 0 for end in state.busy)


class Grammar:
    """The grammar over one vocabulary."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.slices = {name: vocab.ids(name) for name in vocab.families}
        self.first = {name: part.start for name, part in self.slices.items()}
        self.entries = vocab.entries
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
        elif phase == "Voice":
            self._voices(state, mask, state.voice + 1)
        elif phase == "Pitch":
            self._pitches(state, mask)
        elif phase == "start":
            mask[self.slices["Bar"]] = True
            mask[self._eos] = True
        elif phase == "end":
            mask[self.first["PAD"]] = True
        else:
            mask[self.slices[phase]] = True

    def _body(self, state: State, mask: type_mask) -> None:
        """Allow a bar's heading, then a position or the next bar."""
        first = self.first
        if state.stage < 1:
            mask[first["Meter"] + 1 : self.slices["Meter"].stop] = True
            if state.meter != "?":
                mask[self.vocab.id("Meter", state.meter)] = False
            elif state.bar == 0:
                return  # no position means anything before the bar's length is known
        for stage, name in ((1, "Key"), (2, "Tempo")):
            if state.stage <= stage:
                mask[first[name] + 1 : self.slices[name].stop] = True
                mask[self.vocab.id(name, state.tempo_key[name])] = False
        self._time(state, mask)

    def _time(self, state: State, mask: type_mask) -> None:
        """Allow later positions in the bar, the next bar, the end."""
        free = state.position
        if state.mono:
            free = max(free, min(state.busy) - 1)
        low, high = np.searchsorted(POSITIONS, free, side="right"), np.searchsorted(POSITIONS, state.length)
        mask[self.first["Pos"] + low : self.first["Pos"] + max(low, high)] = True
        if state.left == "?":
            mask[self.first["Bar"]] = True
            mask[self._eos] = _sounds(state)
        elif state.left == 1:
            mask[self._eos] = _sounds(state)
        else:
            for left in before(int(state.left)):
                mask[self.first["Bar"] + left] = True

    def _voices(self, state: State, mask: type_mask, lowest: int) -> None:
        start = self.first["Voice"]
        if state.mono:
            for voice in range(lowest, state.n_voices):
                mask[start + voice] = state.busy[voice] <= state.position
        else:
            mask[start + lowest : start + state.n_voices] = True

    def _pitches(self, state: State, mask: type_mask) -> None:
        """Allow every pitch, or in a chord those above the note before."""
        mask[self.first["Pitch"] + state.pitch + 1 : self.slices["Pitch"].stop] = True

    def _after_note(self, state: State, mask: type_mask) -> None:
        if state.stage < 1:
            mask[self.slices["Dur"]] = True
        if state.stage < 2:
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
            state.position, state.voice, state.pitch = int(value), -1, -1
            state.phase = "Voice" if state.n_voices > 1 else "Pitch"
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

    def _begin_bar(self, state: State, left: int | str) -> None:
        state.busy = [max(end - state.length, -1) for end in state.busy] if state.bar >= 0 else state.busy
        state.phase, state.stage, state.bar, state.left = "body", 0, state.bar + 1, left
        state.position, state.voice, state.pitch, state.notes_in_bar = -1, -1, -1, 0

    def _head(self, state: State, family: str, value: int | str) -> None:
        if family == "EOS":
            state.phase = "end"
        elif family == "Meter":
            self._set_meter(state, str(value))
            state.stage = 1
        else:
            state.tempo_key[family] = value
            state.stage = 2 if family == "Key" else 3

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
            state.open = [False] * int(value)
        elif family == "Program":
            state.programs.append(value)
        if family in PREFIX[:-1]:
            state.phase = PREFIX[PREFIX.index(family) + 1]
        else:
            state.phase = "Program" if len(state.programs) < state.n_voices else "start"

