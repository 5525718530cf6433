"""Music theory shared by all rooms: scales, consonance, parallels, octaves.

Intervals and pitches are in semitones. An interval class is an interval modulo 12, so a tenth counts as a third.

>>> DEGREES["minor"], SCALES["minor"]
((0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 8, 9, 10, 11))
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.music.events import MODES, Key

type_steps: TypeAlias = int | NDArray[np.int64]

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
# The seven degrees of each mode above its tonic; minor is the natural one.
DEGREES = {mode: tuple(sorted((step - tonic) % 12 for step in MAJOR_SCALE)) for mode, tonic in MODES.items()}
# The pitch classes that a piece in each mode uses: its degrees, and in minor the raised sixth and seventh too.
SCALES = {**DEGREES, "minor": tuple(sorted({*DEGREES["minor"], 9, 11}))}

# Interval classes (Fux, Gradus ad Parnassum, 1725): the fourth is dissonant above the lowest voice alone.
PERFECT = (0, 7)
IMPERFECT = (3, 4, 8, 9)
CONSONANT = (*PERFECT, *IMPERFECT)
CONSONANT_ABOVE_BASS = (*CONSONANT, 5)  # between two voices above the lowest

_OCTAVES = (0, 1, -1, 2, -2, 3, -3)  # in the order in which they are preferred


def scale_pitch_classes(key: Key) -> NDArray[np.int64]:
    """Return the pitch classes of a key's scale (see SCALES), sorted.

    >>> from componium.music.pitch import parse_key
    >>> scale_pitch_classes(parse_key("A minor")).tolist()
    [0, 2, 4, 5, 6, 7, 8, 9, 11]
    """
    return np.sort((np.array(SCALES[key.mode]) + key.tonic) % 12)


def is_parallel(
    gap: type_steps, upper: type_steps, lower: type_steps, intervals: Sequence[int] = PERFECT
) -> bool | NDArray[np.bool_]:
    """Return whether two voices move in parallel from one perfect interval to another.

    Works on integers and on arrays that broadcast. Both voices move, in one direction, and arrive at the interval
    class that they left; contrary motion from a fifth to a twelfth is not parallel.

    gap         the interval before the move (or after it), the upper pitch minus the lower
    upper       the step of the upper voice
    lower       the step of the lower voice
    intervals   the interval classes that count (default: unison and octave, fifth)

    >>> is_parallel(7, 2, 2), is_parallel(7, 5, -7), is_parallel(4, 2, 2)
    (True, False, False)
    """
    counts = sum(gap % 12 == interval for interval in intervals) > 0
    parallel: bool | NDArray[np.bool_] = counts & ((upper - lower) % 12 == 0) & (upper * lower > 0)
    return parallel


def fold(pitch: ArrayLike, low: int, high: int) -> NDArray[np.int64]:
    """Move each pitch by octaves, as little as possible, into low to high (included).

    A pitch whose class is not in the range goes to the nearer end.

    >>> fold([50, 60, 80], 55, 70).tolist(), fold(40, 60, 62).tolist()
    ([62, 60, 68], 60)
    """
    pitch = np.asarray(pitch, dtype=np.int64)
    raised, lowered = low + (pitch - low) % 12, high - (high - pitch) % 12
    from_below, from_above = np.where(raised <= high, raised, low), np.where(lowered >= low, lowered, high)
    return np.where(pitch < low, from_below, np.where(pitch > high, from_above, pitch))


def best_octave(pitches: ArrayLike, low: int, high: int) -> int:
    """Return the shift by octaves, up to three, that puts most pitches in the range.

    The range is `low` to `high`, both included. Of equal shifts the smallest counts, upward before downward.

    >>> best_octave([45, 50, 52], 55, 70)
    12
    """
    moved = np.asarray(pitches, dtype=np.int64) + 12 * np.array(_OCTAVES)[:, None]
    return 12 * _OCTAVES[int(((moved >= low) & (moved <= high)).sum(axis=1).argmax())]
