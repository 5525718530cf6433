"""Histograms of a score: pitch classes, melodic intervals, places in the bar."""

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import all_notes, lines, pitched
from componium.music.score import Score
from componium.music.time import bar_lines


def pitch_class_histogram(score: Score) -> NDArray[np.float64]:
    """How many notes there are of each pitch class: [12], C first."""
    return np.bincount(pitched(score)["pitch"] % 12, minlength=12).astype(np.float64)


def interval_counts(score: Score) -> NDArray[np.int64]:
    """How often each melodic interval comes, as in `interval_profile`: [25]."""
    steps = [np.diff(line["pitch"].astype(np.int64)) for line in lines(score)]
    return np.bincount(np.clip(np.concatenate([np.zeros(0, np.int64), *steps]), -12, 12) + 12, minlength=25)


def interval_profile(score: Score) -> NDArray[np.float64]:
    """The share of each melodic interval, -12 to 12 semitones: [25]. Larger ones count as octaves.

    Taken between successive notes of each line, across rests too. All zero where no line has two notes.
    """
    counts = interval_counts(score)
    shares: NDArray[np.float64] = counts / max(counts.sum(), 1)
    return shares


def onset_positions(score: Score, bins: int = 48) -> NDArray[np.float64]:
    """The share of onsets in each of `bins` equal parts of the bar they fall in: [bins]; all zero without notes.

    Bins are centred on their place, so that the first takes what is just before the bar line of the next bar.
    """
    bars, onset = bar_lines(score), all_notes(score)["onset"]
    at = np.searchsorted(bars, onset, side="right") - 1
    place = np.rint((onset - bars[at]) * bins / (np.diff(bars)[at] if len(onset) else 1)).astype(np.int64) % bins
    return np.bincount(place, minlength=bins) / max(len(onset), 1)
