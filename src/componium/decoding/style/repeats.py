"""Plans of repetition: the earlier bars that the bars of a piece repeat.

A style's plans are those of pieces of it, kept by the constraint `recurrence`: rows of (bars, runs), a run being
(start, length, source, shift, tenths of likeness), as in `analysis.repeats`.
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

    source  the bar, from 0, that it repeats; None for one that repeats none
    shift   semitones from the source
    alike   likeness to the source, 0.5 to 1
    unlike  of a bar that repeats none, the number of bars from the first that it is not like
    """

    source: int | None = None
    shift: int = 0
    alike: float = 1.0
    unlike: int = 0


def draw_repeats(profile: StyleProfile, bars: int, rng: np.random.Generator) -> tuple[Repeat, ...]:
    """Draw the relation of each bar to those before; empty for a style without plans.

    It is that of a piece of about as many bars: the first bars of a longer one; a shorter one as often as it takes,
    each time with music of its own.
    """
    rows: Sequence[Sequence[Any]] = profile.part("recurrence").get("plans", ())
    if not rows:
        return ()
    distances = [abs(log(row[0] / bars)) for row in rows]
    most = sorted(distances)[:NEAREST][-1]
    near = [row for row, distance in zip(rows, distances, strict=True) if distance <= most]
    length, runs = near[int(rng.integers(len(near)))]
    repeats = [Repeat(unlike=bar) for bar in range(bars)]
    for first in range(0, bars, length):
        for start, count, source, shift, tenths in runs:
            for at in range(min(count, bars - first - start)):
                repeats[first + start + at] = Repeat(first + source + at, shift, tenths / 10)
    return tuple(repeats)


def repeats_of_form(letters: str, bars: int) -> tuple[Repeat, ...]:
    """Return the relation of each bar to those before that a form asks for.

    The first half of each new strain is unlike all before that strain. What comes back is copied as a strain, and the
    rest is open.

    >>> [repeat.unlike for repeat in repeats_of_form("AAB", 12)]
    [0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 0, 0]
    """
    length = bars // len(letters)
    starts = {at * length for at, letter in enumerate(letters) if letter not in letters[:at]}
    return tuple(Repeat(unlike=start if (start := bar - bar % length) in starts and 2 * (bar - start) < length else 0)
                 for bar in range(bars))  # fmt: skip
