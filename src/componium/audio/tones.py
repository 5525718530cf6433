"""One note of one instrument: its partials laid out and summed, its vibrato, its noises, its loudness made even.

`body` makes a whole note; the player's release is put on by the mixer, so that one body serves every duration.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from componium.audio.damped import Partials, below, damped, join, noise, partials, ramp, type_wave
from componium.audio.loudness import weighted_energy
from componium.audio.voices import Voice

HEARD = 0.5  # seconds over which a note's loudness is matched to the others'
LEVEL = 0.1  # root mean square, K-weighted, of every note over that time


def body_seconds(voice: Voice, pitch: int) -> float:
    """How long a note rings if it is never let go, until it has fallen by 72 dB; infinite if sustained."""
    return 1.2 * voice.ring * _shorten(voice, pitch) if voice.ring else np.inf


def body(voice: Voice, pitch: int, length: int, rate: int, *, ends: bool = False) -> type_wave:
    """A note of MIDI `pitch` (float32, mono), `length` samples at `rate` Hz, as long as it is held.

    `ends` says that it dies away within that length; then its last 20 ms go to nothing.
    All bodies are equally loud over their first half second. Deterministic: noise comes from a seed of the pitch.
    """
    size = max(length, int(HEARD * rate))
    wave = damped(_sound(voice, pitch, rate), size, rate)
    if voice.vibrato:
        wave = _warp(wave, voice, rate)
    wave = _tremble(wave, voice, rate) + _noises(voice, pitch, size, rate)
    rise = ramp(max(int(voice.attack * rate), 8))[:size]
    wave[: len(rise)] *= rise
    if ends:
        fall = ramp(min(int(0.02 * rate), length))[::-1]
        wave[length - len(fall) : length] *= fall
    energy = weighted_energy(wave[: int(HEARD * rate)], rate) / HEARD
    loudest = float(np.abs(wave).max(initial=1e-9))
    scale = min(LEVEL / np.sqrt(energy + 1e-12), 8 * LEVEL / loudest)
    return (wave[:length] * np.float32(voice.gain * scale)).astype(np.float32)


@cache
def _sound(voice: Voice, pitch: int, rate: int) -> Partials:
    hertz = 440.0 * 2 ** ((pitch - 69) / 12)
    limit = min(0.46 * rate, 14_000.0)
    one = join([_series(voice, hertz * multiple, strength, pitch, limit) for multiple, strength in voice.ranks])
    rng = np.random.default_rng(1000 + pitch)
    choir = []
    for cents in voice.players:
        phase = 0.0 if voice.ring else rng.random(len(one.frequency))  # strings are struck together
        weight = 1.0 if cents == 0 or len(voice.players) == 2 else 0.5  # the one in tune is the loudest
        choir.append(partials(one.frequency * 2 ** (cents / 1200), one.amplitude * weight, one.decay, phase))
    return below(join(choir), limit)


def _series(voice: Voice, hertz: float, strength: float, pitch: int, limit: float) -> Partials:
    """The partials of one player or one rank of pipes, on `hertz`."""
    if voice.modes:
        ratio, level, decay = np.array(voice.modes).T
        return partials(hertz * ratio, strength * level * ratio ** (-voice.tilt / 6.02), decay * _decay(voice, pitch))
    number = np.arange(1.0, np.clip(limit // hertz, 1, 80) + 1)
    b = voice.stretch * 2 ** ((pitch - 60) / 9)
    frequency = hertz * number * np.sqrt((1 + b * number**2) / (1 + b))  # partial 1 stays on pitch
    level = strength * number ** (-(voice.slope + voice.tilt) / 6.02) * _colour(voice, frequency)
    level *= np.where(number % 2 == 0, voice.even, 1.0)
    if voice.pluck:
        level *= np.abs(np.sin(np.pi * number * voice.pluck)) / np.sin(np.pi * voice.pluck)
    if voice.ring:
        return _two_stage(voice, frequency, level, _decay(voice, pitch) * (1 + voice.damping * (number - 1)))
    if voice.bloom:
        late = 1 / (voice.bloom * (0.5 + 0.5 * np.sqrt(number)))
        return join([partials(frequency, level), partials(frequency, -level, late)])
    return partials(frequency, level)


def _two_stage(
    voice: Voice, frequency: NDArray[np.float64], level: NDArray[np.float64], decay: NDArray[np.float64]
) -> Partials:
    """A string dies fast in one direction of swing and slowly in the other."""
    return join([partials(frequency, 0.7 * level, 1.6 * decay), partials(frequency, 0.3 * level, 0.6 * decay)])


def _decay(voice: Voice, pitch: int) -> float:
    return float(np.log(1000) / (voice.ring * _shorten(voice, pitch))) if voice.ring else 0.0


def _shorten(voice: Voice, pitch: int) -> float:
    return float(2 ** (-voice.shorten * (pitch - 60) / 12))


def _colour(voice: Voice, hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The strength that the instrument's body gives to each frequency."""
    level = np.ones_like(hertz)
    if voice.formants:
        centre, strength, width = np.array(voice.formants).T[:, :, None]
        level = 0.12 + np.sum(strength * np.exp(-((np.log2(hertz / centre) / width) ** 2)), axis=0)
    result: NDArray[np.float64] = level / (1 + (hertz / voice.ceiling) ** 4)
    return result


def _warp(wave: type_wave, voice: Voice, rate: int) -> type_wave:
    """Vibrato: the wave read at a clock that runs fast and slow, once the note stands (cubic interpolation)."""
    time = np.arange(len(wave)) / rate
    depth = (2 ** (voice.vibrato / 1200) - 1) / (2 * np.pi * voice.speed) * rate  # samples
    swing = depth * np.sin(2 * np.pi * voice.speed * time) * np.clip((time - 0.12) / 0.35, 0, 1)
    place = np.clip(np.arange(len(wave)) + swing, 1, max(len(wave) - 3, 1))
    at = place.astype(np.int64)
    x = (place - at).astype(np.float32)
    a, b, c, d = (wave[at + shift] for shift in (-1, 0, 1, 2))
    warped: type_wave = b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)))
    return warped


def _tremble(wave: type_wave, voice: Voice, rate: int) -> type_wave:
    if not voice.tremolo:
        return wave
    time = np.arange(len(wave), dtype=np.float32) / rate
    swell = np.ones_like(time) if voice.ring else np.clip(time / 0.4, 0, 1)
    shape = 1 - voice.tremolo * swell * (0.5 - 0.5 * np.cos(np.float32(2 * np.pi * voice.speed) * time))
    return np.multiply(wave, shape, dtype=np.float32)


def _noises(voice: Voice, pitch: int, length: int, rate: int) -> type_wave:
    """Breath or bow all through, and the knock of hammer, finger or pipe at the start."""
    hertz = 440.0 * 2 ** ((pitch - 69) / 12)
    wave = np.zeros(length, dtype=np.float32)
    if voice.breath:
        wave += voice.breath * noise(max(hertz, 300), min(max(6 * hertz, 2000), 9000), length, rate, 2000 + pitch)
    if voice.knock:
        short = min(length, int(0.12 * rate))
        fall = np.exp(-np.arange(short, dtype=np.float32) * (60 / rate))
        low, high = max(0.8 * hertz, 90), min(max(3 * hertz, 900), 8000)
        wave[:short] += voice.knock * fall * noise(low, high, short, rate, pitch)
    return wave
