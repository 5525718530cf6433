"""Lengths in seconds as bars, by tempo and meter."""

from fractions import Fraction

from componium.decoding.controls import DEFAULT_BARS, MAX_BARS, MIN_BARS, Controls
from componium.errors import ControlError
from componium.music.score import DEFAULT_QPM, Meter, Score
from componium.music.time import bar_lines, bar_quarters, tick_to_second

SLOWEST, FASTEST = 10.0, 400.0  # quarters a minute


def settle_length(controls: Controls, meter: Meter, qpm: float | None) -> tuple[int, float | None]:
    """Return the number of bars and the tempo of a piece, in quarters a minute.

    controls  with `duration`, the nearest number of bars at the tempo, with `form` that of whole strains; a tempo left
              open is changed a little, so that they last exactly so long. Else `bars`, or DEFAULT_BARS
    meter     of the piece
    qpm       its tempo where the controls leave it open; None for DEFAULT_QPM if it is needed

    Raises ControlError for too few or too many bars.

    >>> settle_length(Controls(duration=90.0, qpm=100.0), Meter(0, 3, 4), None)
    (50, 100.0)
    >>> settle_length(Controls(duration=90.0), Meter(0, 4, 4), 100.0)
    (38, 101.33333333333333)
    """
    if controls.duration is None:
        return controls.bars or DEFAULT_BARS, controls.qpm or qpm
    step = len(controls.form or "A")
    if controls.qpm is not None:
        return _checked(_bars(controls.duration, controls.qpm, meter, step), MIN_BARS, controls.duration), controls.qpm
    fewest, most = -(-MIN_BARS // step) * step, MAX_BARS // step * step
    bars = min(max(_bars(controls.duration, qpm or DEFAULT_QPM, meter, step), fewest), most)
    return bars, exact_qpm(bars * bar_quarters(meter), controls.duration)


def continued_length(
    prompt: Score, begun: int, controls: Controls, meter: Meter, qpm: float | None
) -> tuple[int, float | None]:
    """Return the bars and the tempo of a piece that continues a prompt, which counts.

    prompt    the music that is given
    begun     its number of bars
    controls  with `duration`, the nearest number of bars, at the prompt's tempi; else `bars`, or DEFAULT_BARS more
    meter     of the bars to come
    qpm       their tempo where the prompt states none

    Raises ControlError where no bar is left to compose, or for too many.
    """
    if controls.duration is None:
        bars, expected = controls.bars or begun + DEFAULT_BARS, f"at least {begun + 1} bars in all"
        if bars < begun + 1:
            raise ControlError(f"{bars} bars after a prompt of {begun}", expected=expected)
        return bars, qpm
    end = int(bar_lines(prompt)[min(begun, len(bar_lines(prompt)) - 1)])
    if not prompt.tempos:
        qpm = qpm or DEFAULT_QPM
        quarters = Fraction(end, prompt.ticks_per_quarter)
        bars = begun + _bars(controls.duration - float(quarters) * 60 / qpm, qpm, meter)
        _checked(bars, begun + 1, controls.duration)
        return bars, exact_qpm(quarters + (bars - begun) * bar_quarters(meter), controls.duration)
    left = controls.duration - float(tick_to_second(prompt, end))
    return _checked(begun + _bars(left, prompt.tempos[-1].qpm, meter), begun + 1, controls.duration), qpm


def exact_qpm(quarters: Fraction, seconds: float) -> float:
    """Return the tempo at which quarters last so many seconds.

    Raises ControlError for one out of range.
    """
    qpm = 60 * float(quarters) / seconds
    if not SLOWEST <= qpm <= FASTEST:
        raise ControlError(f"{seconds:g} seconds for {float(quarters):g} quarters, the nearest whole bars",
                           expected=f"a tempo of {SLOWEST:g} to {FASTEST:g} quarters a minute", advice="ask for bars")
    return qpm


def _bars(seconds: float, qpm: float, meter: Meter, step: int = 1) -> int:
    """Return the number of bars, a multiple of `step`, that comes nearest."""
    return round(seconds * qpm / 60 / float(bar_quarters(meter)) / step) * step


def _checked(bars: int, fewest: int, seconds: float) -> int:
    if not fewest <= bars <= MAX_BARS:
        raise ControlError(f"{seconds:g} seconds, which are {bars} bars at this tempo",
                           expected=f"{fewest} to {MAX_BARS} bars in all")
    return bars
