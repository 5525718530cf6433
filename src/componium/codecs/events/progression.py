"""Chords of a plan, stated in a plain sequence as they are due.

One is stated where a bar begins and wherever the chord changes; nothing else is.
"""

from copy import copy

from componium.codecs.events.chords import STEP, word_of
from componium.codecs.events.grammar import State
from componium.codecs.events.grid import POSITIONS, bar_length
from componium.codecs.vocab import Vocab
from componium.decoding.style.plan import Plan
from componium.music.types import type_mask


class Progression:
    """The chords of each bar, and the place reached.

    offset  semitones from written to sounding pitches
    """

    def __init__(self, vocab: Vocab, plan: Plan, offset: int) -> None:
        self._positions, self._bars, self._eos = vocab.ids("Pos"), vocab.ids("Bar"), vocab.id("EOS")
        length = bar_length((plan.meter.numerator, plan.meter.denominator))
        self._rows: list[list[tuple[int, int]]] = [[] for _ in range(plan.bars)]
        for onset, chord in plan.chords:
            bar, position = divmod(onset, length)
            self._rows[bar].append((position // STEP * STEP, vocab.id("Chord", word_of(chord, offset))))
        self._bar, self._at = -1, 0

    def copy(self) -> "Progression":
        """Return an independent one at the same place."""
        return copy(self)

    def advance(self, family: str) -> None:
        """Move past a token that was chosen."""
        if family == "Bar":
            self._bar, self._at = self._bar + 1, 0
        elif family == "Chord":
            self._at += 1

    def narrow(self, state: State, out: type_mask) -> None:
        """Narrow the mask so that the next chord of the bar is stated where it is due."""
        row = self._rows[self._bar][self._at : self._at + 1]
        due, index = row[0] if row else (-1, -1)
        if state.phase == "position" and due == state.position:
            out[:] = False
            out[index] = True
        elif state.phase in ("body", "note", "chord"):
            free = min(state.busy) if state.mono else 0
            positions = out[self._positions]
            positions &= (free <= POSITIONS) | (due == POSITIONS)
            if row:
                positions &= due >= POSITIONS
                out[self._bars] = out[self._eos] = False
