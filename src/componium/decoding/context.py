"""Context of a choice: the time, the voices, the sounding notes and those before.

Times are in 24ths of a quarter (TICKS); voices are numbered from the top down; pitches are MIDI numbers.
"""

from copy import copy, deepcopy
from functools import cache

import numpy as np

from componium.decoding.motion import Motion
from componium.decoding.sounding import Sounding
from componium.decoding.style.plan import Plan
from componium.music.instruments import DRUMS
from componium.music.pitch import parse_meter
from componium.music.time import beat_quarters
from componium.music.types import type_mask

TICKS = 24  # a quarter


class Context:
    """The state of a piece being composed, kept by a guide and read by constraints.

    meter, length, beat   meter, such as "3/4", and lengths of its bar and beat
    bar, line             number of the bar from 0 (-1 before the first), and its onset
    position              of the notes being chosen, from the bar line; -1 before the first of the bar
    voice                 of the note being chosen; -1 before the first of its onset
    bars_left             this one included; None where that is open
    bass, upper           the lowest pitched voice, and the other pitched ones from the top (drums, if all are)
    open_voices           (n_voices,), the voices that the grammar lets begin a note here
    last, runs            last pitch of each voice (-1 before its first), and the times in a row that it was struck
    busy                  offset of each voice's notes that state their duration, from the bar line
    settled               pairs of notes of two pitched voices, the upper's first, each as (voice, pitch), of which the
                          later one began at the onset before; none if that wasn't on a beat
    """

    def __init__(self, plan: Plan) -> None:
        n_voices = len(plan.programs)
        self.plan = plan
        self.meter, self.length, self.beat = "", 4 * TICKS, TICKS
        self.bar, self.line, self.position, self.voice = -1, 0, -1, -1
        self.bars_left: int | None = None
        self.is_drum = [program == DRUMS for program in plan.programs]
        self.upper = [voice for voice in range(n_voices) if not self.is_drum[voice]] or list(range(n_voices))
        self.bass = self.upper.pop()
        self.has_pitch = [not is_drum for is_drum in self.is_drum]
        self.open_voices: type_mask = np.zeros(n_voices, dtype=bool)
        self.last, self.runs, self.busy = [-1] * n_voices, [0] * n_voices, [-1] * n_voices
        self.sounding, self.motion = Sounding(), Motion()
        self.settled: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._beat: int | None = None  # the time of this onset if it is on a beat

    @property
    def now(self) -> int:
        """Time since the start of the piece, in 24ths of a quarter."""
        return self.line + max(self.position, 0)

    @property
    def is_last_bar(self) -> bool:
        """True in the last bar."""
        return self.bars_left == 1

    @property
    def closing(self) -> int:
        """Onset of the last notes in the last bar, in 24ths of a quarter.

        It is the last beat's where the plan has none, or one beyond the bar, whose meter may have been drawn.
        """
        closing = self.plan.closing
        return closing if closing is not None and closing < self.length else self.length - self.beat

    @property
    def until_closing(self) -> int | None:
        """Time from here to the last notes, in 24ths of a quarter.

        None where the end is open.
        """
        if self.bars_left is None:
            return None
        return (self.bars_left - 1) * self.length + self.closing - max(self.position, 0)

    @property
    def is_closing(self) -> bool:
        """True where notes that begin now are among the last."""
        return self.is_last_bar and self.position >= self.closing

    @property
    def is_on_beat(self) -> bool:
        """True where notes that begin now begin on a beat."""
        return self.position % self.beat == 0

    def others_sounding(self) -> list[tuple[int, int]]:
        """Return (voice, pitch) of the notes of the other pitched voices that sound here.

        Those that may yet end here are left out, as in `Sounding.of_others`.
        """
        return [pair for pair in self.sounding.of_others(self.voice, self.now) if self.has_pitch[pair[0]]]

    def set_meter(self, meter: str) -> None:
        """Set the meter in force, such as "3/4"."""
        numerator, denominator = map(int, meter.split("/"))
        self.meter, self.length, self.beat = meter, 4 * TICKS * numerator // denominator, beat_length(meter)

    def copy(self) -> "Context":
        """Return an independent context in the same state."""
        other = copy(self)
        other.open_voices = self.open_voices.copy()
        other.last, other.runs, other.busy = list(self.last), list(self.runs), list(self.busy)
        other.sounding, other.motion = deepcopy(self.sounding), deepcopy(self.motion)
        return other

    def begin_bar(self, bars_left: int | None) -> None:
        """Go on to the next bar."""
        self.bar += 1
        self.line += self.length if self.bar else 0
        self.busy = [max(end - self.length, -1) for end in self.busy]
        self.bars_left, self.position, self.voice = bars_left, -1, -1

    def begin_onset(self, position: int) -> None:
        """Go on to an onset in the bar, by which the pairs of the one before are settled."""
        pairs = self.sounding.pairs(self._beat) if self._beat is not None else []
        self.settled = [pair for pair in pairs if all(self.has_pitch[voice] for voice, _ in pair)]
        self.position, self.voice = position, -1 if len(self.plan.programs) > 1 else 0
        self._beat = self.now if self.is_on_beat else None

    def begin_note(self, pitch: int) -> None:
        """Begin a note of the voice."""
        voice = self.voice
        self.runs[voice] = self.runs[voice] + 1 if self.last[voice] == pitch else 1
        self.last[voice] = pitch
        self.sounding.begin(voice, pitch, self.now)
        if self.has_pitch[voice]:
            self.motion.begin(voice, pitch, self.now)

    def set_duration(self, duration: int) -> None:
        """State the duration of the note begun last."""
        self.sounding.end_last(self.voice, self.now + duration)
        self.busy[self.voice] = max(self.busy[self.voice], self.position + duration)


@cache
def beat_length(meter: str) -> int:
    """Return the length of a beat of a meter, in 24ths of a quarter.

    >>> beat_length("6/8")
    36
    """
    return int(beat_quarters(parse_meter(meter)) * TICKS)
