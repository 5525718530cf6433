"""From a roll to lines: strokes and holds become notes, in range, in key, with an ending.

A step that is struck, or that sounds another pitch than the one before it, begins a note; any other goes on with it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from componium.decoding.controls import MAX_REPEATS
from componium.decoding.style.plan import TICKS_PER_QUARTER
from componium.decoding.style.profile import type_range
from componium.methods._shared.bars import offset_of
from componium.methods._shared.plan import Plan, ended
from componium.methods.gan.roll import REST, type_codes
from componium.music.theory import best_octave, fold, scale_pitch_classes

STEP = TICKS_PER_QUARTER // 4
type_rows = list[tuple[int, ...]]  # onset, duration, pitch, in ticks


def lines_of(
    codes: type_codes, struck: NDArray[np.bool_], lowest: Sequence[int], piece: Plan
) -> list[type_rows]:
    """The notes of each part of a piece, from codes and strokes (M, steps)."""
    a_bar = piece.bar_ticks // STEP
    parts = []
    for part, (row, strokes) in enumerate(zip(codes.tolist(), struck.tolist(), strict=True)):
        shift = lowest[part] + offset_of(piece.key.tonic)
        found = held(row, strokes, a_bar)
        notes: type_rows = [(STEP * onset, STEP * steps, shift + code) for onset, steps, code in found]
        parts.append(_in_range(notes, piece.ranges[part]))
    if piece.closed:
        parts = [_at_rest(part, piece, bounds) for part, bounds in zip(parts, piece.ranges, strict=True)]
    return [_varied(part, piece, bounds)
            for part, bounds in zip(ended(parts, piece), piece.ranges, strict=True)]


def held(codes: Sequence[int], struck: Sequence[bool], a_bar: int) -> list[tuple[int, int, int]]:
    """Notes (first step, steps, code). A note is held over one bar line at most: then it is struck again.

    >>> held([4, 4, 4, 36, 7, 7], [True, False, True, False, False, False], 6)
    [(0, 2, 4), (2, 1, 4), (4, 2, 7)]
    """
    found: list[tuple[int, int, int]] = []
    for at, (code, stroke) in enumerate(zip(codes, struck, strict=True)):
        onset, steps, last = found[-1] if found else (0, -1, REST)
        goes_on = code == last and onset + steps == at and not stroke
        if code == REST:
            continue
        if goes_on and not (at % a_bar == 0 and at - onset >= a_bar):
            found[-1] = (onset, steps + 1, last)
        else:
            found.append((at, 1, code))
    return found


def _in_range(notes: type_rows, bounds: type_range) -> type_rows:
    """The part in the octave that suits most of its notes; each other one brought in by octaves of its own."""
    low, high = bounds
    if not notes:
        return []
    pitches = np.array([pitch for _, _, pitch in notes])
    pitches = fold(pitches + best_octave(pitches, low, high), low, high)
    return [(onset, duration, pitch) for (onset, duration, _), pitch in zip(notes, pitches.tolist(), strict=True)]


def _at_rest(notes: type_rows, piece: Plan, bounds: type_range) -> type_rows:
    """The last note on the nearest note of the tonic's triad."""
    if not notes:
        return []
    triad = [(piece.key.tonic + step) % 12 for step in (0, 3 if "minor" in piece.key.mode else 4, 7)]
    onset, duration, pitch = notes[-1]
    fitting = [other for other in range(bounds[0], bounds[1] + 1) if other % 12 in triad] or [pitch]
    return [*notes[:-1], (onset, duration, min(fitting, key=lambda other: abs(other - pitch)))]


def _varied(notes: type_rows, piece: Plan, bounds: type_range) -> type_rows:
    """No pitch more than MAX_REPEATS times running: one too many goes to the nearest note of the scale.

    From the end backwards, so that the ending stays as it is.
    """
    scale, found, run = set(scale_pitch_classes(piece.key).tolist()), list(notes), 1
    for at in range(len(found) - 2, -1, -1):
        onset, duration, pitch = found[at]
        run = run + 1 if pitch == found[at + 1][2] else 1
        if run > MAX_REPEATS:
            taken = {pitch, found[at - 1][2] if at else pitch}
            free = [other for other in range(bounds[0], bounds[1] + 1) if other not in taken]
            fitting = [other for other in free if other % 12 in scale] or free
            found[at] = (onset, duration, min(fitting, key=lambda other: abs(other - pitch)))
            run = 1
    return found
