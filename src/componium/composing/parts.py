"""Parts of the instruments that a piece is to be given: voices, ranges, polyphony."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from componium.decoding.region import Region
from componium.decoding.style.plan import name_tracks
from componium.music.instruments import DRUMS, has_two_hands, of_part, polyphony
from componium.music.score import Score, Track, notes
from componium.music.time import n_bars

HANDS = (("right hand", (48, 108)), ("left hand", (21, 72)))


class Part(NamedTuple):
    """One voice of an instrument.

    program  General MIDI program, or DRUMS
    low      lowest pitch
    high     highest pitch
    at_once  the most notes that it sounds at once
    hand     "right hand", "left hand" or ""
    """

    program: int
    low: int
    high: int
    at_once: int
    hand: str = ""

    @property
    def track(self) -> Track:
        """An empty track for the part."""
        is_drum = self.program == DRUMS
        return Track(notes([]), 0 if is_drum else self.program, is_drum)


def parts_of(programs: Sequence[int]) -> list[Part]:
    """Return the parts of some instruments, from the top down.

    A keyboard instrument has two, its hands.

    >>> [(part.hand, part.low, part.high, part.at_once) for part in parts_of([0, 42])]
    [('right hand', 48, 108, 5), ('left hand', 21, 72, 5), ('', 36, 83, 1)]
    """
    parts = []
    for program in programs:
        _, low, high = of_part(program)
        hands = HANDS if has_two_hands(program) else (("", (low, high)),)
        parts += [Part(program, max(low, least), min(high, most), polyphony(program), hand)
                  for hand, (least, most) in hands]  # fmt: skip
    return parts


def named(score: Score, parts: Sequence[Part]) -> Score:
    """Return a score whose last tracks are named by their parts."""
    first = len(score.tracks) - len(parts)
    hands = [replace(track, name=f"{track.name.rstrip(' 0123456789')} {part.hand}") if part.hand else track
             for track, part in zip(name_tracks(score.tracks[first:]), parts, strict=True)]  # fmt: skip
    return replace(score, tracks=(*score.tracks[:first], *hands))


def region_of_parts(score: Score, parts: Sequence[Part], written: Sequence[bool]) -> Region:
    """Return the region of whole parts of a score, within their ranges and polyphony.

    parts    of its last tracks; those before are kept
    written  which of them are to be written
    """
    n_kept = len(score.tracks) - len(parts)
    cells = np.zeros((n_bars(score), len(score.tracks)), dtype=bool)
    cells[:, n_kept:] = written
    ranges = ((0, 127),) * n_kept + tuple((part.low, part.high) for part in parts)
    most = (0,) * n_kept + tuple(part.at_once for part in parts)
    return Region(cells, np.zeros(len(cells), dtype=bool), np.full(cells.shape, -1), ranges=ranges, polyphony=most)
