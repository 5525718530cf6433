"""The meter of a piece as a whole, and its upbeat."""

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Meter, Score
from componium.music.time import bar_lines, bar_quarters, meters_of


def main_meter(score: Score) -> Meter:
    """Return the meter that is in force for the longest time.

    So it is neither that of the pickup nor that of a bar cut short at a repeat.
    """
    meters = meters_of(score)
    stops = [*(meter.tick for meter in meters[1:]), max(score.end, meters[-1].tick)]
    lasting: dict[str, int] = {}
    for meter, stop in zip(meters, stops, strict=True):
        lasting[str(meter)] = lasting.get(str(meter), 0) + stop - meter.tick
    return max(meters, key=lambda meter: lasting[str(meter)])


def pickup_ticks(score: Score) -> int:
    """Return the length of the pickup in ticks, 0 if there is none.

    It is a first bar that is shorter than a bar of the main meter, and is followed by another bar.
    """
    lines = bar_lines(score)
    first = int(lines[1]) if len(lines) > 2 else 0
    return first if first < bar_quarters(main_meter(score)) * score.ticks_per_quarter else 0


def whole_bar_lines(score: Score) -> NDArray[np.int64]:
    """Return the ticks of the bar lines from the first whole bar on, past a pickup.

    The last bar counts as whole though its end be left to the pickup of the next.
    """
    return bar_lines(score)[1 if pickup_ticks(score) else 0:]


def counted_bars(score: Score) -> int:
    """Return the number of bars; a pickup and the bar that completes it are one."""
    lines = bar_lines(score)
    return len(lines) - 1 - int(last_line(score) < lines[-1])


def last_line(score: Score) -> int:
    """Return the end of the last bar in ticks, earlier by a pickup that it completes."""
    lines, pickup = bar_lines(score), pickup_ticks(score)
    end = int(lines[-1]) - pickup
    full = bar_quarters(main_meter(score)) * score.ticks_per_quarter
    is_complete = pickup > 0 and score.end <= end and lines[-1] - lines[-2] == full
    return end if is_complete else int(lines[-1])
