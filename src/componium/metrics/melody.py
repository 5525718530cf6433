"""Melody: the shape of the highest line, and of all lines.

Conventions: the melody is the line with the highest mean pitch (analysis.lines). Intervals are in semitones between
successive notes of a line, across rests too.
"""

import math

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import lines, melody
from componium.metrics._statistics import ratio
from componium.music.score import Score

LEAP = 5  # semitones, from which on an interval is a leap


def melodic_range(score: Score) -> float:
    """Return the semitones from the melody's lowest pitch to its highest."""
    pitch = melody(score)["pitch"]
    return float(pitch.max() - pitch.min()) if len(pitch) else math.nan


def final_leap(score: Score) -> float:
    """Return the size of the interval to the melody's last note, up or down.

    nan with fewer than two notes.
    """
    pitch = melody(score)["pitch"].astype(np.int64)
    return float(abs(pitch[-1] - pitch[-2])) if len(pitch) > 1 else math.nan


def climax_place(score: Score) -> float:
    """Return the onset of the melody's first highest note as a share of the piece.

    0 (at the start) to 1.
    """
    line = melody(score)
    return ratio(float(line["onset"][line["pitch"].argmax()]), score.end) if len(line) else math.nan


def _moves(score: Score) -> NDArray[np.int64]:
    """Return each pair of successive intervals of a line, (n, 2); unisons left out."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for line in lines(score):
        steps = np.diff(line["pitch"].astype(np.int64))
        steps = steps[steps != 0]
        pairs.append(np.stack([steps[:-1], steps[1:]], axis=1))
    return np.concatenate(pairs)


def turn_rate(score: Score) -> float:
    """Return the share of successive intervals that go in opposite directions.

    Unisons are left out.
    """
    moves = _moves(score)
    return ratio(float((moves.prod(axis=1) < 0).sum()), len(moves))


def leap_recovery(score: Score) -> float:
    """Return the share of leaps of a fourth or more after which the line turns.

    After von Hippel and Huron, "Why do skips precede reversals?" (Music Perception 18, 2000). nan without leaps.
    """
    moves = _moves(score)
    leaps = moves[abs(moves[:, 0]) >= LEAP]
    return ratio(float((leaps.prod(axis=1) < 0).sum()), len(leaps))


SCALARS = (melodic_range, final_leap, climax_place, turn_rate, leap_recovery)
