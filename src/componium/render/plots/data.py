"""Statistics of scores for plots: pure functions, without drawing.

Conventions: those of componium.metrics. Drums count in steps and durations, never where there is pitch. A step is the
time from one onset to that of the note after it, all parts together, so notes that begin together are 0 apart. A
transition is from a note to the next of its line. Times are in quarters.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from componium.analysis.histograms import pitch_class_histogram
from componium.analysis.key import find_key
from componium.analysis.lines import lines, pitched
from componium.errors import ControlError
from componium.metrics.rhythm import STEPS_PER_QUARTER
from componium.music.score import Score

type_floats = NDArray[np.float64]
type_counts = NDArray[np.int64]
_WIDEST = 16  # quarters that a histogram spans; what is longer is counted together


def points(score: Score) -> tuple[type_floats, type_counts]:
    """Return onset in quarters and pitch of every note, without drums, by onset."""
    array = pitched(score)
    return array["onset"] / score.ticks_per_quarter, array["pitch"].astype(np.int64)


def pitch_counts(scores: Sequence[Score]) -> type_counts:
    """Return the number of notes of each pitch, [128]."""
    counts = [np.bincount(pitched(score)["pitch"], minlength=128) for score in scores]
    total: type_counts = np.sum([np.zeros(128, np.int64), *counts], axis=0)
    return total


def steps(scores: Sequence[Score]) -> type_floats:
    """Return the quarters from each onset to that of the next note.

    They are 0 within a chord; pieces are concatenated.
    """
    lengths = [np.zeros(0)]
    for score in scores:
        onsets = np.sort(np.concatenate([np.zeros(0, np.int64), *(track.notes["onset"] for track in score.tracks)]))
        lengths.append(np.diff(onsets) / score.ticks_per_quarter)
    return np.concatenate(lengths)


def durations(scores: Sequence[Score]) -> type_floats:
    """Return every note's duration in quarters."""
    quarters = [track.notes["duration"] / score.ticks_per_quarter for score in scores for track in score.tracks]
    return np.concatenate([np.zeros(0), *quarters])


def span_of(values: type_floats) -> int:
    """Return the number of whole quarters, 2 to 16, that 98 % of the values fit in."""
    return int(np.clip(np.ceil(np.quantile(values, 0.98)), 2, _WIDEST)) if len(values) else 2


def quarter_counts(values: type_floats, span: int) -> type_counts:
    """Count the values nearest each twelfth of a quarter from 0 to `span`.

    The shape is [12 span + 2]; the last entry counts those beyond.

    >>> quarter_counts(np.array([0.0, 0.5, 0.5, 7.0]), 1).tolist()
    [1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1]
    """
    last = span * STEPS_PER_QUARTER + 1
    places = np.rint(np.minimum(values, span + 1) * STEPS_PER_QUARTER).astype(np.int64)
    return np.bincount(np.minimum(places, last), minlength=last + 1)


def tonic_of(score: Score) -> int:
    """Return the pitch class of the tonic.

    The key is the first that is written, else the one found from the notes.
    """
    if score.keys:
        return score.keys[0].tonic
    return find_key(score).tonic if len(pitched(score)) else 0


def profile(scores: Sequence[Score], *, relative: bool = False) -> type_floats:
    """Return the number of notes of each pitch class, [12].

    It counts from C, or from each piece's tonic if `relative`.
    """
    rolled = [np.roll(pitch_class_histogram(score), -tonic_of(score) if relative else 0) for score in scores]
    counts: type_floats = np.sum([np.zeros(12), *rolled], axis=0)
    return counts


def transitions(scores: Sequence[Score], *, relative: bool = False) -> type_counts:
    """Count how often one pitch follows another in a line: [128, 128].

    Rows are from, columns to.

    If `relative`, pitches are moved so that each piece's tonic is C, up or down by a tritone at most.
    """
    counts = np.zeros((128, 128), dtype=np.int64)
    for score in scores:
        shift = (5 - tonic_of(score)) % 12 - 5 if relative else 0
        for line in lines(score):
            pitch = np.clip(line["pitch"].astype(np.int64) + shift, 0, 127)
            np.add.at(counts, (pitch[:-1], pitch[1:]), 1)
    return counts


def folded(counts: type_counts) -> type_counts:
    """Fold a [128, 128] matrix of pitches to one of pitch classes, [12, 12].

    >>> counts = np.zeros((128, 128), dtype=np.int64)
    >>> counts[60, 62] = counts[72, 50] = 1
    >>> int(folded(counts)[0, 2])
    2
    """
    folded_counts = np.zeros((12, 12), dtype=np.int64)
    at = np.arange(128) % 12
    np.add.at(folded_counts, (at[:, None], at[None, :]), counts)
    return folded_counts


def row_shares(matrix: ArrayLike) -> type_floats:
    """Divide each row by its sum; rows of zeros stay zeros.

    Raises ControlError unless the matrix is 2-D, finite and >= 0.
    """
    values = np.asarray(matrix, dtype=np.float64)
    if values.ndim != 2 or not values.size or not np.isfinite(values).all() or (values < 0).any():
        raise ControlError("this is no transition matrix", expected="rows and columns of finite numbers from 0 up")
    sums = values.sum(axis=1, keepdims=True)
    shares: type_floats = np.divide(values, sums, out=np.zeros_like(values), where=sums > 0)
    return shares


def percent(counts: ArrayLike) -> type_floats:
    """Return counts as shares of their sum, in percent; all 0 if there are none."""
    values = np.asarray(counts, dtype=np.float64)
    shares: type_floats = 100 * values / max(float(values.sum()), 1.0)
    return shares


def running_mean(values: type_floats, window: int) -> type_floats:
    """Return the mean of each value and its neighbors, `window` (odd) in all.

    Fewer are averaged at both ends.

    >>> running_mean(np.array([0.0, 3.0, 6.0, 0.0]), 3).tolist()
    [1.5, 3.0, 3.0, 3.0]
    """
    half = window // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    means: type_floats = (sums[high] - sums[low]) / (high - low)
    return means
