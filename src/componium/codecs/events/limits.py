"""Limits of what is written into a piece: pitches, and notes sounding at once."""

import numpy as np
from numpy.typing import NDArray

from componium.decoding.context import Context
from componium.decoding.region import Region
from componium.errors import ControlError
from componium.music.types import type_mask

HIGHEST = 127


class Limits:
    """The ranges and the polyphony of a region."""

    def __init__(self, region: Region) -> None:
        self._cells, self._ranges, self._polyphony = region.cells, region.ranges, region.polyphony

    def check_rhythm(self, at_once: list[int], sounding: list[int]) -> None:
        """Raise ControlError for limits that have no room for a rhythm that is kept.

        at_once   (voices,), the most notes that the rhythm has at one onset
        sounding  (voices,), the most that sound where one begins
        """
        for (low, high), count in zip(self._ranges, at_once, strict=False):
            if high - low + 1 < count:
                raise ControlError(f"a register of {high - low + 1} pitches", expected=f"{count} or more, for a chord")
        for most, count in zip(self._polyphony, sounding, strict=False):
            if 0 < most < count:
                raise ControlError(f"a polyphony of {most} with the rhythm kept, in which {count} notes sound at once",
                                   expected=f"{count} or more")  # fmt: skip

    def is_at_top(self, voice: int, pitch: int) -> bool:
        """Return whether a voice has no pitch to add above one."""
        return bool(self._ranges) and pitch >= self._ranges[voice][1]

    def narrow_pitches(self, out: type_mask, pitches: NDArray[np.int64], bar: int, voice: int, further: int) -> None:
        """Narrow the mask of pitches (N,) to the range of a voice.

        further  notes that are to come above at the same onset
        """
        if self._ranges and self._cells[bar, voice]:
            low, high = self._ranges[voice]
            out &= (pitches >= low) & (pitches <= high - further)

    def first_free(self, voice: int, held: int, context: Context) -> int:
        """Return the first position at which a voice may begin another note.

        held  where the last known note from before the bar ends, 0 if none sounds on
        """
        most = self._polyphony[voice] if self._polyphony else 0
        if not most:
            return 0
        ends = [end - context.line for end in context.sounding.beside(voice, context.now)]
        ends += [held] if held > max([context.position, *ends]) else []
        return sorted(ends, reverse=True)[most - 1] if len(ends) >= most else 0
