"""Conversion of ticks to bars, beats and seconds, vectorized.

Ticks and seconds are both counted from the start of the score.

>>> from componium.music.score import Score, Meter, Track, notes
>>> score = Score(tracks=(Track(notes([(0, 1920, 60)])),), meters=(Meter(0, 3, 4),))
>>> bar_lines(score).tolist()
[0, 1440, 2880]
>>> float(tick_to_second(score, 480))
0.5
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.music.score import DEFAULT_QPM, Meter, Score


def bar_quarters(meter: Meter) -> Fraction:
    """Return the length of a bar in quarters, exact."""
    return Fraction(4 * meter.numerator, meter.denominator)


def beat_quarters(meter: Meter) -> Fraction:
    """Return the length of a beat in quarters, exact.

    A beat is the lower number of the meter, or three of them in compound meters (6/8, 9/8, 12/8).
    """
    compound = meter.numerator > 3 and meter.numerator % 3 == 0 and meter.denominator >= 8
    return Fraction(4 * (3 if compound else 1), meter.denominator)


def meters_of(score: Score) -> tuple[Meter, ...]:
    """Return the score's meters, with 4/4 at the start if there is none."""
    if score.meters and score.meters[0].tick == 0:
        return score.meters
    return (Meter(0, 4, 4), *score.meters)


def bar_lines(score: Score, end: int | None = None) -> NDArray[np.int64]:
    """Return the ticks of all bar lines from 0 to the first at or after `end`.

    `end` is a tick (default: the score's end). A change of meter starts a new bar, cutting the one before short. An
    empty score has one bar line, at 0.
    """
    lines, last = [], np.zeros(1, dtype=np.int64)
    for start, limit, length, count in _stretches(score, score.end if end is None else end):
        ticks = np.arange(count + 1, dtype=np.int64) * length.numerator // length.denominator + start
        last = ticks[-1:] if limit is None else np.minimum(ticks[-1:], limit)
        lines.append(ticks[:-1])
    return np.concatenate([*lines, last])


def n_bars(score: Score) -> int:
    """Return the number of bars from the start to the end of the last note."""
    return sum(count for *_, count in _stretches(score, score.end))


def _stretches(score: Score, end: int) -> Iterator[tuple[int, int | None, Fraction, int]]:
    """Yield the stretches under one meter, up to `end`.

    Each is its start, the next one's start (None for the last), the ticks of a bar, and the bars begun before `end`.
    """
    meters = meters_of(score)
    for meter, following in zip(meters, (*meters[1:], None), strict=True):
        stop = end if following is None else min(following.tick, end)
        length = max(bar_quarters(meter) * score.ticks_per_quarter, Fraction(1))
        yield meter.tick, following.tick if following else None, length, max(-(-(stop - meter.tick) // length), 0)
        if stop == end:
            return


def beat_lines(score: Score) -> NDArray[np.int64]:
    """Return the ticks of all beats from the start to the last bar line (included)."""
    bars = bar_lines(score)
    meters = meters_of(score)
    which = np.searchsorted([meter.tick for meter in meters], bars[:-1], side="right") - 1
    beats = []
    for start, stop, at in zip(bars[:-1].tolist(), bars[1:].tolist(), which, strict=True):
        length = max(beat_quarters(meters[at]) * score.ticks_per_quarter, Fraction(1))
        count = -(-(stop - start) // length)
        beats.append(np.arange(count, dtype=np.int64) * length.numerator // length.denominator + start)
    return np.concatenate([*beats, bars[-1:]])


def _tempo_map(score: Score) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the ticks and seconds of tempo changes, and seconds a tick after each."""
    events = [(tempo.tick, tempo.qpm) for tempo in score.tempos]
    if not events or events[0][0] > 0:
        events.insert(0, (0, DEFAULT_QPM))
    ticks = np.array([tick for tick, _ in events], dtype=np.int64)
    rate = 60.0 / (np.array([qpm for _, qpm in events]) * score.ticks_per_quarter)
    seconds = np.concatenate([[0.0], np.cumsum(np.diff(ticks) * rate[:-1])])
    return ticks, seconds, rate


def tick_to_second(score: Score, tick: ArrayLike) -> NDArray[np.float64]:
    """Return the time in seconds of each tick (any shape)."""
    ticks, seconds, rate = _tempo_map(score)
    at = np.searchsorted(ticks, np.asarray(tick), side="right") - 1
    result: NDArray[np.float64] = seconds[at] + (np.asarray(tick) - ticks[at]) * rate[at]
    return result


def second_to_tick(score: Score, second: ArrayLike) -> NDArray[np.int64]:
    """Return the tick nearest to each time in seconds (any shape, >= 0)."""
    ticks, seconds, rate = _tempo_map(score)
    at = np.searchsorted(seconds, np.asarray(second), side="right") - 1
    return np.rint(ticks[at] + (np.asarray(second) - seconds[at]) / rate[at]).astype(np.int64)


def duration_seconds(score: Score) -> float:
    """Return the length of the score in seconds, to the end of its last note."""
    return float(tick_to_second(score, score.end))
