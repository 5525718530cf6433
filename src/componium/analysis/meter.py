"""The meter of a piece as a whole."""

from componium.music.score import Meter, Score
from componium.music.time import meters_of


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
