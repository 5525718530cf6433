"""Phrases of a piece, for performance: where each begins, ends and comes to rest."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import all_notes
from componium.analysis.meter import main_meter
from componium.analysis.phrases import phrase_ends
from componium.music.score import Score
from componium.music.time import bar_quarters

LONGEST = 8  # bars; a longer phrase is divided
DIVIDED = 4  # bars of its divisions, about
SHORTEST = 1.5  # bars; a shorter phrase is joined to the next, the last to the one before


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Phrases in order of time: columns of one length.

    start, stop  where each begins, and where the next does
    last         the onset of its last sonority
    rests        whether the music comes to rest there: not where a long phrase was divided
    """

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    last: NDArray[np.float64]
    rests: NDArray[np.bool_]

    def in_quarters(self, ticks_per_quarter: int) -> Self:
        """Return phrases in ticks as phrases in quarters."""
        columns = (self.start / ticks_per_quarter, self.stop / ticks_per_quarter, self.last / ticks_per_quarter)
        return type(self)(*columns, self.rests)

    def edges(self) -> NDArray[np.int64]:
        """Return all times at which a phrase begins, ends or comes to rest."""
        return np.unique(np.concatenate([self.start, self.stop, self.last])).astype(np.int64)

    def position(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far through its phrase each time is, 0 to 1."""
        at = np.clip(np.searchsorted(self.start, times, side="right") - 1, 0, len(self.start) - 1)
        length = np.maximum(self.stop[at] - self.start[at], 1e-9)
        return np.clip((times - self.start[at]) / length, 0.0, 1.0)


def find_phrases(score: Score) -> Phrases:
    """Return the phrases of a score that has notes, in ticks.

    They end where the music comes to rest (`analysis.phrases`). What goes on for more than eight bars is divided into
    phrases of about four, each with its upbeat. Very short ones, such as single long chords, are joined.
    """
    onsets = np.unique(all_notes(score)["onset"])
    bar = float(bar_quarters(main_meter(score)) * score.ticks_per_quarter)
    ends = phrase_ends(score)
    ends = ends if len(ends) else onsets[-1:]
    after = np.searchsorted(onsets, ends, side="right")
    stops = np.append(onsets[after[:-1]], score.end)
    rows: list[tuple[int, int, int, bool]] = []
    start = int(onsets[0])
    for last, stop in zip(ends.tolist(), stops.tolist(), strict=True):
        if stop == score.end and stop - start < SHORTEST * bar and rows:
            rows[-1] = (rows[-1][0], stop, last, True)
        elif stop == score.end or stop - start >= SHORTEST * bar:
            rows += _divided(start, last, stop, bar, onsets)
            start = stop
    columns = zip(*rows, strict=True)
    begin, stop_, last_, rests = (np.array(column) for column in columns)
    return Phrases(begin.astype(float), stop_.astype(float), last_.astype(float), rests.astype(bool))


def _divided(
    start: int, last: int, stop: int, bar: float, onsets: NDArray[np.int64]
) -> list[tuple[int, int, int, bool]]:
    """Return rows (start, stop, last, rests) of a phrase, or of its divisions.

    Those begin at whole bars from tick 0: at bar lines or, after a pickup, with a like upbeat.
    """
    count = round((stop - start) / (DIVIDED * bar)) if stop - start > LONGEST * bar else 1
    cuts = [int(round((start + part * (stop - start) / count) / bar) * bar) for part in range(1, count)]
    edges = [start, *(cut for cut in cuts if start < cut <= last), stop]
    lasts = [int(onsets[np.searchsorted(onsets, edge) - 1]) for edge in edges[1:-1]]
    return [(one, two, rest, two == stop) for one, two, rest in zip(edges, edges[1:], [*lasts, last], strict=False)]
