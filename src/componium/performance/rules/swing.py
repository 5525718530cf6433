"""Swing: the first half of a beat is longer than the second.

At weight 1 the halves of a quarter are as 1.6 to 1, and what lies within them moves in proportion; weight 0.6, for
hornpipes, makes it 1.3 to 1. Meters of compound beats or of eighths are not changed.

Source: rule Ensemble swing in A. Friberg, R. Bresin & J. Sundberg, Overview of the KTH rule system for musical
performance, Advances in Cognitive Psychology 2 (2006); A. Friberg & A. Sundström, Swing ratios and ensemble timing in
jazz performance, Music Perception 19 (2002). Jazz swings more, to 3 to 1; that is left to what is written.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

LATER = 0.115  # of a beat: 0.615 of it to 0.385


def swing(piece: Piece) -> Effect:
    """Return the shift of what lies within a beat."""
    if piece.beat < 1 or piece.beat % 1.5 == 0:
        return Effect()
    part = piece.place % 1.0
    later = LATER * np.minimum(part, 1 - part) / 0.5
    return Effect(shift=later * piece.quarter_ms)
