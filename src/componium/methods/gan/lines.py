"""Lines of notes from rolls: in range, in key, with an ending.

A step that is struck, or that sounds another pitch than the one before it, begins a note; any other goes on with it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from componium.decoding.controls import MAX_REPEATS
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.decoding.style.profile import type_range
from componium.methods._shared.bars import offset_of
from componium.methods._shared.plan import close_parts
from componium.methods.gan.roll import REST, type_codes
from componium.music.theory import best_octave, fold, scale_pitch_classes

STEP = TICKS_PER_QUARTER // 4
type_rows = list[tuple[int, ...]]  # onset, duration, pitch, in ticks


def lines_of(
    codes: type_codes, struck: NDArray[np.bool_], lowest: Sequence[int], piece: Plan
) -> list[type_rows]:
    """Return the notes of each part, from codes and strokes (M, steps)."""
    a_bar = piece.bar_ticks // STEP
    parts = []
    for part, (row, strokes) in enumerate(zip(codes.tolist(), struck.tolist(), strict=True)):
        shift = lowest[part] + offset_of(piece.key.tonic)
        rows = held(row, strokes, a_bar)
        notes: type_rows = [(STEP * onset, STEP * steps, shift + code) for onset, steps, code in rows]
        parts.append(_in_range(notes, piece.ranges[part]))
    if piece.closed:
        parts = [_at_rest(part, piece, bounds) for part, bounds in zip(parts, piece.ranges, strict=True)]
    return [_varied(part, piece, bounds)
            for part, bounds in zip(close_parts(parts, piece), piece.ranges, strict=True)]


def held(codes: Sequence[int], struck: Sequence[bool], a_bar: int) -> list[tuple[int, int, int]]:
    """Return notes (first step, steps, code).

    A note is held over one bar line at most: then it is struck again.

    >>> held([4, 4, 4, 36, 7, 7], [True, False, True, False, False, False], 6)
    [(0, 2, 4), (2, 1, 4), (4, 2, 7)]
    """
    rows: list[tuple[int, int, int]] = []
    for at, (code, stroke) in enumerate(zip(codes, struck, strict=True)):
        onset, steps, last = rows[-1] if rows else (0, -1, REST)
        goes_on = code == last and onset + steps == at and not stroke
        if code == REST:
            continue
        if goes_on and not (at % a_bar == 0 and at - onset >= a_bar):
            rows[-1] = (onset, steps + 1, last)
        else:
            rows.append((at, 1, code))
    return rows


def _in_range(notes: type_rows, bounds: type_range) -> type_rows:
    """Return a part in the octave that suits most of its notes.

    Each other note is brought into range by octaves of its own.
    """
    low, high = bounds
    if not notes:
        return []
    pitches = np.array([pitch for _, _, pitch in notes])
    pitches = fold(pitches + best_octave(pitches, low, high), low, high)
    return [(onset, duration, pitch) for (onset, duration, _), pitch in zip(notes, pitches.tolist(), strict=True)]


def _at_rest(notes: type_rows, piece: Plan, bounds: type_range) -> type_rows:
    """Return a part whose last note is the nearest of the tonic's triad."""
    if not notes:
        return []
    triad = [(piece.key.tonic + step) % 12 for step in (0, 3 if "minor" in piece.key.mode else 4, 7)]
    onset, duration, pitch = notes[-1]
    fitting = [other for other in range(bounds[0], bounds[1] + 1) if other % 12 in triad] or [pitch]
    return [*notes[:-1], (onset, duration, min(fitting, key=lambda other: abs(other - pitch)))]


def _varied(notes: type_rows, piece: Plan, bounds: type_range) -> type_rows:
    """Return a part in which no pitch is struck more than MAX_REPEATS times running.

    One too many goes to the nearest note of the scale.

    From the end backwards, so that the ending stays as it is.
    """
    scale, rows, run = set(scale_pitch_classes(piece.key).tolist()), list(notes), 1
    for at in range(len(rows) - 2, -1, -1):
        onset, duration, pitch = rows[at]
        run = run + 1 if pitch == rows[at + 1][2] else 1
        if run > MAX_REPEATS:
            taken = {pitch, rows[at - 1][2] if at else pitch}
            free = [other for other in range(bounds[0], bounds[1] + 1) if other not in taken]
            fitting = [other for other in free if other % 12 in scale] or free
            rows[at] = (onset, duration, min(fitting, key=lambda other: abs(other - pitch)))
            run = 1
    return rows
