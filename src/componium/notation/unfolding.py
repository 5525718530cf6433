"""Unfolding: music as it is played from measures as they are written.

A reader fills Measures (one for each stretch between bar lines) and Lines (the notes of a part, placed in their
measure). `perform` unfolds the repeats, merges ties, finds a tick that holds every time exactly, and lays the bars.

Times are in the reader's units, `per_quarter` of them to a quarter: int, or Fraction where int is not exact.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from componium.errors import LimitError
from componium.music.score import NOTE, Meter, Track, type_notes
from componium.notation.repeats import Measure, type_time

TIE_START, TIE_STOP = 1, 2
MAX_NOTES = 2_000_000
MAX_QUARTERS = 1_000_000  # about the 12 hours of the other readers, at 1400 quarters a minute
MAX_TICKS_PER_QUARTER = 0x7FFF
MAX_UNITS = 1 << 24  # per quarter, so that 64 bits hold the longest piece
TOLERANCE = Fraction(1, 50)  # of a bar; a measure that misses its meter by less was rounded in the file

T = TypeVar("T")


@dataclass(slots=True)
class Line:
    """Part as written: rows of notes, and how it sounds.

    A row is (measure, onset in the measure, duration, pitch, velocity, voice, tie); measures never decrease.
    """

    rows: list[Any] = field(default_factory=list)
    name: str = ""
    program: int = 0
    is_drum: bool = False


def infer_meters(lengths: Sequence[int], meters: Sequence[tuple[int, int] | None], per_quarter: int) -> list[Meter]:
    """Return the meters, in ticks, of measures played one after another.

    Short measures that fill one bar together (the end of a repeated section and the pickup of its repeat) are one bar;
    a first one that stays short is a pickup; the last one may be short. Any other length is a meter of its own.

    >>> infer_meters([1, 4, 3, 1, 4, 3], [(4, 4)] * 6, 1)
    [Meter(tick=0, numerator=1, denominator=4), Meter(tick=1, numerator=4, denominator=4)]
    """
    result: list[Meter] = []
    tick, cut = 0, False
    for length, meter, last in _bars(lengths, meters, per_quarter):
        own, exact = _infer_meter(length, meter, per_quarter, last)
        if cut or not result or (result[-1].numerator, result[-1].denominator) != own:
            result.append(Meter(tick, *own))
        tick, cut = tick + length, not exact
    return result


def _bars(
    lengths: Sequence[int], meters: Sequence[tuple[int, int] | None], per_quarter: int
) -> Iterator[tuple[int, tuple[int, int] | None, bool]]:
    """Yield measures joined to bars: (length, nominal meter, is the last with music)."""
    at, stop = 0, max((at for at, length in enumerate(lengths) if length), default=-1) + 1
    while at < stop:
        meter = meters[at]
        full = _full(meter, per_quarter)
        total, until = lengths[at], at + 1
        while total < full and until < stop and lengths[until] < full:
            total, until = total + lengths[until], until + 1
        if total != full:  # they do not fill a bar together, so each is one
            total, until = lengths[at], at + 1
        if total:
            yield total, meter, until >= stop
        at = until


def _full(meter: tuple[int, int] | None, per_quarter: int) -> Fraction:
    return Fraction(4 * meter[0] * per_quarter, meter[1]) if meter else Fraction(0)


def _infer_meter(
    length: int, meter: tuple[int, int] | None, per_quarter: int, last: bool
) -> tuple[tuple[int, int], bool]:
    """Return the meter to write for a bar, and True if it divides the bar exactly."""
    if meter:
        full = _full(meter, per_quarter)
        if length % full == 0 or (last and length < full):
            return meter, True
    denominator = meter[1] if meter else 4
    while denominator < 128 and length * denominator % (4 * per_quarter):
        denominator *= 2
    while denominator > 1 and -(-length * denominator // (4 * per_quarter)) > 255:
        denominator //= 2
    numerator = -(-length * denominator // (4 * per_quarter))
    return (min(numerator, 255), denominator), numerator * 4 * per_quarter == length * denominator


@dataclass(slots=True)
class Played:
    """Measures in the order played, on ticks: the result of `perform`."""

    ticks_per_quarter: int
    order: list[int]
    starts: NDArray[np.int64]  # the tick where each played measure starts
    meters: list[Meter]
    tracks: list[Track]
    _scale: Callable[[NDArray[Any]], NDArray[np.int64]]

    def replay(self, events: Iterable[tuple[int, type_time, T]], *, holds: bool = True) -> list[tuple[int, T]]:
        """Return (tick, value) of events written at (measure, onset in it).

        What `holds` is stated again after a jump back.
        """
        written: dict[int, list[tuple[type_time, T]]] = {}
        for measure, onset, value in sorted(events, key=lambda event: event[:2]):
            written.setdefault(measure, []).append((onset, value))
        in_force = _in_force(written, len(self.starts) and max(self.order) + 1) if holds else {}
        result: list[tuple[int, T]] = []
        for measure, start in zip(self.order, self.starts.tolist(), strict=True):
            here = written.get(measure, [])
            if measure in in_force and not (here and here[0][0] <= 0):
                here = [(0, in_force[measure]), *here]
            for onset, value in here:
                if not (holds and result and result[-1][1] == value):
                    result.append((start + max(int(self._scale(np.array([onset]))[0]), 0), value))
        return result


def _in_force(written: dict[int, list[tuple[type_time, T]]], n_measures: int) -> dict[int, T]:
    result: dict[int, T] = {}
    for measure in range(n_measures):
        if measure and written.get(measure - 1):
            result[measure] = written[measure - 1][-1][1]
        elif measure - 1 in result:
            result[measure] = result[measure - 1]
    return result


def perform(measures: Sequence[Measure], lines: Sequence[Line], per_quarter: int, order: list[int]) -> Played:
    """Return tracks, bars and clock of a piece played in `order`.

    A measure within 2 % of its meter is as long as the meter. Raises LimitError over 2 million notes.
    """
    fits = _rounded_measures(measures, per_quarter)
    columns = [_columns(_fit_rows(line.rows, fits) if fits else line.rows) for line in lines]
    lengths = np.array([fits.get(at, measure.length) for at, measure in enumerate(measures)] or [0])
    tables = [lengths, *(column[:, 1:3] for column in columns)]
    fine = _common_denominator(tables, MAX_UNITS // per_quarter)
    per_quarter *= fine
    step = gcd(per_quarter, *(int(np.gcd.reduce(_whole(table, fine), axis=None)) for table in tables))
    ticks_per_quarter = _resolution(per_quarter // step)

    def scale(times: NDArray[Any]) -> NDArray[np.int64]:
        return _to_ticks(_whole(times, fine), ticks_per_quarter, per_quarter)

    ends = np.concatenate([[0], np.cumsum(_whole(lengths, fine)[order])])
    if ends[-1] > MAX_QUARTERS * per_quarter:
        raise LimitError("the piece is too long", expected=f"at most {MAX_QUARTERS} quarters")
    starts = _to_ticks(ends, ticks_per_quarter, per_quarter)
    _check_size(columns, len(measures), order)
    tracks = [
        Track(_line_notes(column, len(measures), order, starts, scale), line.program, line.is_drum, line.name)
        for column, line in zip(columns, lines, strict=True)
    ]
    meters = infer_meters(np.diff(starts).tolist(), [measures[at].meter for at in order], ticks_per_quarter)
    return Played(ticks_per_quarter, order, starts[:-1], meters, tracks, scale)


def _rounded_measures(measures: Sequence[Measure], per_quarter: int) -> dict[int, type_time]:
    """Map the measures that miss their meter by a rounding to their full length."""
    result: dict[int, int | Fraction] = {}
    for at, measure in enumerate(measures):
        full = _full(measure.meter, per_quarter)
        if measure.length != full and abs(measure.length - full) <= TOLERANCE * full:
            result[at] = int(full) if full.denominator == 1 else full
    return result


def _fit_rows(rows: list[Any], fits: dict[int, type_time]) -> list[Any]:
    """Return the rows, in rounded measures stretched to end with the measure."""
    ends: dict[tuple[int, int], type_time] = {}
    for measure, onset, duration, _, _, voice, _ in rows:
        end = onset + duration
        if measure in fits and end > ends.get((measure, voice), 0):
            ends[measure, voice] = end
    return [_fit_row(row, fits[row[0]], ends[row[0], row[5]]) if row[0] in fits else row for row in rows]


def _fit_row(row: Any, full: int | Fraction, end: int | Fraction) -> Any:
    measure, onset, duration, *others = row
    if end == full or abs(Fraction(end) - full) > TOLERANCE * full:
        return row
    start, stop = (full if time == end else round(Fraction(time) * full / end) for time in (onset, onset + duration))
    return (measure, start, stop - start, *others)


def _columns(rows: list[Any]) -> NDArray[Any]:
    return np.array(rows).reshape(-1, 7)


def _common_denominator(tables: Sequence[NDArray[Any]], limit: int) -> int:
    """Return a factor that makes all times whole, or 1 beyond the limit.

    Then times are rounded.
    """
    denominators = {value.denominator for table in tables if table.dtype == object for value in table.flat}
    result = 1
    for denominator in denominators:
        result = lcm(result, denominator)
        if result > limit:
            return 1
    return result


def _whole(times: NDArray[Any], fine: int) -> NDArray[np.int64]:
    if times.dtype != object:
        return times.astype(np.int64) * fine
    rounded = [round(value * fine) for value in times.flat]
    return np.array(rounded, dtype=np.int64).reshape(times.shape)


def _resolution(needed: int) -> int:
    """Return ticks per quarter that hold multiples of 1/needed quarter.

    It is a multiple of 480 where that can be.
    """
    for base in (480, 1):
        if lcm(needed, base) <= MAX_TICKS_PER_QUARTER:
            return lcm(needed, base)
    return 10080


def _to_ticks(times: NDArray[np.int64], ticks_per_quarter: int, per_quarter: int) -> NDArray[np.int64]:
    """Return the nearest ticks, halves up.

    Times are absolute or within a measure, so rounding can't add up.
    """
    shrink = gcd(ticks_per_quarter, per_quarter)
    above, below = ticks_per_quarter // shrink, per_quarter // shrink
    return times * above if below == 1 else (2 * times * above + below) // (2 * below)


def _check_size(columns: Sequence[NDArray[Any]], n_measures: int, order: list[int]) -> None:
    for column in columns:
        per_measure = np.bincount(column[:, 0].astype(np.int64), minlength=n_measures)
        if int(per_measure[order].sum()) > MAX_NOTES:
            raise LimitError("too many notes", expected=f"at most {MAX_NOTES} once the repeats are unfolded")


def _line_notes(
    column: NDArray[Any],
    n_measures: int,
    order: list[int],
    starts: NDArray[np.int64],
    scale: Callable[[NDArray[Any]], NDArray[np.int64]],
) -> type_notes:
    """Return the notes of one part, in ticks, repeats unfolded and ties merged."""
    at_measure = column[:, 0].astype(np.int64)
    bounds = np.searchsorted(at_measure, np.arange(n_measures + 1))
    played = np.array(order, dtype=np.int64)
    counts = bounds[played + 1] - bounds[played]
    ends = np.cumsum(counts)
    take = np.arange(ends[-1] if len(ends) else 0) + np.repeat(bounds[played] - (ends - counts), counts)
    shift = np.repeat(starts[:-1], counts)
    onset, offset = scale(column[:, 1]), scale(column[:, 1] + column[:, 2])
    array = np.zeros(len(take), dtype=NOTE)
    array["onset"] = onset[take] + shift
    array["duration"] = np.maximum(offset - onset, 1)[take]
    for name, at in (("pitch", 3), ("velocity", 4), ("voice", 5)):
        array[name] = column[:, at][take]
    return _merge_ties(array, column[:, 6][take].astype(np.int64))


def _merge_ties(array: type_notes, ties: NDArray[np.int64]) -> type_notes:
    """Merge tied notes of one pitch, each ending where the next starts.

    The next one is of the same voice if it can be.
    """
    tied = np.flatnonzero(ties)
    if not len(tied):
        return array
    keep = np.ones(len(array), dtype=bool)
    open_at: dict[tuple[int, int], dict[int, int]] = {}  # (pitch, where it ends) -> voice -> the note that began it
    by_time = tied[np.argsort(array["onset"][tied], kind="stable")]
    columns = (array[name][by_time].tolist() for name in ("onset", "duration", "pitch", "voice"))
    for at, onset, duration, pitch, voice, tie in zip(by_time.tolist(), *columns, ties[by_time].tolist(), strict=True):
        heads = open_at.get((pitch, onset)) if tie & TIE_STOP else None
        head = heads.pop(voice if voice in heads else next(iter(heads))) if heads else None
        if head is not None:
            array["duration"][head] += duration
            keep[at] = False
        if tie & TIE_START:
            open_at.setdefault((pitch, onset + duration), {})[voice] = at if head is None else head
    return array[keep]
