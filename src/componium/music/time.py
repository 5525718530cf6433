"""Conversion of ticks to bars, beats and seconds, vectorized.

Ticks and seconds are both counted from the start of the score.

>>> from componium.music.score import Score, Meter, Track, notes
>>> score = Score(tracks=(Track(notes([(0, 1920, 60)])),), meters=(Meter(0, 3, 4),))
>>> bar_lines(score).tolist()
[0, 1440, 2880]
>>> float(tick_to_second(score, 480))
0.5
"""

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.music.bars import bar_quarters, beat_quarters, stretches, with_first_meter
from componium.music.events import DEFAULT_QPM, Meter
from componium.music.score import Score

__all__ = [
    "bar_lines", "bar_number", "bar_numbers", "bar_quarters", "beat_lines", "beat_quarters", "duration_seconds",
    "meters_of", "n_bars", "second_to_tick", "tick_to_second",
]  # fmt: skip


def meters_of(score: Score) -> tuple[Meter, ...]:
    """Return the score's meters, with 4/4 at the start if there is none."""
    return with_first_meter(score.meters)


def bar_lines(score: Score, end: int | None = None) -> NDArray[np.int64]:
    """Return the ticks of all bar lines from 0 to the first at or after `end`.

    `end` is a tick (default: the score's end). A change of meter starts a new bar, cutting the one before short. An
    empty score has one bar line, at 0.
    """
    lines, last = [], np.zeros(1, dtype=np.int64)
    stretched = stretches(score.meters, score.ticks_per_quarter, score.end if end is None else end)
    for start, limit, length, count in stretched:
        ticks = np.arange(count + 1, dtype=np.int64) * length.numerator // length.denominator + start
        last = ticks[-1:] if limit is None else np.minimum(ticks[-1:], limit)
        lines.append(ticks[:-1])
    return np.concatenate([*lines, last])


def bar_numbers(lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each bar between lines, as on a page.

    It is from 1, or from 0 for a pickup. A first bar that is shorter than the second is a pickup.
    """
    lengths = np.diff(lines)
    pickup = len(lengths) > 1 and lengths[0] < lengths[1]
    return np.arange(len(lengths)) + (0 if pickup else 1)


def bar_number(score: Score, bar: int) -> int:
    """Return the number of a bar, counted from 0, as on a page (see `bar_numbers`)."""
    numbers = bar_numbers(bar_lines(score))
    return bar + int(numbers[0]) if len(numbers) else bar + 1


def n_bars(score: Score) -> int:
    """Return the number of bars from the start to the end of the last note."""
    return score.n_bars


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
