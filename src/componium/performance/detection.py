"""Detection of scores that are played already.

They were recorded by a player, or come from a file with dynamics of its own.
"""

import numpy as np

from componium.analysis.lines import all_notes
from componium.music.score import Score

LEVELS = 8  # velocities that dynamic marks may give: ppp to fff
OFF_GRID = 0.05  # share of onsets
_GRID = 24  # of a quarter
_TOLERANCE = 0.1  # of a place of the grid


def played_by(score: Score) -> str:
    """Return the features that show that a score is played; empty if none does.

    Over eight velocities are a player's; so are onsets of which over 5 % lie off the 24ths of a quarter.

    >>> from componium.music.score import Track, notes
    >>> played_by(Score((Track(notes([(0, 480, 60, 80), (480, 480, 64, 80)])),)))
    ''
    >>> played_by(Score((Track(notes([(0, 480, 60, 80), (489, 480, 64, 80)])),)))
    'timing'
    """
    notes = all_notes(score)
    velocities = np.unique(notes["velocity"])
    place = notes["onset"] * _GRID / score.ticks_per_quarter
    off = np.abs(place - np.rint(place)) > max(_TOLERANCE, 0.6 * _GRID / score.ticks_per_quarter)
    found = {"dynamics": len(velocities) > LEVELS, "timing": len(notes) > 0 and off.mean() > OFF_GRID}
    return " and ".join(name for name, holds in found.items() if holds)


def default_expression(score: Score | None) -> float:
    """Return the expression by default: 0 of a score that is played already, else 1.

    >>> default_expression(None), default_expression(Score())
    (1.0, 1.0)
    """
    return 0.0 if score is not None and played_by(score) else 1.0
