"""Folding: music that is played out as measures with repeats and endings.

The inverse of the unfolding that readers do. A passage of 4 to 64 measures that comes twice in succession is written
once, |: :|, the longest one first; if its last measures differ, they are first and second endings. It is folded only
where that is exact: the same notes, voices, chord symbols and meter, no tie across a repeat's ends, and no change of
meter, key or tempo but where the passage begins.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from componium.music.types import type_mask
from componium.notation.sheet import Measure, Notation

SHORTEST, LONGEST = 4, 64  # measures of a passage


@dataclass(frozen=True, slots=True)
class Written:
    """A measure that is written: its place among those played, and its signs.

    forward   |: at its start; backward, :| at its end
    ending    1 or 2 in an ending, which is one measure; else 0
    is_last   whether it is the last that is written
    """

    at: int
    forward: bool = False
    backward: bool = False
    ending: int = 0
    is_last: bool = False


def fold(notation: Notation) -> list[Written]:
    """Return the measures to write, in order.

    >>> from componium.music.score import Score, Track, notes
    >>> from componium.notation.sheet import notate
    >>> rows = [(480 * at, 480, 60 + at % 16) for at in range(32)]
    >>> [(each.at, each.forward, each.backward) for each in fold(notate(Score((Track(notes(rows)),))))]
    [(0, True, False), (1, False, False), (2, False, False), (3, False, True)]
    """
    score = _Measures(notation)
    written, at = [], 0
    while at < len(score.kinds):
        may_begin = not notation.measures[at].pickup and all(place == 0 for place, _ in notation.measures[at].tempos)
        length, has_endings = score.passage(at) if may_begin else (0, False)
        written += _repeat(at, length, has_endings) if length else [Written(at)]
        at += 2 * length or 1
    written[-1] = replace(written[-1], is_last=True)
    return written


def measure_to_write(notation: Notation, number: int, written: Written) -> Measure:
    """Return a measure numbered as it is written, `number` from 0 among those written."""
    return replace(notation.measures[written.at], number=number + (not notation.measures[0].pickup))


def _kinds(notation: Notation) -> list[int]:
    """Return a number for each measure, the same for those that are written alike."""
    numbers: dict[object, int] = {}
    contents = [tuple(part.measures[at] for part in notation.parts) for at in range(len(notation.measures))]
    rows = ((parts, measure.duration, str(measure.meter), measure.chords)
            for parts, measure in zip(contents, notation.measures, strict=True))  # fmt: skip
    return [numbers.setdefault(row, len(numbers)) for row in rows]


class _Measures:
    """Measures in arrays, as folding asks for them.

    kinds   the same number for measures that are written alike
    closed  whether no note is tied into the next measure
    stop    the first measure after each that states a meter, key or tempo
    sound   the first measure from each on that has notes
    """

    def __init__(self, notation: Notation) -> None:
        self.kinds = np.array(_kinds(notation))
        places = np.arange(len(self.kinds))
        voices = [[voice for part in notation.parts for voice in part.measures[at]] for at in places.tolist()]
        self.closed = np.array([not any(event.tie_start for voice in each for event in voice.events[-1:])
                                for each in voices])  # fmt: skip
        sounds = np.array([any(event.heads for voice in each for event in voice.events) for each in voices])
        plain = np.array([not (measure.shows_meter or measure.key or measure.tempos) for measure in notation.measures])
        self.stop = np.append(_next(~plain), len(plain))[1:]
        self.sound = _next(sounds)

    def passage(self, at: int) -> tuple[int, bool]:
        """Return the length of the passage from a measure that comes twice, 0 for none.

        And whether the two have different endings.
        """
        if at and not self.closed[at - 1]:
            return 0, False
        kinds, closed = self.kinds, self.closed
        longest = min(LONGEST, (len(kinds) - at) // 2, int(self.stop[at] - at) // 2)
        lengths = np.arange(longest, SHORTEST - 1, -1)
        middle, end = at + lengths, at + 2 * lengths
        fits = (kinds[middle] == kinds[at]) & closed[middle - 1] & closed[end - 1] & (self.sound[at] < middle - 1)
        for length, mid, stop in zip(lengths[fits].tolist(), middle[fits].tolist(), end[fits].tolist(), strict=True):
            if np.array_equal(kinds[at : mid - 1], kinds[mid : stop - 1]):
                has_endings = bool(kinds[mid - 1] != kinds[stop - 1])
                if not has_endings or (closed[mid - 2] and closed[stop - 2]):
                    return length, has_endings
        return 0, False


def _next(mask: type_mask) -> NDArray[np.int64]:
    """Return the first place from each on where a mask is True, its length for none."""
    places = np.where(mask, np.arange(len(mask)), len(mask))
    first: NDArray[np.int64] = np.minimum.accumulate(places[::-1])[::-1]
    return first


def _repeat(at: int, length: int, has_endings: bool) -> list[Written]:
    last = at + length - 1
    body = [Written(each, forward=each == at) for each in range(at, last)]
    if has_endings:
        return [*body, Written(last, backward=True, ending=1), Written(last + length, ending=2)]
    return [*body, Written(last, backward=True)]
