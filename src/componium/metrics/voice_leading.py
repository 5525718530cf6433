"""Voice leading: the motion of parts against one another, and of dissonances.

Conventions: parts are the lines of the score (analysis.lines). A dissonance is a second, a seventh or a tritone, and a
fourth above the lowest part that sounds (as in counterpoint since Fux); compound intervals count as simple ones.
"""

import math
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import line_at, lines
from componium.metrics._statistics import ratio
from componium.music.score import Score, type_notes
from componium.music.theory import CONSONANT_ABOVE_BASS
from componium.music.time import beat_lines

FOURTH = 5


def contrary_motion_rate(score: Score) -> float:
    """Return the share of moves of two parts at once that go in opposite directions.

    Over all pairs of parts, at their common onsets. nan if no two parts move together.
    """
    contrary, total = 0, 0
    for one, other in combinations(lines(score), 2):
        _, at, where = np.intersect1d(one["onset"], other["onset"], return_indices=True)
        at, where = at[(at > 0) & (where > 0)], where[(at > 0) & (where > 0)]
        steps = [line["pitch"].astype(np.int64)[index] - line["pitch"].astype(np.int64)[index - 1]
                 for line, index in ((one, at), (other, where))]  # fmt: skip
        products = np.sign(steps[0]) * np.sign(steps[1])
        contrary, total = contrary + int((products < 0).sum()), total + int((products != 0).sum())
    return ratio(contrary, total)


def dissonance_resolution(score: Score) -> float:
    """Return the share of dissonances on beats that resolve down by step.

    Each pair of parts that sound a dissonance on a beat counts; it resolves if the next other pitch of one of the two
    lies one or two semitones lower. nan without dissonances.
    """
    parts, beats = lines(score), beat_lines(score)[:-1]
    if len(parts) < 2:
        return math.nan
    sounding = np.stack([line_at(line, beats) for line in parts])
    falls = np.stack([_falls_by_step(line, beats) for line in parts])
    bass = np.where(sounding < 0, 128, sounding).min(axis=0)
    resolved, total = 0, 0
    for one, other in combinations(range(len(parts)), 2):
        is_dissonant = _dissonances(sounding[one], sounding[other], bass)
        total += int(is_dissonant.sum())
        resolved += int((is_dissonant & (falls[one] | falls[other])).sum())
    return ratio(resolved, total)


def _dissonances(one: NDArray[np.int64], other: NDArray[np.int64], bass: NDArray[np.int64]) -> NDArray[np.bool_]:
    low, gap = np.minimum(one, other), abs(one - other) % 12
    dissonant = ~np.isin(gap, CONSONANT_ABOVE_BASS) | ((gap == FOURTH) & (low == bass))
    result: NDArray[np.bool_] = dissonant & (low >= 0)
    return result


def _falls_by_step(line: type_notes, ticks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the line's next other pitch after each tick is a step lower."""
    pitch = line["pitch"].astype(np.int64)
    changes = np.append(np.flatnonzero(np.diff(pitch)) + 1, len(pitch))
    at = np.maximum(np.searchsorted(line["onset"], ticks, side="right") - 1, 0)
    following = changes[np.searchsorted(changes, at, side="right").clip(max=len(changes) - 1)]
    step = pitch[np.minimum(following, len(pitch) - 1)] - pitch[at]
    return np.isin(step, (-1, -2))


SCALARS = (contrary_motion_rate, dissonance_resolution)
