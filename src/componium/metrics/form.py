"""Form: what comes back, and when; strains, upbeat and imitation.

Conventions: bars are counted from the first whole one, past a pickup. Two bars are as alike as the notes that begin in
them: those that both have, of those that either has (Jaccard), a note being its place in the bar and its pitch. A
figure is four successive notes of a line: their three intervals in semitones, and the three times between their onsets.
Figures on one pitch are left out. The melody is the line with the highest mean pitch.
"""

import math
from collections import Counter

import numpy as np

from componium.analysis.form import bar_contents
from componium.analysis.imitation import figures, imitations
from componium.analysis.lines import lines, melody
from componium.analysis.meter import main_meter, pickup_ticks, whole_bar_lines
from componium.metrics._statistics import mean_of, ratio
from componium.music.score import Score
from componium.music.time import bar_quarters


def recurrence(score: Score, distance: int) -> float:
    """Return the mean likeness of bars to those `distance` bars later, 0 to 1.

    Pairs of empty bars are left out; nan if there is no pair.
    """
    bars = bar_contents(score)
    pairs = zip(bars, bars[distance:], strict=False)
    return mean_of(ratio(len(one & other), len(one | other)) for one, other in pairs)


def recurrence_4(score: Score) -> float:
    """Return the mean likeness of bars to those four bars later (`recurrence`)."""
    return recurrence(score, 4)


def recurrence_8(score: Score) -> float:
    """Return the mean likeness of bars to those eight bars later (`recurrence`)."""
    return recurrence(score, 8)


def recurrence_16(score: Score) -> float:
    """Return the mean likeness of bars to those 16 bars later (`recurrence`)."""
    return recurrence(score, 16)


def strain_contrast(score: Score) -> float:
    """Return the mean pitch of the melody's second half less that of its first.

    In semitones, each note counted once; halves are of whole bars. nan if a half has no note.
    """
    line, bars = melody(score), whole_bar_lines(score)
    middle = int(np.searchsorted(line["onset"], bars[len(bars) // 2]))
    first, second = line["pitch"][:middle], line["pitch"][middle:]
    return float(second.mean() - first.mean()) if len(first) and len(second) else math.nan


def pickup(score: Score) -> float:
    """Return the length of the pickup as a share of a bar, 0 if there is none."""
    length = bar_quarters(main_meter(score)) * score.ticks_per_quarter
    return float(pickup_ticks(score) / length)


def motif_economy(score: Score) -> float:
    """Return the share of the melody's figures that it has at least twice, 0 to 1.

    nan with fewer than two figures.
    """
    counts = Counter(figure for _, _, figure in figures(melody(score)))
    total = counts.total()
    return ratio(sum(count for count in counts.values() if count > 1), total) if total > 1 else math.nan


def imitation(score: Score) -> float:
    """Return the share of figures that another line had up to 16 quarters before.

    At any transposition, in the same rhythm, and not begun together. nan with fewer than two lines.
    """
    if len(lines(score)) < 2:
        return math.nan
    n_figures, imitated = imitations(score)
    return ratio(len(imitated), n_figures)


SCALARS = (
    recurrence_4, recurrence_8, recurrence_16, strain_contrast, pickup, motif_economy, imitation,
)  # fmt: skip
