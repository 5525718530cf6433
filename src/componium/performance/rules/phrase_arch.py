"""Phrase arches: each phrase begins slow and soft, gains, and yields at its end.

Tempo and loudness follow two parabolas that meet at the turn, half-way: with x from 0 to 1 through the phrase, they
lie -a (1 - 2x)^2 below the turn before it and -b (2x - 1)^2 after it. At weight 1, a is 6 % of tempo and 5 dB, b is
9 % and 6 dB. The mean over time is taken off, so that a piece lasts as long as written.

Source: A. Friberg, Matching the rule parameters of Phrase arch to performances of "Träumerei", KTH symposium on
generative grammars for music performance (1995); A. Friberg, R. Bresin & J. Sundberg, Overview of the KTH rule system
for musical performance, Advances in Cognitive Psychology 2 (2006), after N. Todd, A model of expressive timing in
tonal music, Music Perception 3 (1985). The amounts are ours, those of loudness set by the range of pianists' dynamics
(benchmarks/performance).
"""

import numpy as np

from componium.performance.effect import Effect, type_curve
from componium.performance.piece import Piece

TEMPO = (0.06, 0.09)  # natural logarithm of a ratio: before the turn, after it
LOUDNESS = (5.0, 6.0)  # dB
MEAN = 1 / 3  # of a parabola from 1 to 0, over time


def phrase_arch(piece: Piece) -> Effect:
    """Return arches of tempo and loudness over the phrases."""
    tempo = _arch(piece.phrases.position(piece.middles), TEMPO)
    loudness = _arch(piece.phrases.position(piece.onset), LOUDNESS)
    return Effect(loudness=np.where(piece.is_drum, 0.0, loudness), tempo=tempo)


def _arch(position: type_curve, depths: tuple[float, float]) -> type_curve:
    below = (2 * position - 1) ** 2
    curve = -np.where(position < 0.5, depths[0] * below, depths[1] * below)
    return curve + MEAN * sum(depths) / 2
