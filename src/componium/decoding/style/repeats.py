"""Plans of repetition: the earlier bars that the bars of a piece repeat.

A style's plans are those of pieces of it, kept by the constraint `recurrence`: rows of (bars, runs), a run being
(start, length, source, shift, tenths of likeness), as in `analysis.repeats`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from operator import eq
from typing import Any

import numpy as np

from componium.decoding.style.form import closing_bar, returning
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
    return tuple(_of_plan(near[int(rng.integers(len(near)))], bars))


def repeats_of_form(letters: str, bars: int, profile: StyleProfile, rng: np.random.Generator) -> tuple[Repeat, ...]:
    """Draw the relation of each bar to those before in a piece of equal strains.

    In a strain that is new it is that of a piece of the form; without one its first half is unlike all strains before.
    What comes back is copied as a strain, and is open here; so is the last bar of the strain that the piece ends with.

    >>> [repeat.unlike for repeat in repeats_of_form("AAB", 12, StyleProfile(), np.random.default_rng(0))]
    [0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 0, 0]
    """
    length = bars // len(letters)
    rows = [row for row in profile.part("recurrence").get("plans", ()) if row[0] == bars and _has_form(row, letters)]
    drawn = _of_plan(rows[int(rng.integers(len(rows)))], bars) if rows else _unlike_at_first(bars, length)
    again, closing = returning(letters), closing_bar(letters, length)
    return tuple(Repeat() if bar // length in again or bar == closing else repeat for bar, repeat in enumerate(drawn))


def _unlike_at_first(bars: int, length: int) -> list[Repeat]:
    """Return for each strain bars whose first half is unlike all strains before."""
    return [Repeat(unlike=bar - bar % length if 2 * (bar % length) < length else 0) for bar in range(bars)]


def _of_plan(row: Sequence[Any], bars: int) -> list[Repeat]:
    """Return the relations that a plan has, again and again until there are `bars`."""
    length, runs = row
    repeats = [Repeat(unlike=bar) for bar in range(bars)]
    for first in range(0, bars, length):
        for start, count, source, shift, tenths in runs:
            for at in range(min(count, bars - first - start)):
                repeats[first + start + at] = Repeat(first + source + at, shift, tenths / 10)
    return repeats


def _has_form(row: Sequence[Any], letters: str) -> bool:
    """Return whether the strains of a plan are the same where the letters are.

    Strains are the same that are so by more than half of their bars.
    """
    bars, runs = row
    roots = list(range(bars))
    for start, count, source, shift, _ in runs:
        for at in range(count if shift == 0 else 0):
            roots[start + at] = roots[source + at]
    length = bars // len(letters)
    strains = [roots[at * length:(at + 1) * length] for at in range(len(letters))]
    return all(
        (2 * sum(map(eq, strains[at], strains[before])) > length) == (letters[at] == letters[before])
        for at in range(len(letters)) for before in range(at)
    )  # fmt: skip
