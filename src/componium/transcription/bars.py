"""Beat, metre and bar lines, from accents on the pulse.

A hypothesis says how many steps of the pulse make a beat, how many beats a bar, and on which step the first bar begins.
It is judged by where long notes, chords and tones of the last note's triad begin, where the music repeats itself (tunes
do after four and eight bars), how long a beat then lasts (about half a second), and how usual the metre and the pickup
are. The weights were chosen on validation pieces, by random search.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.score import Meter
from componium.time import bar_quarters, beat_quarters
from componium.transcription.heard import type_heard


class Bars(NamedTuple):
    """The metre, the quarters of one step of the pulse, and how many steps come before the first bar line."""

    meter: Meter
    step_quarters: Fraction
    pickup: int


# Metre, steps a beat, how usual it is (log).
METERS = (
    ("4/4", 2, 0.0), ("4/4", 4, 0.0), ("4/4", 1, 0.0), ("2/4", 4, -0.6), ("2/4", 2, -0.9),
    ("3/4", 2, -0.9), ("3/4", 4, -1.2), ("3/4", 1, -0.9), ("6/8", 3, -0.2), ("6/8", 6, -0.8), ("9/8", 3, -1.2),
    ("12/8", 3, -2.0),
)  # fmt: skip
BEAT_SECONDS, BEAT_OCTAVES = 0.5, 0.6
W_BAR, W_BEAT, W_REPEAT, W_TEMPO, W_PICKUP = 8.0, 4.0, 9.0, 3.5, 2.5
W_TRIAD = 0.8
LONGEST = 4  # steps: a note held longer is accented no more


def find(
    notes: type_heard, places: NDArray[np.int64], step_seconds: float, meter: Meter | None = None,
    qpm: float | None = None,
) -> Bars:
    """The bars of notes that begin on the steps `places` of a pulse; `meter` and `qpm` are kept to if given."""
    accent, pitch = _on_steps(notes, places)
    repeats = _repeats(pitch)
    best, best_score = Bars(Meter(0, 4, 4), Fraction(1), 0), -np.inf
    for name, steps, usual in _candidates(meter):
        here = Meter(0, *map(int, name.split("/")))
        beat = beat_quarters(here)
        steps_a_bar = int(bar_quarters(here) / beat) * steps
        score = usual + W_REPEAT * _repeated(repeats, steps_a_bar)
        score += W_TEMPO * _tempo_prior(step_seconds * steps, float(beat), qpm)
        for phase in range(steps_a_bar):
            total = score - W_PICKUP * _unlikely(phase, steps_a_bar)
            total += W_BAR * _contrast(accent, steps_a_bar, phase) + W_BEAT * _contrast(accent, steps, phase)
            if total > best_score:
                best, best_score = Bars(here, beat / steps, phase), total
    return best


def _candidates(meter: Meter | None) -> tuple[tuple[str, int, float], ...]:
    if meter is None:
        return METERS
    compound = beat_quarters(meter) * meter.denominator == 12
    return tuple((str(meter), steps, 0.0) for steps in ((3, 6, 1) if compound else (1, 2, 4, 3)))


def _on_steps(notes: type_heard, places: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How accented each step is, 0 where nothing begins; and the highest pitch that begins there, or -1."""
    count = int(places.max()) + 1
    pitch, lowest = np.full(count, -1), np.full(count, 128)
    np.maximum.at(pitch, places, notes["pitch"])
    np.minimum.at(lowest, places, notes["pitch"])
    begins = np.flatnonzero(pitch >= 0)
    accent = np.zeros(count)
    accent[begins] = np.minimum(np.diff(np.append(begins, count)), LONGEST)
    triad = np.isin((pitch[begins] - notes["pitch"][-1]) % 12, (0, 3, 4, 7))  # of the last note, mostly the tonic
    accent[begins] += W_TRIAD * triad
    accent[begins] += 0.5 * (np.bincount(places, minlength=count)[begins] - 1)  # chords weigh
    return accent / max(float(accent.mean()), 1e-9), pitch


def _contrast(accent: NDArray[np.float64], length: int, phase: int) -> float:
    """How much stronger the steps that begin a group are than the others, in mean accents."""
    strong = accent[phase::length]
    if length < 2 or not len(strong) or len(strong) == len(accent):
        return 0.0
    rest = (accent.sum() - strong.sum()) / (len(accent) - len(strong))
    return float(strong.mean() - rest)


def _unlikely(pickup: int, bar: int) -> float:
    """Music begins on a bar line or with a short pickup: 0, or a half up to half a bar, else 2."""
    return 0.0 if not pickup else 0.5 if 2 * pickup <= bar else 2.0


def _repeats(pitch: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of notes that come again on the step `lag` later, for each lag up to 3/4 of the piece."""
    most = min(3 * len(pitch) // 4, 2000)
    result = np.zeros(most + 1)
    for lag in range(1, most + 1):
        here = pitch[:-lag] >= 0
        result[lag] = (pitch[:-lag] == pitch[lag:])[here].mean() if here.any() else 0
    return result


def _repeated(repeats: NDArray[np.float64], bar: int) -> float:
    """How much more the music repeats itself after 1, 2, 4 and 8 bars than after any lag."""
    lags = [lag for lag in (bar, 2 * bar, 4 * bar, 8 * bar) if lag < len(repeats)]
    return float(np.mean(repeats[lags]) - repeats[1:].mean()) if lags else 0.0


def _tempo_prior(beat_seconds: float, beat: float, qpm: float | None) -> float:
    if qpm is not None:
        return -8 * abs(float(np.log2(60 * beat / beat_seconds / qpm)))
    return -0.5 * (float(np.log2(beat_seconds / BEAT_SECONDS)) / BEAT_OCTAVES) ** 2
