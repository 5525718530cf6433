"""Structure: repetition of bars and of melodic figures.

Conventions: a bar is the notes that begin in it, each with its track, its place from the bar line, length and pitch;
velocity doesn't count. Bars in which nothing begins are left out, neither new nor repeated. Transposed, a bar is the
same if all its pitches (but drums') are moved by one interval. n-grams are of a line's melodic intervals.
"""

from collections.abc import Hashable

import numpy as np

from componium.analysis.lines import lines
from componium.metrics._statistics import ratio
from componium.music.score import Score
from componium.music.time import bar_lines

Bar = Hashable


def _bars(score: Score, *, transposed: bool) -> list[Bar]:
    """Return the content of each bar as a value equal for equal bars, None if empty."""
    bars = bar_lines(score)
    parts: list[list[Hashable]] = [[] for _ in bars[:-1]]
    lowest = _lowest(score, transposed, len(parts))
    for number, track in enumerate(score.tracks):
        at = np.searchsorted(bars, track.notes["onset"], side="right") - 1
        place = track.notes["onset"] - bars[at]
        pitch = track.notes["pitch"] - (0 if track.is_drum else lowest[at])
        rows = zip(place.tolist(), pitch.tolist(), track.notes["duration"].tolist(), strict=True)
        for bar, row in zip(at.tolist(), rows, strict=True):
            parts[bar].append((number, *row))
    return [tuple(sorted(part, key=repr)) or None for part in parts]


def _lowest(score: Score, transposed: bool, n_bars: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the lowest pitch beginning in each bar, or 0 for all unless `transposed`."""
    lowest = np.full(n_bars, 127 if transposed else 0, dtype=np.int64)
    for track in score.tracks:
        if transposed and not track.is_drum:
            at = np.searchsorted(bar_lines(score), track.notes["onset"], side="right") - 1
            np.minimum.at(lowest, at, track.notes["pitch"].astype(np.int64))
    return lowest


def _share_seen_before(items: list[Bar]) -> float:
    """Return the share of items, the first left out, that equal an earlier one.

    nan with fewer than two.
    """
    return ratio(len(items) - len(set(items)), len(items) - 1) if len(items) > 1 else float("nan")


def repeated_bar_rate(score: Score) -> float:
    """Return the share of bars, the first left out, that repeat an earlier bar."""
    return _share_seen_before([bar for bar in _bars(score, transposed=False) if bar])


def transposed_bar_rate(score: Score) -> float:
    """Return the share of bars, the first left out, that repeat another transposed.

    Exact repetitions count too.
    """
    return _share_seen_before([bar for bar in _bars(score, transposed=True) if bar])


def longest_loop(score: Score) -> float:
    """Return the longest run of equal bars in succession, 1 if there is no loop.

    0 without notes.
    """
    longest, run, before = 0, 0, None
    for bar in _bars(score, transposed=False):
        run = 0 if bar is None else run + 1 if bar == before else 1
        longest, before = max(longest, run), bar
    return float(longest)


def ngram_repetition(score: Score, n: int = 4) -> float:
    """Return the share of runs of `n` melodic intervals that repeat an earlier one.

    Counted in each line, the first run left out; nan where no line has two runs.
    """
    repeated, total = 0, 0
    for line in lines(score):
        steps = np.diff(line["pitch"].astype(np.int64)).tolist()
        grams = [tuple(steps[at:at + n]) for at in range(len(steps) - n + 1)]
        if len(grams) > 1:
            repeated += len(grams) - len(set(grams))
            total += len(grams) - 1
    return ratio(repeated, total)


SCALARS = (repeated_bar_rate, transposed_bar_rate, longest_loop, ngram_repetition)
