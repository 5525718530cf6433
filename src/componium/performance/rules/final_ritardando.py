"""Final ritardando: the last bars slow down, and the last chord is held.

From two bars before the last onset (at most a fifth of the piece) the tempo is v(x) = (1 + (w^q - 1) x)^(1/q) times
the written one, x from 0 to 1, with a final tempo w of 0.6 and q = 3 at weight 1. The last chord is held: 1.35 times
as long as at that final tempo if it is short, less the nearer it is to the length of a bar.

Source: A. Friberg & J. Sundberg, Does music performance allude to locomotion? A model of final ritardandi derived from
measurements of stopping runners, JASA 105 (1999). The hold is ours.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

BARS = 2.0
SHARE = 0.2  # of the piece, at most
FINAL_TEMPO, CURVATURE = 0.6, 3.0
HOLD = 0.3  # natural logarithm of a ratio


def final_ritardando(piece: Piece) -> Effect:
    """Return the tempo of the last bars."""
    length = max(min(BARS * piece.bar, SHARE * piece.final), 1e-9)
    x = np.clip((piece.middles - piece.final + length) / length, 0.0, 1.0)
    tempo = np.log(1 + (FINAL_TEMPO**CURVATURE - 1) * x) / CURVATURE
    hold = HOLD * max(1 - (piece.end - piece.final) / piece.bar, 0.0)
    return Effect(tempo=tempo - np.where(piece.segments >= piece.final, hold, 0.0))
