"""Groove: drums are struck as drummers of a genre strike them.

Loudness and offsets by drum and place in the bar are those of `performance.groove`: means over some 500 beats that
ten drummers played on an electronic kit. The offset counts for strokes that are written on a 16th. A style that is no
genre takes the mean of all genres.

Source: J. Gillick, A. Roberts, J. Engel, D. Eck & D. Bamman, Learning to groove with inverse sequence transformations,
ICML 2019: the Groove MIDI Dataset, Google LLC, CC BY 4.0.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.groove import shipped
from componium.performance.piece import Piece


def groove(piece: Piece) -> Effect:
    """Return loudness and shift of the notes of drum tracks."""
    if not piece.is_drum.any():
        return Effect()
    sixteenth = piece.place * 4
    place = np.rint(sixteenth).astype(np.int64)
    loudness, offset = shipped().predict(piece.style, piece.pitch, place)
    on_grid = np.abs(sixteenth - place) < 0.05
    shift = np.where(on_grid, offset, 0.0) * piece.quarter_ms / 4
    return Effect(loudness=np.where(piece.is_drum, loudness, 0.0), shift=np.where(piece.is_drum, shift, 0.0))
