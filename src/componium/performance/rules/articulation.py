"""Articulation: notes are detached from the next.

At weight 1 a note ends earlier by 15 % of its duration, by no more than 60 ms. The weight is a style's: near legato for
chorales, detached for dance tunes.

Source: R. Bresin & G. U. Battel, Articulation strategies in expressive piano performance, Journal of New Music Research
29 (2000), where the detached time is in proportion to the interval between onsets. The amounts are ours.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

SHARE = 0.15
MOST = 60.0  # ms


def articulation(piece: Piece) -> Effect:
    """Return the gap after each note of a track that is followed by another at once."""
    followed = ~piece.is_drum & (piece.next_onset <= piece.offset)
    gap = np.minimum(SHARE * piece.duration * piece.quarter_ms, MOST)
    return Effect(gap=np.where(followed, gap, 0.0))
