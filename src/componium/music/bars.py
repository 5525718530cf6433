"""Bars under changing meters, in ticks."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from componium.music.events import Meter


def bar_quarters(meter: Meter) -> Fraction:
    """Return the length of a bar in quarters, exact."""
    return Fraction(4 * meter.numerator, meter.denominator)


def beat_quarters(meter: Meter) -> Fraction:
    """Return the length of a beat in quarters, exact.

    A beat is the lower number of the meter, or three of them in compound meters (6/8, 9/8, 12/8).
    """
    compound = meter.numerator > 3 and meter.numerator % 3 == 0 and meter.denominator >= 8
    return Fraction(4 * (3 if compound else 1), meter.denominator)


def with_first_meter(meters: Sequence[Meter]) -> tuple[Meter, ...]:
    """Return the meters, with 4/4 at the start if there is none."""
    return tuple(meters) if meters and meters[0].tick == 0 else (Meter(0, 4, 4), *meters)


def stretches(
    meters: Sequence[Meter], ticks_per_quarter: int, end: int
) -> Iterator[tuple[int, int | None, Fraction, int]]:
    """Yield the stretches under one meter, up to `end`.

    Each is its start, the next one's start (None for the last), the ticks of a bar, and the bars begun before `end`.
    """
    meters = with_first_meter(meters)
    for meter, following in zip(meters, (*meters[1:], None), strict=True):
        stop = end if following is None else min(following.tick, end)
        length = max(bar_quarters(meter) * ticks_per_quarter, Fraction(1))
        yield meter.tick, following.tick if following else None, length, max(-(-(stop - meter.tick) // length), 0)
        if stop == end:
            return
