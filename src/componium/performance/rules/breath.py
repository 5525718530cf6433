"""Breaths: a phrase's last notes end early, and the next phrase waits a little.

At weight 1 notes that end a phrase end earlier by a fifth, by no more than 180 ms, and the tempo is 8 % slower while
the last sonority sounds. Where a long phrase was divided without a rest, both are half as much.

Source: rule Punctuation (A. Friberg, R. Bresin, L. Frydén & J. Sundberg, Musical punctuation on the microlevel,
Journal of New Music Research 27, 1998), by which the last tone before a boundary is lengthened and followed by a
micropause; here at the phrases of `performance.phrases`. The amounts are ours.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

SHARE = 0.2
MOST = 180.0  # ms
SLOWER = 0.08  # natural logarithm of a ratio


def breath(piece: Piece) -> Effect:
    """Return gaps at the ends of phrases, and the waiting."""
    stops, lasts = piece.phrases.stop[:-1], piece.phrases.last[:-1]
    if not len(stops):
        return Effect()
    strength = np.where(piece.phrases.rests[:-1], 1.0, 0.5)
    at = np.minimum(np.searchsorted(stops, piece.offset - 1e-9), len(stops) - 1)
    ending = ~piece.is_drum & (np.abs(stops[at] - piece.offset) < 1e-9)
    gap = strength[at] * np.minimum(SHARE * piece.duration * piece.quarter_ms, MOST)
    at = np.minimum(np.searchsorted(stops, piece.segments, side="right"), len(stops) - 1)
    waiting = (piece.segments >= lasts[at]) & (piece.segments < stops[at])
    return Effect(gap=np.where(ending, gap, 0.0), tempo=np.where(waiting, -SLOWER * strength[at], 0.0))
