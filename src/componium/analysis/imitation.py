"""Imitation: figures that one voice has after another, at any transposition.

Conventions: a figure is four successive notes of a line: their three intervals in semitones, and the three times
between their onsets. Figures on one pitch are left out. One imitates another line's that began up to 16 quarters
before, but not with it.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from componium.analysis.lines import lines
from componium.music.score import Score, type_notes

NOTES = 4  # of a figure
REACH = 16  # quarters after which a figure no longer imitates another

type_figure: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


def figures(line: type_notes) -> Iterator[tuple[int, int, type_figure]]:
    """Yield the onset, first pitch and figure of each run of NOTES notes.

    Those on one pitch are left out.
    """
    onset, pitch = line["onset"].astype(np.int64), line["pitch"].astype(np.int64)
    steps, times = np.diff(pitch).tolist(), np.diff(onset).tolist()
    for at in range(len(steps) - NOTES + 2):
        figure = tuple(steps[at : at + NOTES - 1]), tuple(times[at : at + NOTES - 1])
        if any(figure[0]):
            yield int(onset[at]), int(pitch[at]), figure


def imitations(score: Score) -> tuple[int, list[tuple[int, int]]]:
    """Return the number of figures, and the lag and interval of each imitation.

    These are in ticks and semitones, from the latest figure that is imitated.
    """
    reach, latest = REACH * score.ticks_per_quarter, dict[type_figure, dict[int, list[tuple[int, int]]]]()
    stated = sorted((onset, voice, pitch, figure) for voice, line in enumerate(lines(score))
                    for onset, pitch, figure in figures(line))  # fmt: skip
    found = []
    for onset, voice, pitch, figure in stated:
        before = latest.setdefault(figure, {})  # of each voice those so far; the last may be this very one
        near = [(onset - time, pitch - other) for at, those in before.items() if at != voice
                for time, other in those[-2:] if onset - reach <= time < onset]  # fmt: skip
        found += [min(near)] if near else []
        before.setdefault(voice, []).append((onset, pitch))
    return len(stated), found
