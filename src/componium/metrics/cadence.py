"""Cadence: how a piece closes.

Conventions: the final sonority is that of analysis.cadence, the melody the line with the highest mean pitch
(analysis.lines), and the tonic that of the key that analysis.key finds from the notes, not of the key signature. The
last two chords are in metrics.progression, the last interval of the melody is in metrics.melody.
"""

import math

import numpy as np

from componium.analysis.cadence import final_pitches
from componium.analysis.key import find_key
from componium.analysis.lines import lines, melody, pitched
from componium.analysis.meter import main_meter
from componium.metrics._statistics import ratio
from componium.metrics.melody import LEAP, final_leap
from componium.music.score import Score
from componium.music.time import bar_quarters

DOMINANT_SEVENTH = (7, 11, 2, 5)  # semitones above the tonic
TRIADS = ({0, 4, 7}, {0, 4}, {0, 3, 7}, {0, 3})  # semitones above the lowest note


def final_tonic(score: Score) -> float:
    """Return 1 if the melody's last note is the tonic, else 0."""
    pitch = melody(score)["pitch"]
    return float(int(pitch[-1]) % 12 == find_key(score).tonic) if len(pitch) else math.nan


def final_approach(score: Score) -> float:
    """Return 1 if the melody comes to its last pitch from the dominant seventh chord.

    The note before is the last one of another pitch; else 0. nan for a melody of one pitch.
    """
    pitch = melody(score)["pitch"].astype(np.int64)
    others = pitch[pitch != pitch[-1]] if len(pitch) else pitch
    return float((others[-1] - find_key(score).tonic) % 12 in DOMINANT_SEVENTH) if len(others) else math.nan


def final_triad(score: Score) -> float:
    """Return 1 if the final sonority is a major or minor triad in root position.

    It must have its third, and may lack the fifth; else 0. nan for a single line.
    """
    pitches = final_pitches(score)
    return float(set(((pitches - pitches[0]) % 12).tolist()) in TRIADS) if len(lines(score)) > 1 else math.nan


def final_length(score: Score) -> float:
    """Return the time from the last onset to the last end, as a share of a bar."""
    array = pitched(score)
    if not len(array):
        return math.nan
    bar = float(bar_quarters(main_meter(score))) * score.ticks_per_quarter
    return ratio(float((array["onset"] + array["duration"]).max() - array["onset"].max()), bar)


def ends_by_leap(score: Score) -> float:
    """Return 1 if the melody leaps a fourth or more to its last note, else 0.

    nan with fewer than two notes.
    """
    size = final_leap(score)
    return math.nan if math.isnan(size) else float(size >= LEAP)


SCALARS = (final_tonic, final_approach, final_triad, final_length, ends_by_leap)
