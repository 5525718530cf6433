"""Endings: the final sonority of a piece and whether it is on the tonic.

The final sonority is what sounds when the last note to begin begins: in a chorale the last chord, suspensions
resolved; in a tune its last note. Its lowest note stands for the root.
"""

import math

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import pitched
from componium.music.score import Key, Score


def final_pitches(score: Score) -> NDArray[np.int64]:
    """Return the pitches of the final sonority, ascending; empty without notes."""
    array = pitched(score)
    if not len(array):
        return np.zeros(0, dtype=np.int64)
    last = array["onset"].max()
    return np.unique(array["pitch"][array["onset"] + array["duration"] > last]).astype(np.int64)


def final_root(score: Score) -> float:
    """Return the pitch class of the final sonority's lowest note, nan without notes."""
    pitches = final_pitches(score)
    return float(pitches[0] % 12) if len(pitches) else math.nan


def ends_on_tonic(score: Score, key: Key) -> bool:
    """Return whether the lowest note of the final sonority is the tonic of `key`."""
    return final_root(score) == key.tonic
