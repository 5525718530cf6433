"""Histograms of a score: pitch classes, melodic intervals, places in the bar."""

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import all_notes, lines, pitched
from componium.music.score import Score
from componium.music.time import bar_lines


def pitch_class_histogram(score: Score) -> NDArray[np.float64]:
    """Return the number of notes of each pitch class, C first: (12,)."""
    return np.bincount(pitched(score)["pitch"] % 12, minlength=12).astype(np.float64)


def interval_counts(score: Score) -> NDArray[np.int64]:
    """Return the number of melodic intervals of each size, -12 to 12 semitones: (25,).

    Counted between successive notes of each line, across rests too. Larger ones count as octaves.
    """
    steps = [np.diff(line["pitch"].astype(np.int64)) for line in lines(score)]
    return np.bincount(np.clip(np.concatenate([np.zeros(0, np.int64), *steps]), -12, 12) + 12, minlength=25)


def interval_profile(score: Score) -> NDArray[np.float64]:
    """Return the shares of `interval_counts`, (25,); all 0 without intervals."""
    counts = interval_counts(score)
    shares: NDArray[np.float64] = counts / max(counts.sum(), 1)
    return shares


def onset_positions(score: Score, bins: int = 48) -> NDArray[np.float64]:
    """Return the share of onsets in each of `bins` equal parts of the bar: (bins,).

    All are 0 without notes. Bins are centered on their place, so that the first takes what is just before the bar line
    of the next bar.
    """
    bars, onset = bar_lines(score), all_notes(score)["onset"]
    at = np.searchsorted(bars, onset, side="right") - 1
    place = np.rint((onset - bars[at]) * bins / (np.diff(bars)[at] if len(onset) else 1)).astype(np.int64) % bins
    return np.bincount(place, minlength=bins) / max(len(onset), 1)
