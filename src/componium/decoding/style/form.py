"""Forms of pieces: bars, strains and upbeat, drawn jointly from a style.

A style's forms are measured by the constraint of that name: by meter, rows of (bars, letters, upbeat, count).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from componium.decoding.controls import DEFAULT_BARS, MIN_BARS, Controls
from componium.decoding.style.profile import StyleProfile, draw_row

LONGEST = 64  # bars; longer pieces are composed when they are asked for
STRAIN = 8  # bars, where neither the request nor the style says


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one piece.

    letters   one a strain, all equally long: where one comes back, so does its music; "A" if nothing does
    upbeat    length of what comes before the first bar line, in 24ths of a quarter; the last bar is shorter by it
    endings   strains, from 0, that come back with a last bar of their own
    """

    letters: str = "A"
    upbeat: int = 0
    endings: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the form as plain values."""
        return {"form": self.letters, "upbeat": self.upbeat / 24, "endings": list(self.endings)}


def returning(letters: str) -> list[int]:
    """Return the strains, from 0, whose letter was there before.

    >>> returning("AABA")
    [1, 3]
    """
    return [at for at, letter in enumerate(letters) if letter in letters[:at]]


def closing_bar(letters: str, strain: int) -> int:
    """Return the last bar, from 0, of the strain that ends a piece, its first time.

    >>> closing_bar("AABB", 8), closing_bar("ABA", 8)
    (23, 7)
    """
    return (letters.index(letters[-1]) + 1) * strain - 1


def draw_form(
    controls: Controls, profile: StyleProfile, meter: str, rng: np.random.Generator
) -> tuple[int | None, Form]:
    """Draw the number of bars and the form of a piece in a meter.

    Bars asked for without a form have one of the style's pieces of as many bars. With a duration or chords asked for
    nothing comes back by plan, and there is no upbeat unless one is asked for. The number is None with a duration.
    """
    asked = None if controls.upbeat is None else round(24 * controls.upbeat)
    is_chart = controls.bars is not None and controls.chords is not None
    if controls.form is None and (controls.duration is not None or is_chart):
        return controls.bars, Form(upbeat=asked or 0)
    measured = profile.part("form")
    rows: Sequence[Sequence[Any]] = [
        row for row in measured.get("forms", {}).get(meter, ()) if MIN_BARS <= row[0] <= LONGEST
    ]
    if controls.form is not None:
        rows = _with_form(rows, controls.form, controls.bars)
    elif controls.bars is not None:
        rows = _with_bars(rows, controls.bars)
    if asked is not None:
        rows = [row for row in rows if row[2] == asked] or rows
    bars, letters, upbeat, _ = draw_row(rows or _lengths(profile), rng) or (DEFAULT_BARS, "A", 0, 1)
    if controls.form is not None:
        bars, letters = _bars_of(controls, bars), controls.form
    again = returning(letters)
    same = rng.random(len(again)) < measured.get("same_endings", 1.0)
    endings = tuple(at for at, is_same in zip(again, same.tolist(), strict=True) if not is_same)
    return bars, Form(letters, upbeat if asked is None else asked, endings)


def _with_form(rows: Sequence[Sequence[Any]], letters: str, bars: int | None) -> Sequence[Sequence[Any]]:
    """Return the rows that fit a form and a number of bars best."""
    for fits in ([row for row in rows if row[1] == letters], [row for row in rows if row[0] % len(letters) == 0]):
        if found := [row for row in fits if bars is None or row[0] == bars] or (fits if bars is not None else []):
            return found
    return rows


def _with_bars(rows: Sequence[Sequence[Any]], bars: int) -> Sequence[Sequence[Any]]:
    """Return the rows of a number of bars.

    Without any, they are of no strains, with the upbeats of all.
    """
    same = [row for row in rows if row[0] == bars]
    return same or [(bars, "A", upbeat, count) for _, _, upbeat, count in rows] or [(bars, "A", 0, 1)]


def _bars_of(controls: Controls, drawn: int) -> int | None:
    """Return the bars of a form that was asked for: those drawn, if its strains fit."""
    if controls.bars is not None or controls.duration is not None:
        return controls.bars
    count = len(controls.form or "A")
    return drawn if drawn % count == 0 else max(count * STRAIN, MIN_BARS)


def _lengths(profile: StyleProfile) -> list[tuple[int, str, int, int]]:
    """Return rows as those of forms from the lengths of a style's pieces alone.

    Of a style whose pieces are all longer than LONGEST it is that.
    """
    rows = [(bars, "A", 0, count) for bars, count in profile.lengths if bars >= MIN_BARS]
    return [row for row in rows if row[0] <= LONGEST] or [(LONGEST, "A", 0, 1)] * bool(rows)
