"""Plans of repetition: the earlier bar that each bar of a piece repeats, drawn from a style.

A style's plans are those of pieces of it, kept by the constraint `recurrence`: rows of (bars, letters, runs), a run
being (start, length, source, shift, tenths of likeness), as in `analysis.repeats`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from componium.decoding.style.profile import StyleProfile

NEAREST = 8  # pieces among which one is drawn, and those as near


@dataclass(frozen=True, slots=True)
class Repeat:
    """The planned relation of one bar to those before.

    source  the bar, from 0, that it repeats; None for a new one, which equals none before
    shift   semitones from the source
    alike   likeness to the source, 0.5 to 1
    """

    source: int | None = None
    shift: int = 0
    alike: float = 1.0


def draw_repeats(
    profile: StyleProfile, bars: int, letters: str | None, rng: np.random.Generator
) -> tuple[Repeat, ...]:
    """Draw the relation of each bar to those before; empty for a style without plans.

    It is that of a piece with these strains (None for any), if there is one, and of about as many bars: the first bars
    of a longer one; a shorter one as often as it takes, each time with music of its own. A strain repeats only itself
    if no such piece has these strains.
    """
    plans: Sequence[Sequence[Any]] = profile.part("recurrence").get("plans", ())
    rows = [row for row in plans if letters in (None, row[1])] or plans
    if not rows:
        return ()
    distances = [abs(log(row[0] / bars)) for row in rows]
    most = sorted(distances)[:NEAREST][-1]
    near = [row for row, distance in zip(rows, distances, strict=True) if distance <= most]
    length, form, runs = near[int(rng.integers(len(near)))]
    repeats = [Repeat()] * length
    for start, count, source, shift, tenths in runs:
        repeats[start : start + count] = [Repeat(source + at, shift, tenths / 10) for at in range(count)]
    strain = bars if letters in (None, form) and (len(form) == 1 or length == bars) else bars // len(letters or "A")
    moved = [_moved(repeats[bar % length], bar - bar % length) for bar in range(bars)]
    return tuple(repeat if repeat.source is None or repeat.source // strain == bar // strain else Repeat()
                 for bar, repeat in enumerate(moved))  # fmt: skip


def _moved(repeat: Repeat, bars: int) -> Repeat:
    return repeat if repeat.source is None or not bars else Repeat(repeat.source + bars, repeat.shift, repeat.alike)
