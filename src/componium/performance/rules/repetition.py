"""Repetition: a note whose pitch follows again is shortened.

At weight 1 by a quarter of its duration, by no more than 80 ms.

Source: rule Repetition articulation in R. Bresin, Articulation rules for automatic music performance, ICMC 2001, and
A. Friberg, R. Bresin & J. Sundberg, Overview of the KTH rule system for musical performance, Advances in Cognitive
Psychology 2 (2006). The amounts are ours.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

SHARE = 0.25
MOST = 80.0  # ms


def repetition(piece: Piece) -> Effect:
    """Return the gap before each note that repeats the pitch before it."""
    order = np.lexsort((piece.onset, piece.pitch, piece.track))
    one, two = order[:-1], order[1:]
    same = (piece.track[one] == piece.track[two]) & (piece.pitch[one] == piece.pitch[two])
    again = one[same & (np.abs(piece.onset[two] - piece.offset[one]) < 1e-9)]
    gap = np.zeros(len(piece.onset))
    gap[again] = np.minimum(SHARE * piece.duration * piece.quarter_ms, MOST)[again]
    return Effect(gap=np.where(piece.is_drum, 0.0, gap))
