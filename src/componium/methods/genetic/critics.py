"""Critics of the genetic method, each a mark from 0 (poor) to 1 (good).

A melody is rows of (onset, duration, pitch) in 24ths of a quarter. Critics are weighted by name.
"""

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from componium.decoding.style.typical import Typical
from componium.errors import FormatError
from componium.methods.base import Autoregressive
from componium.music.score import Key, Score
from componium.music.theory import CONSONANT_ABOVE_BASS, SCALES

type_melody = list[tuple[int, int, int]]
ORDER = 3
FOLDS = 5
LEAP, FIFTH = 12, 7  # semitones: wider than the one no tune leaps, wider than the other it turns back
SHAPE = 12  # numbers that tell one melody from another for a listener's ratings


@dataclass(frozen=True)
class Likelihood:
    """Critic by an interpolated n-gram of (interval, duration), Witten-Bell smoothed.

    The likeliest melody would repeat one bar again and again. The best is one as likely as real melodies are that were
    not counted: the mark is 1 at their mean of bits a note and falls off as a Gaussian with their standard deviation.
    """

    counts: Mapping[tuple[Any, ...], Counter[Any]]
    typical: Typical

    @classmethod
    def of(cls, melodies: Sequence[type_melody]) -> "Likelihood":
        """Count melodies, and measure what is typical by cross-validation.

        A tune that was counted itself is likelier than any new one can be.
        """
        distinct = [list(melody) for melody in dict.fromkeys(map(tuple, melodies))]
        bits: list[float] = []
        for fold in range(min(FOLDS, len(distinct))):
            others = [melody for at, melody in enumerate(distinct) if at % FOLDS != fold]
            critic = cls(_counts(others or distinct), Typical(0.0, 1.0))
            bits += [critic.bits(melody) for melody in distinct[fold::FOLDS]]
        return cls(_counts(melodies), Typical.of(bits))

    def bits(self, melody: type_melody) -> float:
        """Return the mean bits a note."""
        symbols = _symbols(melody)
        if not symbols:
            return 0.0
        return -sum(math.log2(self._chance(tuple(symbols[max(at - ORDER, 0) : at]), symbol))
                    for at, symbol in enumerate(symbols)) / len(symbols)

    def _chance(self, context: tuple[Any, ...], symbol: Any) -> float:
        lower = self._chance(context[1:], symbol) if context else 1e-3
        seen = self.counts.get(context)
        if not seen:
            return lower
        total = seen.total()
        return (seen[symbol] + len(seen) * lower) / (total + len(seen))

    def mark(self, melody: type_melody) -> float:
        """Return the mark of a melody, 0 to 1."""
        return self.typical.mark(self.bits(melody))


def _counts(melodies: Sequence[type_melody]) -> dict[tuple[Any, ...], Counter[Any]]:
    """Count what follows each context of up to ORDER symbols."""
    counts: dict[tuple[Any, ...], Counter[Any]] = {}
    for melody in melodies:
        symbols = _symbols(melody)
        for at, symbol in enumerate(symbols):
            for n in range(min(at, ORDER) + 1):
                counts.setdefault(tuple(symbols[at - n : at]), Counter())[symbol] += 1
    return counts


def bits_per_note(model: Autoregressive, scores: Sequence[Score]) -> list[float]:
    """Return the bits per note of each score under a model."""
    rows = [model.codec_.encode(score).ids for score in scores]
    return [-float(logs.sum()) / math.log(2) / max(int(model.codec_.is_note(ids).sum()), 1)
            for ids, logs in zip(rows, model.token_log_probs(rows), strict=True)]


def _symbols(melody: type_melody) -> list[tuple[int, int]]:
    pitches = [pitch for _, _, pitch in melody]
    moves = [after - before for before, after in pairwise(pitches)]
    return [(move, duration) for move, (_, duration, _) in zip(moves, melody, strict=False)]


def rules(lines: Sequence[type_melody], key: Key, closed: bool, beat: int) -> float:
    """Return 1, less for each fault.

    Faults are notes outside the scale, leaps beyond an octave or not turned back, a note struck three times, an ending
    of the lowest part that is not as planned, and dissonances between parts on a beat.
    """
    faults = sum(_line_faults([pitch for _, _, pitch in line], key) for line in lines) + _clashes(lines, beat)
    count = sum(map(len, lines))
    wrong_end = (lines[-1][-1][2] % 12 == key.tonic) != closed
    return max(0.0, 1 - faults / max(count, 1) - (0.25 if wrong_end else 0.0))


def _line_faults(pitches: list[int], key: Key) -> int:
    moves = [after - before for before, after in pairwise(pitches)]
    scale = SCALES[key.mode]
    outside = sum((pitch - key.tonic) % 12 not in scale for pitch in pitches)
    wide = sum(abs(move) > LEAP for move in moves)
    unturned = sum(abs(one) > FIFTH and one * other > 0 for one, other in pairwise(moves))
    still = sum(one == other == 0 for one, other in pairwise(moves))
    return outside + 2 * wide + unturned + still


def _clashes(lines: Sequence[type_melody], beat: int) -> int:
    """Count the pairs of parts that are dissonant on a beat."""
    struck: dict[int, list[int]] = {}
    for line in lines:
        for onset, _, pitch in line:
            if onset % beat == 0:
                struck.setdefault(onset, []).append(pitch)
    pairs = (pair for pitches in struck.values() for pair in combinations(pitches, 2))
    return sum((one - other) % 12 not in CONSONANT_ABOVE_BASS for one, other in pairs)


def novelty(bars: Sequence[Any], known: Collection[tuple[Any, Any]]) -> float:
    """Return the share of adjacent bars that the music learned from does not have.

    A bar may be an old one, since tunes of a style share many, but not a phrase.
    """
    pairs = list(pairwise(bars))
    return sum(pair not in known for pair in pairs) / max(len(pairs), 1)


def variety(bars: Sequence[Any]) -> float:
    """Return the share of distinct bars: 1 where none returns."""
    return len(set(bars)) / max(len(bars), 1)


def shape(melody: type_melody) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return SHAPE features for a listener's taste: steps, rhythm, range, contour."""
    pitches = np.array([pitch for _, _, pitch in melody], dtype=float)
    durations = np.array([duration for _, duration, _ in melody], dtype=float) / 24
    moves = np.diff(pitches) if len(pitches) > 1 else np.zeros(1)
    shares = [np.mean(np.abs(moves) == 0), np.mean(np.abs(moves) <= 2), np.mean(np.abs(moves) > 4), np.mean(moves > 0)]
    rhythm = [len(np.unique(durations)), np.mean(durations), np.std(durations), np.mean(durations <= 0.25)]
    height = [np.ptp(pitches) / 12, np.std(pitches) / 12, np.mean(np.abs(moves)) / 12]
    return np.array([1.0, *shares, *rhythm, *height])


@dataclass(frozen=True)
class Taste:
    """Model of a listener's ratings: ridge regression on `shape`."""

    weights: tuple[float, ...]

    @classmethod
    def read(cls, path: str | Path) -> "Taste":
        """Learn from a JSON file of ratings.

        It holds a list of {"melody": [[onset, duration, pitch], ...], "rating": 0 to 1}. Raises FormatError for a file
        that does not, OSError.
        """
        try:
            rows = json.loads(Path(path).read_text(encoding="utf-8"))
            if not all(row["melody"] for row in rows):
                raise ValueError("a melody without notes")
            shapes = np.array([shape([tuple(note) for note in row["melody"]]) for row in rows])
            ratings = np.array([float(row["rating"]) for row in rows])
            if not len(rows) or not ((ratings >= 0) & (ratings <= 1)).all():
                raise ValueError("ratings from 0 to 1")
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise FormatError(f"not a file of ratings: {error}", where=str(path),
                              expected='[{"melody": [[onset, duration, pitch], ...], "rating": 0.8}, ...]') from error
        solution = np.linalg.solve(shapes.T @ shapes + 0.1 * np.eye(SHAPE), shapes.T @ ratings)
        return cls(tuple(solution.tolist()))

    def mark(self, melody: type_melody) -> float:
        """Return the expected rating, 0 to 1."""
        return float(np.clip(shape(melody) @ np.array(self.weights), 0.0, 1.0))
