"""Phrases by their ends: sonorities that are held, or are followed by silence.

A phrase ends with a sonority after which nothing begins for two beats or longer, and with the last one. So ends are
found where music comes to rest, by its rhythm alone; a phrase that goes straight on into the next is not told from it.
"""

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import pitched
from componium.analysis.meter import main_meter
from componium.music.score import Score
from componium.music.time import beat_quarters

BEATS = 2  # for which nothing begins


def phrase_ends(score: Score) -> NDArray[np.int64]:
    """Return the onset of the last sonority of each phrase, in ticks.

    Empty without pitched notes.

    >>> from componium.music.score import Track, notes
    >>> line = [(0, 480, 60), (480, 960, 62), (1440, 480, 64), (1920, 1920, 60)]
    >>> phrase_ends(Score(tracks=(Track(notes(line)),))).tolist()
    [480, 1920]
    """
    onsets = np.unique(pitched(score)["onset"]).astype(np.int64)
    rests = np.diff(onsets) >= BEATS * beat_quarters(main_meter(score)) * score.ticks_per_quarter
    return onsets[np.append(rests, True)] if len(onsets) else onsets
