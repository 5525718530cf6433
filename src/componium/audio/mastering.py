"""Loudness normalization: one gain for a whole piece."""

from collections.abc import Callable, Iterable

from componium.audio.limiter import CEILING, MOST, limit_peaks
from componium.audio.loudness import SILENCE, LoudnessMeter, loudness
from componium.audio.oscillators import type_wave

TOLERANCE = 0.1  # LU
_ROUNDS = 8
_FREE = 0.9  # peaks below this share of the ceiling pass the limiter nearly unchanged


def find_gain(
    again: Callable[[], Iterable[type_wave]], meter: LoudnessMeter, target: float, rate: int
) -> tuple[float, float]:
    """Find the gain that brings limited sound to a loudness.

    Returns the gain and the loudness reached.

    again: returns, at each call, an iterable of the blocks that `meter` has measured.
    meter: the loudness meter after all blocks.
    target: in LUFS.
    rate: in Hz.

    Silence has a gain of 1. The loudness falls short of the target where peaks would have to be reduced by over 12 dB.
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
        gain, reached = wanted, loudness(limit_peaks(again(), wanted, rate), rate)
        if abs(reached - target) < TOLERANCE:
            break
    return gain, reached
