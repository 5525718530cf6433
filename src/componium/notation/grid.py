"""Grids: times rounded to what can be printed, and bars laid by the meters.

Conventions
- Times are in units, QUARTER of them to a quarter note: every position that is printed is a whole number of them.
- Beats are quarters counted from the bar line. The times that one voice has in a beat are left alone if they lie on one
  grid of EXACT (down to 128ths, 64th triplets, quintuplets, septuplets, nonuplets). Else they go to the COARSE grid
  that moves them least: 16ths, triplets, 32nds.
- Where more than a quarter of the beats of a voice lie on no grid, it was played, not written, and all of it is moved.
- Meters change on multiples of a 128th; a bar cut short by the next meter has a meter of its own.
"""

from collections import defaultdict
from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from componium.errors import LimitError
from componium.music.score import Meter, Score, type_notes
from componium.music.time import meters_of
from componium.notation.repeats import MAX_PLAYED
from componium.notation.unfolding import MAX_QUARTERS

QUARTER = 322_560  # 2^10 * 3^2 * 5 * 7: whole numbers down to a ninth of a 128th
FINEST = QUARTER // 32  # a 128th note
EXACT = (32, 24, 20, 28, 18)  # steps to a quarter
COARSE = ((4, 0.0), (3, 0.01), (8, 0.02), (6, 0.03))  # steps to a quarter, and the quarters a time that each costs
EVENT_GRID = QUARTER // 24  # of tempos and chord symbols

type_bar = tuple[int, int, Meter]  # onset, duration, meter (its tick is the onset)


def to_units(ticks: NDArray[np.int64], ticks_per_quarter: int) -> NDArray[np.int64]:
    """Return ticks as units, the nearest.

    Raises LimitError beyond a million quarters.
    """
    if len(ticks) and int(ticks.max()) > MAX_QUARTERS * ticks_per_quarter:
        raise LimitError("the piece is too long to print", expected=f"at most {MAX_QUARTERS} quarters")
    return (2 * ticks * QUARTER + ticks_per_quarter) // (2 * ticks_per_quarter)


def round_to(unit: int, step: int) -> int:
    """Return the multiple of `step` nearest to a time, the later of two."""
    return (2 * unit + step) // (2 * step) * step


def lay_bars(score: Score, end: int) -> list[type_bar]:
    """Return the bars from the start to `end` (in units), at least one.

    Raises LimitError over 100,000.
    """
    changes = {_moved(meter.tick, score): meter for meter in meters_of(score)}
    ticks = sorted(changes)
    bars: list[type_bar] = []
    for at, until in zip(ticks, [*ticks[1:], max(end, 1)], strict=True):
        bars += _bars_of(changes[at], at, until, cut=until != max(end, 1))
        if until >= max(end, 1):
            break
    return [bar for bar in bars if bar[0] < max(end, 1)]


def _moved(tick: int, score: Score) -> int:
    at = min(tick, (MAX_QUARTERS + 1) * score.ticks_per_quarter)  # beyond the end of anything, it only has to sort
    return round_to(at * QUARTER // score.ticks_per_quarter, FINEST)


def _bars_of(meter: Meter, at: int, until: int, *, cut: bool) -> list[type_bar]:
    length = 4 * QUARTER * meter.numerator // meter.denominator
    if (until - at) // length > MAX_PLAYED:
        raise LimitError("the piece is too long to print", expected=f"at most {MAX_PLAYED} bars")
    bars = []
    for onset in range(at, until, length):
        duration = min(length, until - onset) if cut else length
        bars.append((onset, duration, Meter(onset, *_meter_of(meter, duration, length))))
    return bars


def _meter_of(meter: Meter, duration: int, length: int) -> tuple[int, int]:
    """Return the meter of a bar: its own, or one as long as the next meter leaves it."""
    if duration == length:
        return meter.numerator, meter.denominator
    denominator = min(meter.denominator, 16)  # a bar of 91/128 that is cut to 90/128 is one of 45/64, as it is read
    while denominator < 128 and duration * denominator % (4 * QUARTER):
        denominator *= 2
    return min(max(duration * denominator // (4 * QUARTER), 1), 255), denominator


def quantize_notes(notes: type_notes, ticks_per_quarter: int, bars: list[type_bar]) -> list[tuple[int, ...]]:
    """Return rows of (onset, end, pitch, velocity, voice) in units, printable."""
    onsets = to_units(notes["onset"], ticks_per_quarter)
    ends = to_units(notes["onset"] + notes["duration"], ticks_per_quarter)
    rows: list[tuple[int, ...]] = []
    for voice in np.unique(notes["voice"]).tolist():
        inside = notes["voice"] == voice
        clock = _Clock(np.concatenate([onsets[inside], ends[inside]]), bars)
        others = (notes[name][inside].tolist() for name in ("pitch", "velocity"))
        for onset, end, pitch, velocity in zip(onsets[inside].tolist(), ends[inside].tolist(), *others, strict=True):
            rows.append((*clock.moved(onset, end), pitch, velocity, voice))
    return rows


class _Clock:
    """Grids of the beats in which one voice has times."""

    def __init__(self, times: NDArray[np.int64], bars: list[type_bar]) -> None:
        self.bars = bars
        self.starts = np.array([bar[0] for bar in bars])
        unique = np.unique(times)
        which = np.searchsorted(self.starts, unique, side="right") - 1
        beats: dict[tuple[int, int], list[int]] = defaultdict(list)
        for at, time in zip(which.tolist(), unique.tolist(), strict=True):
            place = time - bars[at][0]
            beats[at, place // QUARTER].append(place % QUARTER)
        exact = {beat: _is_exact(places) for beat, places in beats.items()}
        written = 4 * sum(exact.values()) >= 3 * len(exact)
        self.coarse = {beat: _best(beats[beat]) for beat in beats if not (written and exact[beat])}

    def moved(self, onset: int, end: int) -> tuple[int, int]:
        start, points, at = self._place(onset)
        stop, others, to = self._place(end)
        first, last = start + points[at], stop + others[to]
        if first < last:
            return first, last
        return (first, start + points[at + 1]) if at + 1 < len(points) else (start + points[at - 1], first)

    def _place(self, time: int) -> tuple[int, tuple[int, ...], int]:
        """Return the start of a time's beat, its grid points, and the nearest of them."""
        at = int(np.searchsorted(self.starts, time, side="right")) - 1
        onset, duration, _ = self.bars[at]
        beat = (time - onset) // QUARTER
        start = onset + beat * QUARTER
        steps = self.coarse.get((at, beat))
        if steps is None:
            return start, (time - start,), 0
        points = _points(steps, min(QUARTER, max(onset + duration - start, 1)))
        return start, points, min(range(len(points)), key=lambda i: (abs(points[i] - (time - start)), i))


def _is_exact(places: list[int]) -> bool:
    step = gcd(QUARTER, *places)
    return any(step % (QUARTER // steps) == 0 for steps in EXACT)


def _best(places: list[int]) -> int:
    def cost(steps: int, penalty: float) -> float:
        step = QUARTER // steps
        return sum(abs(round_to(place, step) - place) / QUARTER + penalty for place in places)

    return min(COARSE, key=lambda grid: cost(*grid))[0]


@lru_cache(maxsize=256)
def _points(steps: int, length: int) -> tuple[int, ...]:
    """Return the positions of a grid in a beat of `length`, start and end included."""
    return (*range(0, length, QUARTER // steps), length)
