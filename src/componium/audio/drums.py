"""Drum sounds of the synthesizer: one row for each General MIDI drum note.

A drum is a set of modes (Hz, strength, seconds to fall by 60 dB), whose pitch may fall at the start as that
of a drumhead does, and a set of noise bursts (lowest Hz, highest Hz, strength, seconds). A note's duration has no
effect: a drum rings for its own time.
"""

from dataclasses import dataclass

import numpy as np

from componium.audio.oscillators import audible, noise, partials, ramp, sum_partials, type_wave
from componium.music.instruments import HI_HAT_OF_EDGE

KIT = 1.5  # gain of the whole kit relative to the other parts


@dataclass(frozen=True, slots=True)
class Drum:
    """Parameters of one drum.

    `sweep` is the ratio of the pitch at the stroke to the final pitch; `pan` is -1 (left) to 1 (right).
    """

    modes: tuple[tuple[float, float, float], ...] = ()
    noises: tuple[tuple[float, float, float, float], ...] = ()
    sweep: float = 1.0
    level: float = 0.3  # peak, within the kit
    pan: float = 0.0
    strokes: tuple[float, ...] = (0.0,)  # seconds at which the noise starts


def _skin(hertz: float, pan: float = 0.0, ring: float = 0.7, level: float = 0.34) -> Drum:
    modes = ((hertz, 1, ring), (1.59 * hertz, 0.4, 0.5 * ring), (2.14 * hertz, 0.2, 0.35 * ring))
    return Drum(modes, ((2 * hertz, 2500, 0.25, 0.06),), 1.35, level, pan)


def _plate(ring: float, level: float, pan: float, low: float = 3000, clang: float = 0.2) -> Drum:
    ratios = (1, 1.342, 1.731, 2.137, 2.662, 3.119, 3.744, 4.471)
    modes = tuple((low * 0.7 * ratio, clang / (1 + at / 4), ring * 0.8) for at, ratio in enumerate(ratios))
    return Drum(modes, ((low, 14_000, 0.5, ring), (low, 14_000, 0.7, 0.06)), 1.0, level, pan)


def _click(hertz: float, ring: float, pan: float, level: float = 0.2) -> Drum:
    return Drum(((hertz, 1, ring), (2.57 * hertz, 0.35, 0.5 * ring)), ((hertz, 3 * hertz, 0.3, 0.02),), 1.0, level, pan)


def _timbale(hertz: float, ring: float) -> Drum:
    modes = ((hertz, 1, ring), (1.6 * hertz, 0.7, 0.8 * ring), (3.4 * hertz, 0.5, 0.7 * ring), (5.3 * hertz, 0.3, 0.5))
    return Drum(modes, ((2500, 9000, 0.35, 0.05),), 1.1, 0.3, 0.3)


def _shake(low: float, seconds: float, pan: float, level: float = 0.14, strokes: tuple[float, ...] = (0.0,)) -> Drum:
    return Drum((), ((low, 13_000, 1, seconds),), 1.0, level, pan, strokes)


_KICK = Drum(((52, 1, 0.45), (104, 0.12, 0.2)), ((60, 2200, 0.3, 0.025),), 2.6, 0.55)
_LOW_KICK = Drum(((43, 1, 0.6), (86, 0.15, 0.3)), ((50, 1200, 0.2, 0.03),), 2.2, 0.55)
_SNARE = Drum(((186, 0.6, 0.16), (330, 0.35, 0.12)), ((1200, 9000, 0.8, 0.24),), 1.25, 0.38)
_DRUMS = {
    35: _LOW_KICK, 36: _KICK, 37: _click(1700, 0.06, 0.05, 0.26), 38: _SNARE,
    39: Drum((), ((900, 4500, 1, 0.16),), level=0.26, pan=0.1, strokes=(0.0, 0.011, 0.023)),
    40: Drum(((210, 0.5, 0.12), (370, 0.3, 0.1)), ((1600, 10_000, 0.9, 0.2),), 1.2, 0.38), 41: _skin(82, 0.4, 0.9),
    42: _plate(0.10, 0.16, -0.25, 6500), 43: _skin(98, 0.3, 0.85), 44: _plate(0.05, 0.11, -0.25, 4200),
    45: _skin(116, 0.15, 0.8), 46: _plate(0.75, 0.18, -0.25, 6000), 47: _skin(138, 0.0, 0.7),
    48: _skin(165, -0.15, 0.65), 49: _plate(2.2, 0.26, -0.4, 3200), 50: _skin(196, -0.3, 0.6),
    51: _plate(1.5, 0.16, 0.4, 4500, 0.5), 52: _plate(1.6, 0.26, 0.3, 2400, 0.5),
    53: Drum(((2640, 1, 1.2), (4310, 0.6, 0.9), (6120, 0.4, 0.7)), level=0.14, pan=0.4),
    54: _shake(5500, 0.16, 0.2), 55: _plate(1.0, 0.24, -0.2, 4200),
    56: Drum(((562, 1, 0.25), (845, 0.8, 0.22)), level=0.2, pan=0.2), 57: _plate(2.9, 0.26, 0.4, 2200),
    58: _shake(2500, 0.5, -0.2), 59: _plate(1.3, 0.16, 0.4, 4800, 0.5), 60: _skin(390, 0.3, 0.25),
    61: _skin(290, 0.3, 0.3), 62: _skin(330, -0.3, 0.1), 63: _skin(310, -0.3, 0.4), 64: _skin(220, -0.3, 0.45),
    65: _timbale(440, 0.35), 66: _timbale(330, 0.45), 67: _click(1150, 0.35, -0.4), 68: _click(860, 0.4, -0.4),
    69: _shake(5000, 0.09, -0.3), 70: _shake(6500, 0.05, -0.3), 71: Drum(((2350, 1, 0.3),), level=0.12, pan=0.2),
    72: Drum(((2280, 1, 0.8),), level=0.12, pan=0.2), 73: _shake(2500, 0.07, 0.3),
    74: _shake(2500, 0.05, 0.3, strokes=(0.0, 0.05, 0.1, 0.15, 0.2)), 75: _click(2500, 0.07, 0.1),
    76: _click(1250, 0.1, 0.25), 77: _click(830, 0.12, 0.25),
    78: Drum(((520, 1, 0.15),), sweep=0.8, level=0.16, pan=0.2),
    79: Drum(((400, 1, 0.4),), sweep=0.75, level=0.16, pan=0.2),
    80: Drum(((4100, 1, 0.08), (6870, 0.6, 0.07)), level=0.12, pan=-0.3),
    81: Drum(((4100, 1, 1.8), (6870, 0.6, 1.5), (9230, 0.3, 1.0)), level=0.12, pan=-0.3),
}


def drum_of(pitch: int) -> Drum:
    """Return the drum of a General MIDI note.

    Notes that the standard leaves open are a click of their pitch, but for those of a hi-hat's edge.
    """
    return _DRUMS.get(HI_HAT_OF_EDGE.get(pitch, pitch)) or _click(440.0 * 2 ** ((pitch - 60) / 12), 0.1, 0.0, 0.15)


def stroke(pitch: int, rate: int) -> type_wave:
    """Synthesize one stroke on the drum of a MIDI `pitch`, until it has died away.

    The result is float32, mono, and always the same.
    """
    drum = drum_of(pitch)
    seconds = max([ring for *_, ring in drum.modes] + [ring for *_, ring in drum.noises]) * 1.2 + drum.strokes[-1]
    length = int(seconds * rate) + 1
    wave = np.zeros(length, dtype=np.float32)
    if drum.modes:
        wave += _modes(drum, length, rate)
    for at, (low, high, strength, ring) in enumerate(drum.noises):
        fall = np.zeros(length, dtype=np.float32)
        for second in drum.strokes:
            start = int(second * rate)
            fall[start:] = np.exp(-np.arange(length - start, dtype=np.float32) * (6.9 / ring / rate))
        wave += strength * fall * noise(low, min(high, 0.45 * rate), length, rate, 4000 + 4 * pitch + at)
    rise = ramp(max(int(0.001 * rate), 4))
    wave[: len(rise)] *= rise
    end = ramp(min(int(0.02 * rate), length))[::-1]
    wave[-len(end):] *= end
    return (wave * np.float32(KIT * drum.level / (np.abs(wave).max() + 1e-9))).astype(np.float32)


def _modes(drum: Drum, length: int, rate: int) -> type_wave:
    """Return the sum of the modes.

    Their pitch falls from `sweep` times the final one within some 40 ms.
    """
    hertz, strength, ring = np.array(drum.modes).T
    wave = sum_partials(audible(partials(hertz, strength, 6.9 / ring), 0.45 * rate), length, rate)
    if drum.sweep == 1.0:
        return wave
    time = np.arange(length) / rate
    clock = (time + (drum.sweep - 1) * 0.025 * (1 - np.exp(-time / 0.025))) * rate
    return np.interp(clock, np.arange(length), wave, right=0.0).astype(np.float32)
