"""Context of a choice: the clock, the voices, the notes that sound and those before them.

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

    meter, length, beat   of the bar, such as "3/4", and in 24ths
    bar, line             number of the bar from 0 (-1 before the first), and where it begins
    position              of the notes being chosen, from the bar line; -1 before the first of the bar
    voice                 being chosen, -1 before the first
    bars_left             with this one; None where that is open
    bass, upper           the lowest voice that has pitches, and the others that have, from the top
    open_voices           which voices may still begin a note here
    last, runs            the last pitch of each voice (-1 before its first), and how often in a row it was struck
    busy                  where notes with a stated duration stop, of each voice, from the bar line
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
        self.has_pitch = [voice == self.bass or voice in self.upper for voice in range(n_voices)]
        self.open_voices: type_mask = np.zeros(n_voices, dtype=bool)
        self.last, self.runs, self.busy = [-1] * n_voices, [0] * n_voices, [-1] * n_voices
        self.sounding, self.motion = Sounding(), Motion()

    @property
    def now(self) -> int:
        """Time since the piece began."""
        return self.line + max(self.position, 0)

    @property
    def is_last_bar(self) -> bool:
        """Whether this is the last bar."""
        return self.bars_left == 1

    @property
    def closing(self) -> int:
        """Where in the last bar the last notes begin."""
        return self.plan.closing if self.plan.closing is not None else self.length - self.beat

    @property
    def is_closing(self) -> bool:
        """Whether notes that begin now are among the last."""
        return self.is_last_bar and self.position >= self.closing

    @property
    def is_on_beat(self) -> bool:
        """Whether notes that begin now begin on a beat."""
        return self.position % self.beat == 0

    def others_sounding(self) -> list[tuple[int, int]]:
        """Return the other voices that have pitches, and the pitches that they sound, a pair a note."""
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
