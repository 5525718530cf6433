"""Metrical accents: the stronger the place in the bar, the louder the note.

The downbeat, the middle of a bar of an even number of beats, other beats, their halves (thirds in compound meters), and
the rest are played with +2.4, +1.2, +0.4, -1.0 and -2.0 dB at weight 1.

Source: the hierarchy of beats is that of F. Lerdahl & R. Jackendoff, A Generative Theory of Tonal Music (1983), ch. 4;
that performers mark it by intensity: C. Drake & C. Palmer, Accent structures in music performance, Music Perception 10
(1993). The amounts are ours.
"""

import numpy as np

from componium.performance.effect import Effect
from componium.performance.piece import Piece

LOUDNESS = np.array([2.4, 1.2, 0.4, -1.0, -2.0])  # dB, by metrical level


def metrical_accent(piece: Piece) -> Effect:
    """Return accents of the notes of all tracks but drums."""
    return Effect(loudness=np.where(piece.is_drum, 0.0, LOUDNESS[piece.level]))
