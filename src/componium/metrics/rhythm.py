"""Rhythm: bars, onsets and durations, and silence.

Conventions: bars are those of music.time.bar_lines, from the start to the bar line at or after the last note's end,
so a last bar that is not filled is silent at its end. Drums count. Entropies are in bits.
"""

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from componium.analysis.histograms import onset_positions
from componium.analysis.lines import all_notes, melody
from componium.analysis.meter import counted_bars, whole_bar_lines
from componium.metrics._statistics import entropy, ratio
from componium.music import time
from componium.music.score import Meter, Score

STEPS_PER_QUARTER = 12  # sixteenths and triplets


def n_bars(score: Score) -> float:
    """Return the number of bars."""
    return float(time.n_bars(score))


def notes_per_bar(score: Score) -> float:
    """Return the mean number of notes a bar."""
    return ratio(score.n_notes, time.n_bars(score))


def notes_per_quarter(score: Score) -> float:
    """Return the mean number of notes a quarter, from the start to the last bar line."""
    return ratio(score.n_notes * score.ticks_per_quarter, float(time.bar_lines(score)[-1]))


def _silences(score: Score) -> NDArray[np.int64]:
    """Return the spans without sound, (k, 2) in ticks, up to the last bar line."""
    array = all_notes(score)
    array = array[np.argsort(array["onset"], kind="stable")]
    ends = np.concatenate([[0], np.maximum.accumulate(array["onset"] + array["duration"])])
    spans = np.stack([ends, np.append(array["onset"], time.bar_lines(score)[-1])], axis=1)
    return spans[spans[:, 1] > spans[:, 0]]


def gaps(score: Score) -> float:
    """Return the share of the time, up to the last bar line, in which nothing sounds."""
    spans = _silences(score)
    return ratio(float((spans[:, 1] - spans[:, 0]).sum()), float(time.bar_lines(score)[-1]))


def silence_rate(score: Score) -> float:
    """Return the share of silence between the first onset and the last end.

    So rests before a pickup, or after a last note, don't count.
    """
    if not score.n_notes:
        return math.nan
    spans = _silences(score)
    first = int(all_notes(score)["onset"].min())
    inside = spans[(spans[:, 0] >= first) & (spans[:, 1] < score.end)]
    return ratio(float((inside[:, 1] - inside[:, 0]).sum()), score.end - first)


def longest_gap(score: Score) -> float:
    """Return the longest silence up to the last bar line, in quarters."""
    spans = _silences(score)
    return float((spans[:, 1] - spans[:, 0]).max(initial=0)) / score.ticks_per_quarter


def empty_bar_rate(score: Score) -> float:
    """Return the share of bars in which nothing sounds from beginning to end."""
    bars, spans = time.bar_lines(score), _silences(score)
    first = np.searchsorted(bars, spans[:, 0], side="left")
    last = np.searchsorted(bars, spans[:, 1], side="right") - 1
    return ratio(float(np.maximum(last - first, 0).sum()), len(bars) - 1)


def duration_entropy(score: Score) -> float:
    """Return the entropy of the notes' durations in ticks, in bits."""
    return entropy(np.unique(all_notes(score)["duration"], return_counts=True)[1])


def onset_entropy(score: Score) -> float:
    """Return the entropy of onset places in the bar (48 to the bar), 0 to 5.58 bits."""
    return entropy(onset_positions(score))


def groove_consistency(score: Score) -> float:
    """Return the similarity of neighboring bars' rhythms, 0 to 1.

    It is one minus the mean share of places that differ. Places are twelfths of a quarter; one differs if an onset
    falls there in one bar only. Pairs of bars of unequal length are left out; nan if there is no pair. After Wu and
    Yang, "The Jazz Transformer on the front line" (ISMIR 2020).
    """
    bars, onset = time.bar_lines(score), all_notes(score)["onset"]
    if len(bars) < 3:
        return math.nan
    lengths = np.diff(bars)
    steps = np.maximum(np.rint(lengths * STEPS_PER_QUARTER / score.ticks_per_quarter).astype(np.int64), 1)
    at = np.searchsorted(bars, onset, side="right") - 1
    place = (onset - bars[at]) * STEPS_PER_QUARTER // score.ticks_per_quarter
    onsets = set(zip(at.tolist(), place.tolist(), strict=True))
    differ = np.zeros(len(bars), dtype=np.int64)  # [i] counts where bars i - 1 and i differ
    for bar, step in onsets:
        differ[bar] += (bar - 1, step) not in onsets
        differ[bar + 1] += (bar + 1, step) not in onsets
    same = lengths[1:] == lengths[:-1]
    return 1 - float(np.mean(differ[1:-1][same] / steps[1:][same])) if same.any() else math.nan


def _bar_rhythms(score: Score) -> NDArray[np.int64]:
    """Return how many bars have each rhythm of the melody: the places of its onsets.

    The pickup and bars in which nothing begins are left out.
    """
    bars, onset = whole_bar_lines(score), melody(score)["onset"]
    onset = onset[onset >= bars[0]]
    starts = np.searchsorted(onset, bars)
    spans = zip(bars[:-1].tolist(), starts[:-1], starts[1:], strict=True)
    rhythms = Counter(tuple((onset[first:stop] - bar).tolist()) for bar, first, stop in spans)
    return np.array([count for rhythm, count in rhythms.items() if rhythm], dtype=np.int64)


def bar_rhythm_entropy(score: Score) -> float:
    """Return the entropy of the rhythms of the melody's bars, in bits.

    It is that of the shares of bars with each set of onset places; 0 if all have one, nan without a whole bar.
    """
    return entropy(_bar_rhythms(score))


def commonest_bar_rhythm(score: Score) -> float:
    """Return the share of the melody's bars that have its commonest rhythm, 0 to 1."""
    counts = _bar_rhythms(score)
    return ratio(float(counts.max(initial=0)), float(counts.sum()))


def density_variation(score: Score) -> float:
    """Return the standard deviation of the notes a bar, divided by their mean.

    Pickup and last bar, which may be parts of a bar, are left out; nan without notes in the others.
    """
    bars = whole_bar_lines(score)[:-1]
    if len(bars) < 2:
        return math.nan
    counts = np.histogram(all_notes(score)["onset"], bars - 0.5)[0]
    return ratio(float(counts.std()), float(counts.mean()))


def bars_exact(score: Score, n: int) -> bool:
    """Return whether the score has exactly `n` bars.

    A pickup and the last bar, which completes it, are one.
    """
    return counted_bars(score) == n


def meter_exact(score: Score, meter: Meter) -> float:
    """Return the share of bars written in a meter and of its length.

    A pickup and the last bar, which completes it, are one.
    """
    bars, meters = time.bar_lines(score), time.meters_of(score)
    at = np.searchsorted([change.tick for change in meters], bars[:-1], side="right") - 1
    is_meter = np.array([str(change) == str(meter) for change in meters])
    length = time.bar_quarters(meter) * score.ticks_per_quarter
    full = np.abs(np.diff(bars) - float(length)) < 1  # where ticks don't divide the bar its lines are rounded
    completed = len(bars) - 1 - counted_bars(score)
    return ratio(float((is_meter[at] & full)[completed:].sum()), len(bars) - 1 - completed)


SCALARS = (
    n_bars, notes_per_bar, notes_per_quarter, density_variation, gaps, longest_gap, silence_rate, empty_bar_rate,
    duration_entropy, onset_entropy, bar_rhythm_entropy, commonest_bar_rhythm, groove_consistency,
)
