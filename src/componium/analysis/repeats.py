"""Repeats: bars of a piece that come back, also transposed or varied.

Conventions: as in `analysis.form`, bars are counted from the first whole one, and are as alike as the notes that begin
in them. A bar repeats the earlier one that it is most like, itself or transposed by up to an octave, if they are alike
by half, transposed a little more; a transposed one needs FEWEST notes. Of equal ones it is that after the one which the
bar before repeats, else the latest. Bars without notes repeat nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.analysis.form import bar_contents, type_bar
from componium.music.score import Score

ALIKE = 0.5
EXACT = 0.9  # likeness from which a bar counts as the same
WIDEST = 12  # semitones
FEWEST = 4  # notes
PREFERENCE = 0.1  # likeness that a bar at pitch, or one that goes on from the bar before, is preferred by
MOST = 128  # bars; what comes later is left out


@dataclass(frozen=True, slots=True)
class Run:
    """Successive bars that repeat successive earlier ones.

    start, length  the first bar, from 0, and their number
    source         the bar that the first repeats
    shift          semitones from the source, -12 to 12
    alike          their mean likeness, ALIKE to 1; within a run it is EXACT and more in all bars, or in none
    """

    start: int
    length: int
    source: int
    shift: int
    alike: float


def runs_of(score: Score) -> list[Run]:
    """Return the runs of bars that repeat earlier ones, within the first MOST bars.

    >>> from componium.music.score import Track, notes
    >>> rows = [(240 * at, 240, 60 + at * at % 11 + at // 32 * 5) for at in range(32)]
    >>> again = [(onset + 7680, duration, pitch + 5) for onset, duration, pitch in rows]
    >>> runs_of(Score((Track(notes([*rows, *again])),)))
    [Run(start=4, length=4, source=0, shift=5, alike=1.0)]
    """
    bars = bar_contents(score)[:MOST]
    found: list[tuple[int, int, int, float]] = []
    likeness = likenesses(bars)
    for bar in range(1, len(bars)):
        best = _best(likeness[:, bar, :bar], len(bars[bar]), found[-1] if found and found[-1][0] == bar - 1 else None)
        found += [(bar, *best)] if best else []
    return _joined(found)


def likenesses(bars: list[type_bar]) -> NDArray[np.float32]:
    """Return how alike each bar is to each other one transposed, (25, bars, bars).

    The first axis is the transposition, from an octave down to one up; two empty bars are 0.
    """
    places = {place: at for at, place in enumerate(sorted({place for bar in bars for place, _ in bar}))}
    pitches = [pitch for bar in bars for _, pitch in bar] or [0]
    lowest = min(pitches) - WIDEST
    struck = np.zeros((len(bars), len(places), max(pitches) + WIDEST + 1 - lowest), dtype=np.float32)
    for at, bar in enumerate(bars):
        for place, pitch in bar:
            struck[at, places[place], pitch - lowest] = 1
    sizes = struck.sum((1, 2))
    flat = struck.reshape(len(bars), -1)
    result = np.zeros((2 * WIDEST + 1, len(bars), len(bars)), dtype=np.float32)
    for at in range(2 * WIDEST + 1):
        common = flat @ np.roll(struck, at - WIDEST, axis=2).reshape(len(bars), -1).T
        result[at] = common / np.maximum(sizes[:, None] + sizes[None] - common, 1)
    return result


def _best(
    likeness: NDArray[np.float32], n_notes: int, before: tuple[int, int, int, float] | None
) -> tuple[int, int, float] | None:
    """Return the source of a bar, the shift and the likeness; None for a new one.

    likeness  to the earlier bars, (25, bars)
    before    the row of the bar before: itself, its source, shift and likeness
    """
    preferred = likeness.copy()
    preferred[likeness < ALIKE] = -1
    preferred[np.arange(len(likeness)) != WIDEST] -= PREFERENCE if n_notes >= FEWEST else 2
    if before is not None:
        preferred[before[2] + WIDEST, before[1] + 1] += PREFERENCE
    flipped = preferred[:, ::-1]  # of equal ones the latest
    shift, back = np.unravel_index(int(flipped.argmax()), flipped.shape)
    if flipped[shift, back] < ALIKE:
        return None
    source = likeness.shape[1] - 1 - int(back)
    return source, int(shift) - WIDEST, float(likeness[shift, source])


def _joined(found: list[tuple[int, int, int, float]]) -> list[Run]:
    """Return rows of (bar, source, shift, likeness) as runs."""
    groups: list[list[tuple[int, int, int, float]]] = []
    for row in found:
        last = groups[-1][-1] if groups else None
        goes_on = last is not None and row[:3] == (last[0] + 1, last[1] + 1, last[2])
        if last is not None and goes_on and (row[3] >= EXACT) == (last[3] >= EXACT):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [Run(group[0][0], len(group), group[0][1], group[0][2], round(sum(row[3] for row in group) / len(group), 2))
            for group in groups]  # fmt: skip
