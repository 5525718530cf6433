"""Climax: a crescendo to the highest and densest moment, then a decrescendo.

At weight 1 the loudness rises linearly by 8 dB to the climax, and falls by 5.5 dB to the end. The climax is the
note of the melody after the first quarter of the piece where height, in standard deviations of the melody's pitch, and
half of density, in those of the notes that begin within a bar, sum to the most; of equal ones the last.

Source: that intensity rises to the high point of a span and falls after it: N. Todd, The dynamics of dynamics: a
model of musical expression, JASA 91 (1992). The choice of the point is ours, and so are the amounts, set by the
range of pianists' dynamics (benchmarks/performance).
"""

import numpy as np
from numpy.typing import NDArray

from componium.performance.effect import Effect, type_curve
from componium.performance.piece import MELODY, Piece

RISE, FALL = 8.0, 5.5  # dB
EARLIEST = 0.25  # of the piece


def climax(piece: Piece) -> Effect:
    """Return the loudness toward the climax and after it."""
    top = find_climax(piece)
    if top is None:
        return Effect()
    loudness = np.interp(piece.onset, [0.0, top, max(piece.end, top + 1e-9)], [-RISE / 2, RISE / 2, RISE / 2 - FALL])
    return Effect(loudness=loudness)


def find_climax(piece: Piece) -> float | None:
    """Return the onset of the climax, in quarters; None without a melody."""
    late = (piece.role == MELODY) & ~piece.is_drum & (piece.onset >= EARLIEST * piece.end)
    if not late.any():
        return None
    onset, pitch = piece.onset[late], piece.pitch[late].astype(np.float64)
    density = _counts(np.sort(piece.onset), onset, piece.bar / 2).astype(np.float64)
    height = _standard(pitch) + 0.5 * _standard(density)
    return float(onset[np.flatnonzero(height >= height.max() - 1e-9)[-1]])


def _counts(onsets: type_curve, at: type_curve, half: float) -> NDArray[np.int64]:
    """Return how many onsets lie within `half` of each time."""
    return np.searchsorted(onsets, at + half, side="right") - np.searchsorted(onsets, at - half)


def _standard(values: type_curve) -> type_curve:
    standard: type_curve = (values - values.mean()) / max(float(values.std()), 1e-9)
    return standard
