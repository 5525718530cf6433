"""High loud: the higher a note, the louder.

3 dB an octave above the mean pitch of its track at weight 1, and no more than 4 dB either way.

Source: rule High loud in A. Friberg, R. Bresin & J. Sundberg, Overview of the KTH rule system for musical performance,
Advances in Cognitive Psychology 2 (2006).
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

PER_OCTAVE = 3.0  # dB
MOST = 4.0  # dB


def high_loud(piece: Piece) -> Effect:
    """Return loudness by pitch."""
    count = np.maximum(np.bincount(piece.track), 1)
    mean = np.bincount(piece.track, weights=piece.pitch) / count
    loudness = np.clip(PER_OCTAVE * (piece.pitch - mean[piece.track]) / 12, -MOST, MOST)
    return Effect(loudness=np.where(piece.is_drum, 0.0, loudness))
