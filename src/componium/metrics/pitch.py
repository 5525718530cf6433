"""Pitch: number and distribution of pitches, and motion of melodies.

Conventions: intervals in semitones, entropies in bits, lengths in notes or quarters as the name says. Statistics count
notes, each once whatever its length, except polyphony, which is over time. Definitions of the first nine follow
MusPy (Dong et al., "MusPy: A toolkit for symbolic music generation", ISMIR 2020).
"""

import math

import numpy as np

from componium.analysis.histograms import interval_counts, interval_profile, pitch_class_histogram
from componium.analysis.lines import lines, pitched
from componium.metrics._statistics import entropy, longest_true, ratio
from componium.music.score import Key, Score
from componium.music.theory import MAJOR_SCALE, scale_pitch_classes


def pitch_range(score: Score) -> float:
    """Return the semitones from the lowest pitch to the highest."""
    pitch = pitched(score)["pitch"]
    return float(pitch.max() - pitch.min()) if len(pitch) else math.nan


def n_pitches_used(score: Score) -> float:
    """Return the number of different pitches."""
    return float(len(np.unique(pitched(score)["pitch"])))


def n_pitch_classes_used(score: Score) -> float:
    """Return the number of different pitch classes, 0 to 12."""
    return float(np.count_nonzero(pitch_class_histogram(score)))


def pitch_entropy(score: Score) -> float:
    """Return the entropy of the pitches, in bits: 0 (one pitch) to 7."""
    return entropy(np.bincount(pitched(score)["pitch"], minlength=128))


def pitch_class_entropy(score: Score) -> float:
    """Return the entropy of the pitch classes, in bits: 0 (one) to log2(12) = 3.58.

    A seven-note scale evenly used has 2.81.
    """
    return entropy(pitch_class_histogram(score))


def in_scale_rate(score: Score, key: Key) -> float:
    """Return the share of notes in the scale of a key (see `theory.SCALES`), 0 to 1."""
    counts = pitch_class_histogram(score)
    return ratio(counts[scale_pitch_classes(key)].sum(), counts.sum())


def scale_consistency(score: Score) -> float:
    """Return the share of notes in the major scale that fits best, 7/12 to 1."""
    counts = pitch_class_histogram(score)
    best = max(counts[(np.array(MAJOR_SCALE) + tonic) % 12].sum() for tonic in range(12))
    return ratio(best, counts.sum())


def polyphony(score: Score) -> float:
    """Return the mean number of pitched notes sounding, silences aside."""
    array = pitched(score)
    ticks = np.unique(np.concatenate([array["onset"], array["onset"] + array["duration"]]))
    change = np.zeros(len(ticks), dtype=np.int64)
    np.add.at(change, np.searchsorted(ticks, array["onset"]), 1)
    np.add.at(change, np.searchsorted(ticks, array["onset"] + array["duration"]), -1)
    length, count = np.diff(ticks), np.cumsum(change)[:-1]
    return ratio(float((length * count).sum()), float(length[count > 0].sum()))


def interval_entropy(score: Score) -> float:
    """Return the entropy of the melodic intervals, in bits: 0 to log2(25) = 4.64."""
    return entropy(interval_profile(score))


def step_rate(score: Score) -> float:
    """Return the share of melodic intervals of one or two semitones, up or down."""
    counts = interval_counts(score)
    return ratio(float(counts[[10, 11, 13, 14]].sum()), float(counts.sum()))


def leap_rate(score: Score) -> float:
    """Return the share of melodic intervals wider than a fourth."""
    counts = interval_counts(score)
    return ratio(float(counts[:7].sum() + counts[18:].sum()), float(counts.sum()))


def longest_repeated_note(score: Score) -> float:
    """Return the longest run of one pitch in one line, in notes; 0 without notes."""
    voices = lines(score)
    longest = longest_true(line["pitch"][1:] == line["pitch"][:-1] for line in voices)
    return float(longest + 1 if any(len(line) for line in voices) else 0)


def longest_repeated_quarters(score: Score) -> float:
    """Return the longest run of one pitch in one line, in quarters that it sounds.

    Notes struck again and notes held count alike.
    """
    longest = 0
    for line in lines(score):
        starts = np.flatnonzero(np.append(True, line["pitch"][1:] != line["pitch"][:-1]))
        longest = max(longest, int(np.add.reduceat(line["duration"], starts).max()))
    return longest / score.ticks_per_quarter


SCALARS = (
    pitch_range, n_pitches_used, n_pitch_classes_used, pitch_entropy, pitch_class_entropy, scale_consistency,
    polyphony, interval_entropy, step_rate, leap_rate, longest_repeated_note, longest_repeated_quarters,
)
