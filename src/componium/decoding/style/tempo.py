"""Usual tempi, for takes where neither the request nor the model states one."""

import numpy as np

from componium.music.score import DEFAULT_QPM, Score

# In quarters a minute. Those of dance tunes are for tunes in eighths.
USUAL_QPM = {"chorales": 76, "madrigals": 92, "quartets": 112, "air": 84, "jig": 170, "slip jig": 170, "reel": 190,
             "hornpipe": 150, "march": 104, "strathspey": 120, "waltz": 140, "minuet": 116, "fiddle": 140}  # fmt: skip
_IN_EIGHTHS = frozenset(USUAL_QPM) - {"chorales", "madrigals", "quartets"}
_SIXTEENTHS = 0.3  # quarters: a tune whose median note is no longer is written in sixteenths


def usual_qpm(score: Score, style: str) -> float:
    """Return the usual tempo of a style, in quarters a minute, by its note values.

    Reels and hornpipes in 2/4 are written in sixteenths, those in 2/2 in eighths; they are played equally fast, so the
    former have half as many quarters a minute.

    >>> from componium.music.score import Track, notes
    >>> reels = [Score((Track(notes([(at * unit, unit, 60) for at in range(8)])),)) for unit in (240, 120)]
    >>> [usual_qpm(reel, "reel") for reel in reels]
    [190.0, 95.0]
    """
    if not score.n_notes:
        return usual_qpm_at(style, 1.0)
    durations = np.concatenate([track.notes["duration"] for track in score.tracks])
    return usual_qpm_at(style, float(np.median(durations)) / score.ticks_per_quarter)


def usual_qpm_at(style: str, duration: float) -> float:
    """Return the usual tempo of a style, in quarters a minute.

    duration  median of the notes, in quarters
    """
    qpm = float(USUAL_QPM.get(style, DEFAULT_QPM))
    return qpm / 2 if style in _IN_EIGHTHS and duration <= _SIXTEENTHS else qpm
