"""Chord labels of a score: one a beat, by templates and a Viterbi path.

The pitch classes of a beat are weighted by the time that they sound, those struck in it by STRUCK, the lowest by
LOWEST. A chord scores the share of that weight that it holds minus the share that it doesn't, minus SILENT for the
share of its notes that are not heard, plus its quality's prior, plus a bonus if its root is the lowest note, and one if
it lies in the scale of the key. Of all sequences of labels the one with the highest sum is found (Viterbi 1967), where
a change costs, less at a bar line. Compare Pardo and Birmingham, "Algorithms for chordal analysis" (2002), and Bello
and Pickens, "A robust mid-level representation for harmonic content in music signals" (2005).
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import pitched
from componium.music.bars import beat_quarters
from componium.music.chords import NO_CHORD, QUALITIES, PlainChord
from componium.music.score import Chord, Meter, Score
from componium.music.theory import SCALES
from componium.music.time import bar_lines, meters_of

STRUCK, LOWEST = 1.25, 1.5
SILENT = 0.45
AUDIBLE = 0.02  # the share of a beat's weight below which a note counts as silent
ROOT_BONUS, SCALE_BONUS = 0.15, 0.08
NO_CHORD_SCORE = 0.23
CHANGE, CHANGE_AT_BAR = 0.45, 0.25
PRIORS = {"": 0.0, "m": 0.0, "7": -0.1, "m7": -0.18, "maj7": -0.25, "dim": -0.1, "m7b5": -0.15, "dim7": -0.15,
          "aug": -0.22, "sus4": -0.18}  # fmt: skip
# Minor with its leading tone, but without the raised sixth of SCALES, which would count the major subdominant.
LABEL_SCALES = {**SCALES, "minor": (0, 2, 3, 5, 7, 8, 10, 11)}
CHORDS = tuple(PlainChord(root, quality) for root in range(12) for quality in QUALITIES)
_TEMPLATES = np.array([np.isin(np.arange(12), chord.pitch_classes) for chord in CHORDS], dtype=float)
_ROOTS = np.array([chord.root for chord in CHORDS])
_PRIORS = np.array([PRIORS[chord.quality] for chord in CHORDS])
_NONE = len(CHORDS)


class Label(NamedTuple):
    """The chord of a beat that begins at `tick`; None for no chord."""

    tick: int
    chord: PlainChord | None


def label_beats(score: Score) -> list[Label]:
    """Return the chord of each beat, in order.

    Drums are left out; a score without pitched notes has no labels. A beat is at least a quarter; a bar of 3/8 is one
    beat.

    >>> from componium.music.score import Track, notes
    >>> bass, upper = [(0, 960, 48), (960, 960, 43)], [(0, 960, 64), (0, 960, 67), (960, 960, 62), (960, 960, 71)]
    >>> score = Score(tracks=(Track(notes(upper)), Track(notes(bass))))
    >>> [label.chord.name() for label in label_beats(score)]
    ['C', 'C', 'G', 'G']
    """
    if not len(pitched(score)):
        return []
    edges, is_line = chord_beats(score)
    weight, lowest = _weights(score, edges)
    path = _best_path(_scores(score, edges, weight, lowest), is_line)
    return [Label(tick, CHORDS[index] if index < _NONE else None)
            for tick, index in zip(edges[:-1].tolist(), path.tolist(), strict=True)]  # fmt: skip


def label_chords(score: Score) -> tuple[Chord, ...]:
    """Return chord symbols, one where the chord changes, spelled for the first key.

    Labels are those of `label_beats`.
    """
    return _symbols(label_beats(score), score)


def vote_chords(scores: Sequence[Score]) -> tuple[Chord, ...]:
    """Return the chords that most settings of one melody have, beat by beat.

    Labels are those of `label_beats`; of equally common ones the first counts. The settings have the same meters.

    >>> from componium.music.score import Track, notes
    >>> def triad(*pitches):
    ...     return Score(tracks=(Track(notes([(0, 1920, pitch) for pitch in pitches])),))
    >>> [chord.symbol for chord in vote_chords([triad(60, 64, 67), triad(57, 60, 64), triad(57, 64, 72)])]
    ['Am']
    """
    votes: dict[int, Counter[PlainChord | None]] = {}
    for label in (label for score in scores for label in label_beats(score)):
        votes.setdefault(label.tick, Counter())[label.chord] += 1
    return _symbols([Label(tick, votes[tick].most_common(1)[0][0]) for tick in sorted(votes)], scores[0])


def _symbols(labels: Sequence[Label], score: Score) -> tuple[Chord, ...]:
    fifths = score.keys[0].fifths if score.keys else 0
    runs = (next(run) for _, run in groupby(labels, key=lambda label: label.chord))
    return tuple(Chord(label.tick, label.chord.name(fifths) if label.chord else NO_CHORD) for label in runs)


def chord_beats(score: Score) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the beats' onsets and the last bar line, (n + 1,), and which begin a bar."""
    lines, meters = bar_lines(score), meters_of(score)
    which = np.searchsorted([meter.tick for meter in meters], lines[:-1], side="right") - 1
    edges: list[int] = []
    is_line: list[bool] = []
    for (start, stop), at in zip(pairwise(lines.tolist()), which.tolist(), strict=True):
        length = _beat_ticks(meters[at], score.ticks_per_quarter)
        beats = list(range(start, stop, length))
        if len(beats) > 1 and stop - beats[-1] < length // 2:
            beats.pop()
        edges += beats
        is_line += [True] + [False] * (len(beats) - 1)
    return np.array([*edges, int(lines[-1])]), np.array(is_line)


def _beat_ticks(meter: Meter, ticks_per_quarter: int) -> int:
    """Return the length of a beat: a compound one, or else at least a quarter."""
    quarters = beat_quarters(meter)
    if meter.denominator >= 8 and meter.numerator == 3:
        quarters *= 3
    elif quarters.numerator % 3:
        quarters = max(quarters, Fraction(1))
    return max(int(quarters * ticks_per_quarter), 1)


def _weights(score: Score, edges: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return pitch class weights (n, 12) and lowest ones (n,), -1 for silence."""
    notes, count = pitched(score), len(edges) - 1
    onset, offset = notes["onset"], notes["onset"] + notes["duration"]
    first = np.searchsorted(edges, onset, side="right") - 1
    last = np.minimum(np.searchsorted(edges, offset, side="left"), count) - 1
    weight, lowest = np.zeros((count, 12)), np.full(count, 128, dtype=np.int64)
    for at in range(int((last - first).max(initial=0)) + 1):
        held = first + at <= last
        beat, pitch = first[held] + at, notes["pitch"][held].astype(np.int64)
        time = np.minimum(offset[held], edges[beat + 1]) - np.maximum(onset[held], edges[beat])
        np.add.at(weight, (beat, pitch % 12), time * (1.0 if at else STRUCK))
        np.minimum.at(lowest, beat, pitch)
    sounds = lowest < 128
    lowest = np.where(sounds, lowest % 12, -1)
    weight[sounds, lowest[sounds]] *= LOWEST
    return weight, lowest


def _scores(
    score: Score, edges: NDArray[np.int64], weight: NDArray[np.float64], lowest: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the score of each chord, and of none, in each beat, (n, 121)."""
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    inside = share @ _TEMPLATES.T
    silent = (share < AUDIBLE) @ _TEMPLATES.T / _TEMPLATES.sum(axis=1)
    scores = inside - (1 - inside) - SILENT * silent + _PRIORS + ROOT_BONUS * (lowest[:, None] == _ROOTS)
    starts = [0, *(int(np.searchsorted(edges[:-1], key.tick)) for key in score.keys[1:]), len(scores)]
    for key, begin, end in zip(score.keys, starts, starts[1:], strict=False):
        degrees = LABEL_SCALES[key.mode]
        outside = np.isin(np.arange(12), [(key.tonic + step) % 12 for step in degrees], invert=True)
        scores[begin:end] += SCALE_BONUS * (_TEMPLATES @ outside == 0)
    scores = np.column_stack([scores, np.full(len(scores), NO_CHORD_SCORE)])
    scores[lowest < 0] = 0.0
    return scores


def _best_path(scores: NDArray[np.float64], is_line: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the labels (n,) whose scores less the costs of changes are highest."""
    best, back = scores[0].copy(), np.zeros(scores.shape, dtype=np.int64)
    for beat in range(1, len(scores)):
        likeliest = int(best.argmax())
        change = best[likeliest] - (CHANGE_AT_BAR if is_line[beat] else CHANGE)
        back[beat] = np.where(best >= change, np.arange(scores.shape[1]), likeliest)
        best = np.maximum(best, change) + scores[beat]
    path = np.zeros(len(scores), dtype=np.int64)
    path[-1] = best.argmax()
    for beat in range(len(scores) - 1, 0, -1):
        path[beat - 1] = back[beat, path[beat]]
    return path
