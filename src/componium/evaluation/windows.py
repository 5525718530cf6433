"""Windows of equal length: pieces cut to the same number of bars.

A window is the last bars of a piece, since there it ends as a take ends, with the pickup before them, where the piece
has one: its phrases begin before the bar line throughout. Bars are counted from the first whole one, so a tune of 32
bars and a pickup has 32. A piece gives one window at most. What a player recorded is put on the grid of what is
written: else no bar of it would come back exactly, and all could be told from takes by that.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from componium.analysis.meter import pickup_ticks, whole_bar_lines
from componium.codecs.events.grid import GRID
from componium.decoding.context import TICKS
from componium.music.score import Meter, Score
from componium.music.time import meters_of
from componium.music.transform import quantize, slice_ticks
from componium.performance.detection import played_by

PLACES = [Fraction(int(place), TICKS) for place in GRID]  # of a quarter: 32nds, and 16ths of triplets


def n_whole_bars(score: Score) -> int:
    """Return the number of bars without the pickup."""
    return len(whole_bar_lines(score)) - 1


def last_bars(score: Score, bars: int) -> Score:
    """Return the last bars of a score, and the pickup before them if it has one.

    A score that is no longer is returned as it is.
    """
    lines, pickup = whole_bar_lines(score), pickup_ticks(score)
    if len(lines) - 1 <= bars:
        return score
    start = int(lines[-1 - bars])
    cut = slice_ticks(replace(score, meters=meters_of(score)), start - pickup, int(lines[-1]))
    if not pickup:
        return cut
    short = replace(meters_of(score)[0], tick=0)
    after = [replace(meter, tick=max(meter.tick - start, 0) + pickup) for meter in _from(score, start)]
    return replace(cut, meters=(short, *after))


def _from(score: Score, tick: int) -> list[Meter]:
    """Return the meters in force from a tick on, that at the tick first."""
    meters = meters_of(score)
    at = int(np.searchsorted([meter.tick for meter in meters], tick, side="right")) - 1
    return list(meters[at:])


def windows(scores: Iterable[Score], bars: int) -> list[Score]:
    """Return the last bars of each score, as written, without those that are shorter."""
    return [as_written(last_bars(score, bars)) for score in scores if score.n_notes and n_whole_bars(score) >= bars]


def as_written(score: Score) -> Score:
    """Return a score whose onsets a player has moved on the grid; any other as it is.

    >>> from componium.music.score import Track, notes
    >>> rows = [(481 * at, 470, 60) for at in range(8)]
    >>> as_written(Score((Track(notes(rows)),))).tracks[0].notes["onset"].tolist()[-2:]
    [2880, 3360]
    """
    return quantize(score, PLACES) if "timing" in played_by(score) else score
