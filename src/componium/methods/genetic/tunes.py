"""Tunes as lists of bars, taken from a corpus and turned into melodies and rows."""

from itertools import chain, cycle, islice

import numpy as np
from numpy.typing import NDArray

from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.methods._shared.bars import KIT, METER, MINOR, PARTS, PIECE, Bars, kit_of_plan
from componium.methods._shared.plan import tonal_parts
from componium.methods.genetic.critics import type_melody
from componium.methods.genetic.mutations import type_bar, type_tune

UNIT = TICKS_PER_QUARTER // 24  # ticks in a 24th of a quarter
FEWEST = 10  # tunes long enough, for others not to be put together


def melodies_of(tune: type_tune, piece: Plan) -> list[type_melody]:
    """Return the notes of each part but drums: (onset, duration, pitch), in 24ths."""
    return [_melody(tune, piece, part) for part in tonal_parts(piece)]


def _melody(tune: type_tune, piece: Plan, part: int) -> type_melody:
    bar_length = piece.bar_ticks // UNIT
    return [(at * bar_length + onset, duration, pitch) for at, bar in enumerate(tune)
            for onset, duration, pitch in bar[part]]


def rows_of(tune: type_tune, piece: Plan) -> list[list[tuple[int, ...]]]:
    """Return each part's notes as rows of (onset, duration, pitch) in ticks."""
    return [[(onset * UNIT, duration * UNIT, pitch) for onset, duration, pitch in melody]
            for melody in (_melody(tune, piece, part) for part in range(len(piece.programs)))]


def tunes_of(bars: Bars, piece: Plan) -> list[type_tune]:
    """Return the pieces that fit a plan, each as long as it.

    They are cut or, if few are long enough, followed by the next piece; of the plan's style and mode where the corpus
    has such.
    """
    about, meters = bars.about, bars.meters
    meter = meters.index(str(piece.meter)) if str(piece.meter) in meters else -1
    every = bars.whole & (about[:, PARTS] == len(piece.programs)) & (about[:, METER] == meter)
    every &= about[:, KIT] == kit_of_plan(piece)
    own = every & (about[:, MINOR] == ("minor" in piece.key.mode))
    for fits in (own & bars.has_style(piece.style), every & bars.has_style(piece.style), own, every):
        numbers = np.flatnonzero(fits)
        if len(numbers) >= 2 * piece.bars or (fits is every and len(numbers)):
            return _lengthen([[_bar(bars, int(number)) for number in run] for run in _runs(bars, numbers)], piece.bars)
    return []


def _runs(bars: Bars, numbers: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the bars of each piece."""
    return np.split(numbers, np.flatnonzero(np.diff(bars.about[numbers, PIECE]) != 0) + 1)


def _lengthen(lines: list[type_tune], n_bars: int) -> list[type_tune]:
    """Return tunes of just so many bars."""
    whole = [line for line in lines if len(line) >= n_bars]
    lines = whole if len(whole) >= FEWEST else lines
    return [list(islice(chain.from_iterable(islice(cycle(lines), at, None)), n_bars)) for at in range(len(lines))]


def _bar(bars: Bars, number: int) -> type_bar:
    rows = bars.of(number).tolist()
    return tuple(tuple((onset, duration, pitch) for onset, duration, pitch, own in rows if own == part)
                 for part in range(int(bars.about[number, PARTS])))
