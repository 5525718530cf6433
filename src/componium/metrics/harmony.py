"""Harmony: consonance of sonorities, motion of the parts, and endings.

Conventions
- A sonority is the set of pitches sounding at a tick at which some pitched note begins, doublings counted once.
- Consonant are unison, octave, thirds, sixths and the fifth; the fourth only if its lower note isn't the lowest of all
  (as in counterpoint since Fux). Compound intervals count as simple ones.
- The final sonority is that of analysis.cadence. Its lowest note stands for the root.
- Parts are the lines of the score, ordered by their mean pitch.
"""

import math
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from componium.analysis.cadence import final_pitches
from componium.analysis.lines import line_at, lines, sonorities
from componium.metrics._statistics import ratio
from componium.music import theory
from componium.music.score import Score
from componium.music.time import n_bars

CONSONANT = np.isin(np.arange(12), theory.CONSONANT)
CONSONANT_ABOVE_THE_BASS = np.isin(np.arange(12), theory.CONSONANT_ABOVE_BASS)
FIFTH, OCTAVE = 7, 0


def consonance_rate(score: Score) -> float:
    """Return the share of consonant pairs among pitches that sound together at onsets.

    nan if there is no pair.
    """
    _, sounding = sonorities(score)
    return _consonance(sounding)


def _consonance(sounding: NDArray[np.bool_]) -> float:
    bass = np.zeros_like(sounding)
    audible = np.flatnonzero(sounding.any(axis=1))
    bass[audible, sounding[audible].argmax(axis=1)] = True
    upper = sounding & ~bass
    pairs, consonant = 0, 0
    for interval in range(1, 128):
        above = sounding[:, interval:]
        with_bass = int((bass[:, :-interval] & above).sum())
        with_upper = int((upper[:, :-interval] & above).sum())
        pairs += with_bass + with_upper
        consonant += with_bass * bool(CONSONANT[interval % 12])
        consonant += with_upper * bool(CONSONANT_ABOVE_THE_BASS[interval % 12])
    return ratio(consonant, pairs)


def final_third(score: Score) -> float:
    """Return the third over the lowest note of the final sonority, in semitones.

    4 (major), 3 (minor), nan if it has none, or both.
    """
    above = set(((final_pitches(score) - final_pitches(score)[:1]) % 12).tolist()) & {3, 4}
    return float(above.pop()) if len(above) == 1 else math.nan


def final_consonance(score: Score) -> float:
    """Return the share of consonant pairs in the final sonority; nan for one note."""
    sounding = np.zeros((1, 128), dtype=np.bool_)
    sounding[0, final_pitches(score)] = True
    return _consonance(sounding)


def _parts(score: Score) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return all onsets, and the pitch of each part at them, from the lowest part up.

    Silence is -1.
    """
    parts = sorted(lines(score), key=lambda line: float(line["pitch"].mean()))
    ticks = np.unique(np.concatenate([np.zeros(0, np.int64), *(line["onset"] for line in parts)]))
    return ticks, [line_at(line, ticks) for line in parts]


def voice_crossing_rate(score: Score) -> float:
    """Return the share of onsets at which some part sounds below its lower neighbor.

    nan with fewer than two parts.
    """
    ticks, parts = _parts(score)
    if len(parts) < 2:
        return math.nan
    crossed = [(low >= 0) & (high >= 0) & (high < low) for low, high in pairwise(parts)]
    return ratio(float(np.any(crossed, axis=0).sum()), len(ticks))


def _parallels(score: Score, interval: int) -> float:
    """Return the parallel moves in one interval class a bar, over all pairs of parts."""
    _, parts = _parts(score)
    count = 0
    for low, high in combinations(parts, 2):
        sound = (low >= 0) & (high >= 0)
        moves = theory.is_parallel((high - low)[:-1], np.diff(high), np.diff(low), (interval,))
        count += int((moves & sound[1:] & sound[:-1]).sum())
    return ratio(count, n_bars(score)) if len(parts) > 1 else math.nan


def parallel_fifths(score: Score) -> float:
    """Return the parallel fifths a bar; nan with fewer than two parts."""
    return _parallels(score, FIFTH)


def parallel_octaves(score: Score) -> float:
    """Return the parallel octaves and unisons a bar; nan with fewer than two parts."""
    return _parallels(score, OCTAVE)


SCALARS = (
    consonance_rate, final_third, final_consonance, voice_crossing_rate, parallel_fifths, parallel_octaves,
)
