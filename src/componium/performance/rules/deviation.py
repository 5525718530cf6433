"""Deviation: small random differences of time and loudness.

At weight 1 onsets differ by a standard deviation of 5 ms, loudness by 0.5 dB; without a seed by nothing.

Source: the noise of the motor system in P. N. Juslin, A. Friberg & R. Bresin, Toward a computational model of
expression in music performance: the GERM model, Musicae Scientiae (2002). The amounts are ours; successive deviations
are independent.
"""

from componium.performance.effect import Effect
from componium.performance.piece import Piece

MILLISECONDS, DECIBELS = 5.0, 0.5


def deviation(piece: Piece) -> Effect:
    """Return random shifts and loudness of all notes."""
    if piece.rng is None:
        return Effect()
    shift, loudness = piece.rng.standard_normal((2, len(piece.onset)))
    return Effect(loudness=DECIBELS * loudness, shift=MILLISECONDS * shift)
