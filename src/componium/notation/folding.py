"""Folding: music that is played out as measures with repeats and endings.

The inverse of the unfolding that readers do. A passage of 4 to 64 measures that comes twice in succession is written
once, |: :|, the longest one first; if its last measures differ, they are first and second endings. It is folded only
where that is exact: the same notes, voices, chord symbols and meter, no tie across a repeat's ends, and no change of
meter, key or tempo but where the passage begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    kinds = _kinds(notation)
    plain = [_is_plain(measure) for measure in notation.measures]
    closed = [not any(event.tie_start for part in notation.parts for voice in part.measures[at]
                      for event in voice.events[-1:]) for at in range(len(kinds))]  # fmt: skip
    sounds = [any(event.heads for part in notation.parts for voice in part.measures[at] for event in voice.events)
              for at in range(len(kinds))]  # fmt: skip
    written, at = [], 0
    while at < len(kinds):
        may_begin = not notation.measures[at].pickup and all(place == 0 for place, _ in notation.measures[at].tempos)
        length, has_endings = _passage(at, kinds, plain, closed, sounds) if may_begin else (0, False)
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
    contents = zip(*(part.measures for part in notation.parts), strict=True)
    rows = ((parts, measure.duration, str(measure.meter), measure.chords)
            for parts, measure in zip(contents, notation.measures, strict=True))  # fmt: skip
    return [numbers.setdefault(row, len(numbers)) for row in rows]


def _is_plain(measure: Measure) -> bool:
    """Return whether a measure states no meter, key or tempo."""
    return not (measure.shows_meter or measure.key or measure.tempos)


def _passage(
    at: int, kinds: Sequence[int], plain: Sequence[bool], closed: Sequence[bool], sounds: Sequence[bool]
) -> tuple[int, bool]:
    """Return the length of the passage from a measure that comes twice, 0 for none.

    And whether the two have different endings.
    """
    if at and not closed[at - 1]:
        return 0, False
    for length in range(min(LONGEST, (len(kinds) - at) // 2), SHORTEST - 1, -1):
        middle, end = at + length, at + 2 * length
        if kinds[at] != kinds[middle] or kinds[at : middle - 1] != kinds[middle : end - 1]:
            continue
        has_endings = kinds[middle - 1] != kinds[end - 1]
        ends = [middle - 1, end - 1, *([middle - 2, end - 2] if has_endings else [])]
        if all(plain[at + 1 : end]) and all(closed[each] for each in ends) and any(sounds[at : middle - 1]):
            return length, has_endings
    return 0, False


def _repeat(at: int, length: int, has_endings: bool) -> list[Written]:
    last = at + length - 1
    body = [Written(each, forward=each == at) for each in range(at, last)]
    if has_endings:
        return [*body, Written(last, backward=True, ending=1), Written(last + length, ending=2)]
    return [*body, Written(last, backward=True)]
