"""How a piece closes: what may still begin in its last bar, and when it may end.

Nothing begins after the closing place. The lowest voice that has pitches closes there, under all that sounds, on the
tonic or off it, as is wished for; the voices above it stand in the closing chord when the piece ends.

Times are in 24ths of a quarter; voices are numbered from the top down; pitches from the first of their family, P of
them.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.codec import Events
from componium.codecs.events.grammar import State
from componium.codecs.events.grid import POSITIONS, TICKS
from componium.codecs.events.key_pitches import KeyPitches
from componium.codecs.events.prefix import Ends
from componium.decoding.controls import Controls
from componium.decoding.sounding import Sounding
from componium.music.pitch import parse_meter
from componium.music.time import beat_quarters
from componium.music.types import type_mask


class Closing:
    """The rules of one sequence, whose `state` and sounding `notes` are looked at anew in each call; `now` is the time
    since the piece began.

    `is_drum` says of each voice whether it is a drum's. Attributes: `bass`, the lowest voice that has pitches; `upper`,
    the others that have; `is_last` and `is_final` (P,), the pitches that may be the bass's last, and the others'.
    """

    def __init__(
        self, codec: Events, controls: Controls, state: State, notes: Sounding, pitches: KeyPitches, ends: Ends,
        is_drum: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        self._state, self._notes, self._bars, self._ends = state, notes, controls.bars, ends
        self._voices, self._positions, self._eos = codec.vocab.ids("Voice"), codec.vocab.ids("Pos"), codec.eos
        self.upper: list[int] = np.flatnonzero(~is_drum).tolist() or list(range(len(is_drum)))
        self.bass = self.upper.pop()
        tonic = pitches.of_tonic()
        self.is_last = tonic if controls.ending != "open" or tonic.all() else ~tonic
        self.is_final = pitches.of_triad() if controls.ending == "closed" else np.ones_like(tonic)
        self._has_closed = False  # whether the bass has begun its last note

    def hear(self) -> None:
        """A note begins, of the state's voice."""
        self._has_closed = self._has_closed or self.is_bass()

    def is_last_bar(self) -> bool:
        """Whether this is the last bar."""
        return self._state.left == 1 if self._bars is None else self._state.bar == self._bars - 1

    def is_here(self) -> bool:
        """Whether what begins now is of the last notes."""
        return self.is_last_bar() and self._state.position >= self._place()

    def is_bass(self) -> bool:
        """Whether a note of the state's voice, begun now, is the bass's last."""
        return self._state.voice == self.bass and self.is_here()

    def narrow(self, mask: type_mask, now: int) -> None:
        """Take from a mask (V,) of what may follow in the last bar what would keep the piece from closing."""
        self._stop(mask, now)
        self._resolve(mask, now)

    def _stop(self, mask: type_mask, now: int) -> None:
        """Nothing begins after the closing place, and until the bass has its last note there is no end."""
        state, closing = self._state, self._place()
        first_later = int(np.searchsorted(POSITIONS, closing, side="right"))
        mask[self._positions.start + first_later : self._positions.stop] = False
        if not self._is_closed(now) and state.busy[self.bass] <= max(closing, state.position):
            mask[self._eos] = False
            if state.position >= closing:  # nor a way past it, to drums
                mask[self._voices.start + self.bass + 1 : self._voices.stop] = False

    def _resolve(self, mask: type_mask, now: int) -> None:
        """A voice above the bass that sounds none of the closing chord moves as the rest closes, the highest first; one
        that is silent enters, if all are to sound."""
        state, voices, closing = self._state, self._voices, self._place()
        first = state.voice + 1 if state.position >= closing else 0  # of those still to come there
        for voice in (voice for voice in self.upper if voice >= first):
            pitch = self._notes.lowest([voice], now)
            if self.is_final[pitch] if pitch is not None else not self._ends.is_full:
                continue
            if state.position < closing:
                mask[self._eos] = False
                return
            if mask[voices.start + voice]:
                mask[voices.start + voice + 1 : voices.stop] = mask[self._positions] = mask[self._eos] = False
                return

    def _is_closed(self, now: int) -> bool:
        """Whether the bass sounds its last note: one of those asked for, under all that sounds."""
        bass = self._notes.lowest([self.bass], now)
        return self._has_closed or (bass is not None and bool(self.is_last[bass]) and bass <= self.lowest_above(now))

    def lowest_above(self, now: int) -> int:
        """The lowest pitch that the voices above the bass sound; P if they are silent."""
        lowest = self._notes.lowest(self.upper, now)
        return len(self.is_last) if lowest is None else lowest

    def kept(self) -> int:
        """How long before the end of the piece the note begun last has to stop."""
        state = self._state
        moves_on = state.voice == self.bass or not self.is_final[state.pitch]
        return state.length - self._place() if moves_on else 0

    def _place(self) -> int:
        """Where in the last bar the last notes begin."""
        if self._ends.closing is not None:
            return self._ends.closing
        return self._state.length - beat_of(self._state.meter)


@cache
def beat_of(meter: str) -> int:
    """A beat of a metre, in 24ths of a quarter.

    >>> beat_of("6/8")
    36
    """
    return int(beat_quarters(parse_meter(meter)) * TICKS)
