"""Duration contrast: short notes are shorter and softer.

An interval between onsets changes by -16.5 ms if it lasts 200 ms, by nothing up to 30 ms and from 600 ms on, and in
proportion between (-10.5 ms at 400 ms); a note of that duration changes by 0.05 dB a ms. A beat keeps its
length: what its short intervals lose its long ones gain. All voices move together.

Source: rule Duration contrast in A. Friberg, Generative rules for music performance: a formal description of a rule
system, Computer Music Journal 15 (1991); A. Friberg, R. Bresin & J. Sundberg, Overview of the KTH rule system for
musical performance, Advances in Cognitive Psychology 2 (2006). That a beat keeps its length is ours.
"""

import numpy as np

from componium.performance.effect import Effect, type_curve
from componium.performance.piece import Piece

DURATIONS = (30.0, 200.0, 400.0, 600.0)  # ms
CHANGES = (0.0, -16.5, -10.5, 0.0)  # ms
DB_PER_MS = 0.05


def duration_contrast(piece: Piece) -> Effect:
    """Return shifts within the beat, and loudness by duration."""
    tuned = ~piece.is_drum
    if not tuned.any():
        return Effect()
    loudness = DB_PER_MS * _change(piece.duration * piece.quarter_ms)
    onsets, first, at = np.unique(piece.onset[tuned], return_index=True, return_inverse=True)
    times = np.append(onsets, piece.end)
    passed = np.append(0.0, np.cumsum(_change(np.diff(times) * piece.quarter_ms[tuned][first])))
    shifts = passed - np.interp(times, piece.beats, np.interp(piece.beats, times, passed))
    shift = np.zeros(len(piece.onset))
    shift[tuned] = shifts[at]
    return Effect(loudness=np.where(tuned, loudness, 0.0), shift=shift)


def _change(milliseconds: type_curve) -> type_curve:
    return np.interp(milliseconds, DURATIONS, CHANGES)
