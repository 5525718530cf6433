"""Note values: stretches of a bar as dots, ties and tuplets.

A stretch is one value where the meter allows it, else it is cut at its strongest beat, and so on. What is allowed:
- a note crosses a beat, or half a beat, only if it begins and ends at most one level weaker (a syncopation), and is
  longer than a beat only if it begins or ends on one: so nothing crosses the middle of a 4/4 bar but from beat to beat;
- a rest crosses only what is weaker than where it begins, and is dotted only within a beat or as a compound one.
In compound meters (6/8, 9/8, 12/8) nothing crosses a beat but whole beats.

A tuplet is `actual` notes in the time of `normal`, the power of two below. Its span is a stretch of the bar's own
grid (a half, quarter, eighth... from a multiple of itself) which holds its times and cuts the fewest notes for each.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import gcd
from typing import NamedTuple

from componium.music.score import Meter
from componium.music.time import beat_quarters
from componium.notation.grid import FINEST, QUARTER

BREVE = 0  # the denominator that stands for a breve, as in Humdrum
_BAR = 9  # the level of the bar lines themselves
_NORMAL = {3: 2, 5: 4, 7: 4, 9: 8}
_PLAIN = {8 * QUARTER: BREVE, **{4 * QUARTER >> power: 1 << power for power in range(11)}}
VALUES = {  # length in units: (denominator, dots)
    **{3 * length // 2: (denominator, 1) for length, denominator in _PLAIN.items() if denominator < 512},
    **{length: (denominator, 0) for length, denominator in _PLAIN.items()},
}


class Tuplet(NamedTuple):
    """Tuplet: `actual` notes of 1/`denominator` in the time of `normal` of them."""

    actual: int
    normal: int
    denominator: int


class Value(NamedTuple):
    """Printed value: its onset in the bar, its duration (units), its notation."""

    onset: int
    duration: int
    denominator: int
    dots: int
    tuplet: Tuplet | None = None


class Window(NamedTuple):
    """Span of one tuplet."""

    start: int
    end: int
    tuplet: Tuplet


def find_windows(bounds: Sequence[int], rests: Sequence[tuple[int, int]], meter: Meter) -> list[Window]:
    """Return the tuplets of a bar whose values begin and end at `bounds`.

    The bounds are sorted, the bar's end last.
    """
    windows: list[Window] = []
    for place in bounds:
        if place % FINEST and not (windows and place < windows[-1].end):
            windows.append(_window(place, bounds, rests, meter, windows[-1].end if windows else bounds[0]))
    return windows


def _window(place: int, bounds: Sequence[int], rests: Sequence[tuple[int, int]], meter: Meter, free: int) -> Window:
    longest = QUARTER // 2 if _is_compound(meter) else 4 * QUARTER
    best: tuple[float, Window] | None = None
    length = FINEST
    while length <= longest:
        start = place // length * length
        end = start + length
        tuplet = _tuplet(length, [bound - start for bound in bounds if start < bound < end])
        if tuplet and start >= free and end <= bounds[-1]:
            cuts = sum(edge not in bounds and not _in_rest(edge, rests, length) for edge in (start, end))
            cost = cuts / sum(start < bound < end and bound % FINEST != 0 for bound in bounds)
            if best is None or cost < best[0]:
                best = cost, Window(start, end, tuplet)
        length *= 2
    assert best, "quantize_notes leaves no time that isn't on a grid of a 128th's parts"
    return best[1]


def _in_rest(edge: int, rests: Sequence[tuple[int, int]], length: int) -> bool:
    """Return True if a tuplet of a quarter or more ends within a rest.

    The rest may be cut there.
    """
    return length >= QUARTER and any(start < edge < end for start, end in rests)


def _tuplet(length: int, places: Sequence[int]) -> Tuplet | None:
    actual = length // gcd(length, *places)
    while actual % 2 == 0:
        actual //= 2
    normal = _NORMAL.get(actual)
    broad = length > QUARTER and any(place * actual % length for place in places)  # only whole units in a broad one
    return Tuplet(actual, normal, 4 * QUARTER * normal // length) if normal and not broad else None


def split_value(start: int, end: int, bar: int, meter: Meter, *, rest: bool) -> Iterator[Value]:
    """Yield the values of a note or rest outside tuplets, in a bar of length `bar`."""
    levels = _levels(meter)
    while not _is_allowed(start, end, bar, levels, rest=rest):
        cut = _strongest(start, end, levels)
        yield from split_value(start, cut, bar, meter, rest=rest)
        start = cut
    yield Value(start, end - start, *VALUES[end - start])


def split_in_tuplet(start: int, end: int, window: Window) -> Iterator[Value]:
    """Yield the values of a note or rest inside a tuplet, in order."""
    actual, normal, _ = window.tuplet
    first, last = ((time - window.start) * actual // normal for time in (start, end))
    while first < last:
        stop = last
        while stop - first not in VALUES:
            stop = _roundest(first, stop)
        onset, duration = window.start + first * normal // actual, (stop - first) * normal // actual
        yield Value(onset, duration, *VALUES[stop - first], window.tuplet)
        first = stop


def _roundest(start: int, end: int) -> int:
    """Return the last multiple of the longest plain value possible between two times."""
    return next(last for length in _PLAIN if (last := (end - 1) // length * length) > start)


class _Levels(NamedTuple):
    beat: int  # the length of a beat
    beat_level: int
    units: tuple[tuple[int, int], ...]  # (length, level) of what the bar divides into, strongest first
    compound: bool


def _is_compound(meter: Meter) -> bool:
    return beat_quarters(meter).numerator == 3 and meter.numerator > 3


@lru_cache(maxsize=256)
def _levels(meter: Meter) -> _Levels:
    compound = _is_compound(meter)
    beat = int(beat_quarters(meter) * QUARTER)
    beat_level, below = (3, beat // 3) if compound else (2, beat // 2)
    n_beats = meter.numerator // 3 if compound else meter.numerator
    units = [(2 * beat, beat_level + 1)] if n_beats in (4, 8) else []
    units.append((beat, beat_level))
    level = 1
    while below >= FINEST:
        units.append((below, level))
        below, level = below // 2, level - 1
    return _Levels(beat, beat_level, tuple(units), compound)


def _level(place: int, bar: int, levels: _Levels) -> int:
    if place in (0, bar):
        return _BAR
    return next((level for length, level in levels.units if place % length == 0), -_BAR)


def _crossed(start: int, end: int, levels: _Levels) -> tuple[int, int] | None:
    """Return (length, level) of the strongest unit with a line strictly inside."""
    return next((unit for unit in levels.units if (start // unit[0] + 1) * unit[0] < end), None)


def _is_allowed(start: int, end: int, bar: int, levels: _Levels, *, rest: bool) -> bool:
    length = end - start
    if length not in VALUES:
        return False
    crossed = _crossed(start, end, levels)
    if crossed is None:
        return True
    first, last = (_level(place, bar, levels) for place in (start, end))
    if rest:
        dotted = VALUES[length][1] and length >= levels.beat and not (levels.compound and length % levels.beat == 0)
        return first > crossed[1] and not dotted
    long = length > levels.beat and max(first, last) < levels.beat_level
    return min(first, last) >= crossed[1] - 1 and not long


def _strongest(start: int, end: int, levels: _Levels) -> int:
    """Return the line of the strongest unit inside, nearest to the middle."""
    crossed = _crossed(start, end, levels)
    assert crossed, "what crosses nothing is less than a 128th, and those are in tuplets"
    length = crossed[0]
    first, last = (start // length + 1) * length, (end - 1) // length * length
    near = (start + end - 1) // 2 // length * length
    lines = (max(min(line, last), first) for line in (near, near + length))
    return min(lines, key=lambda line: abs(2 * line - start - end))
