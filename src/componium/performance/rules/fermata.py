"""Fermatas: the sonority on which a phrase comes to rest is held.

At weight 1 it lasts half a beat longer, however long it is written. The last of a piece is left to `final_ritardando`.

Source: the fermatas at the ends of the lines of Bach's chorales, which mark where a congregation breathes; a breath
doesn't take longer after a long note. The amount is ours; a phrase's end is where nothing begins for two beats
(`analysis.phrases`), as fermatas aren't in a Score.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

LONGER = 0.5  # beats


def fermata(piece: Piece) -> Effect:
    """Return the tempo while the last sonorities of phrases sound."""
    chosen = piece.phrases.rests & (piece.phrases.last < piece.final)
    last, stop = piece.phrases.last[chosen], piece.phrases.stop[chosen]
    at = np.searchsorted(last, piece.segments, side="right") - 1
    held = (at >= 0) & (piece.segments < np.append(stop, 0.0)[at])
    longer = np.append(np.log1p(LONGER * piece.beat / (stop - last)), 0.0)
    return Effect(tempo=np.where(held, -longer[at], 0.0))
