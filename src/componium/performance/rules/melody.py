"""Melody above accompaniment: other voices are softer than the melody.

The melody is the line of the highest mean pitch. At weight 1 the line of the lowest is 2 dB softer, and all between are
3.5 dB softer.

Source: that pianists play the melody louder than the rest: C. Palmer, On the assignment of structure in music
performance, Music Perception 14 (1996); W. Goebl, Melody lead in piano performance: expressive device or artifact?,
JASA 110 (2001). The amounts are ours. A line alone is not changed.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

SOFTER = np.array([0.0, 3.5, 2.0])  # dB, of melody, inner voices, bass


def melody(piece: Piece) -> Effect:
    """Return the softening of all that is not melody."""
    return Effect(loudness=np.where(piece.is_drum, 0.0, -SOFTER[piece.role]))
