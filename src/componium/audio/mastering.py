"""The one gain that brings a whole piece to its loudness, the limiter's work reckoned in."""

from collections.abc import Callable, Iterable

from componium.audio.damped import type_wave
from componium.audio.limiter import CEILING, MOST, limited
from componium.audio.loudness import SILENCE, Meter, loudness

NEAR = 0.1  # LU
_ROUNDS = 8
_FREE = 0.9  # peaks below this share of the ceiling leave the limiter nothing, or next to nothing, to do


def settle(again: Callable[[], Iterable[type_wave]], meter: Meter, target: float, rate: int) -> tuple[float, float]:
    """The gain that makes the sound `target` LUFS once limited, and the loudness that it reaches.

    `again()` gives the blocks that `meter` has measured. Silence keeps its gain of 1. The loudness falls short of the
    target where the peaks would have to come down by more than 12 dB.
    """
    if meter.lufs <= SILENCE:
        return 1.0, SILENCE
    most = MOST * CEILING / max(meter.peak, 1e-9)
    gain, reached = 1.0, meter.lufs
    for _ in range(_ROUNDS):
        wanted = min(gain * 10 ** ((target - reached) / 20), most)
        if wanted * meter.peak <= _FREE * CEILING:
            return wanted, target
        if wanted == gain:
            break
        gain, reached = wanted, loudness(limited(again(), wanted, rate), rate)
        if abs(reached - target) < NEAR:
            break
    return gain, reached
