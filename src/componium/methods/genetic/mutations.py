"""Mutations of tunes: transposition, inversion, retrograde, ornaments, swaps.

A tune is a list of bars, a bar a line for each part, a line its notes: (onset, duration, pitch), in 24ths of a quarter
from the bar line. Steps are those of the key's scale.
"""

from collections.abc import Callable

import numpy as np

from componium.decoding.style.plan import Plan
from componium.methods._shared.plan import tonal_parts
from componium.music.instruments import DRUMS
from componium.music.theory import DEGREES

type_line = tuple[tuple[int, int, int], ...]
type_bar = tuple[type_line, ...]
type_tune = list[type_bar]
type_mutation = Callable[[list[type_line], Plan, np.random.Generator], list[type_line]]

EIGHTH = 12  # 24ths


def mutate(tune: type_tune, piece: Plan, rng: np.random.Generator) -> type_tune:
    """Apply one mutation drawn at random.

    The tune stays as it is if a note would leave its part's range. Of drums only whole bars are moved.
    """
    which = int(rng.integers(len(MUTATIONS) + 1))
    parts = tonal_parts(piece)
    if which == len(MUTATIONS) or piece.programs[parts[0]] == DRUMS:
        return swap_phrases(tune, rng)
    change = list(MUTATIONS.values())[which]
    part = parts[int(rng.integers(len(parts)))]
    low, high = piece.ranges[part]
    changed = change([bar[part] for bar in tune], piece, rng)
    if not all(low <= pitch <= high for line in changed for _, _, pitch in line):
        return tune
    return [(*bar[:part], line, *bar[part + 1 :]) for bar, line in zip(tune, changed, strict=True)]


def transpose_motif(lines: list[type_line], piece: Plan, rng: np.random.Generator) -> list[type_line]:
    """Move one or two bars some steps of the scale up or down."""
    start = int(rng.integers(len(lines)))
    stop = min(start + int(rng.integers(1, 3)), len(lines))
    steps = int(rng.choice([-3, -2, -1, 1, 2, 3]))
    return _with(lines, start, [_moved(line, lambda pitch: _along(pitch, steps, piece)) for line in lines[start:stop]])


def invert(lines: list[type_line], piece: Plan, rng: np.random.Generator) -> list[type_line]:
    """Turn a bar upside down around its first note, along the scale."""
    at = int(rng.integers(len(lines)))
    axis = _place(lines[at][0][2], piece) if lines[at] else 0
    return _with(lines, at, [_moved(lines[at], lambda pitch: _pitch_at(2 * axis - _place(pitch, piece), piece))])


def retrograde(lines: list[type_line], piece: Plan, rng: np.random.Generator) -> list[type_line]:
    """Reverse the pitches of a bar, in the same rhythm."""
    at = int(rng.integers(len(lines)))
    backwards = [pitch for _, _, pitch in lines[at]][::-1]
    turned = tuple((on, last, pitch) for (on, last, _), pitch in zip(lines[at], backwards, strict=True))
    return _with(lines, at, [turned])


def ornament(lines: list[type_line], piece: Plan, rng: np.random.Generator) -> list[type_line]:
    """Split a note in two, the second a step away; or join two equal notes."""
    at = int(rng.integers(len(lines)))
    notes = list(lines[at])
    if not notes:
        return lines
    which = int(rng.integers(len(notes)))
    onset, duration, pitch = notes[which]
    if duration >= EIGHTH and duration % 2 == 0:
        half, step = duration // 2, int(rng.choice([-1, 1]))
        notes[which : which + 1] = [(onset, half, pitch), (onset + half, half, _along(pitch, step, piece))]
    elif which + 1 < len(notes) and notes[which + 1][:2] == (onset + duration, duration):
        notes[which : which + 2] = [(onset, 2 * duration, pitch)]
    return _with(lines, at, [tuple(notes)])


MUTATIONS: dict[str, type_mutation] = {
    "transpose a motif": transpose_motif, "invert": invert, "retrograde": retrograde, "ornament": ornament,
}  # fmt: skip


def swap_phrases(tune: type_tune, rng: np.random.Generator) -> type_tune:
    """Swap two stretches of one, two or four bars, or copy one over the other."""
    size = int(rng.choice([size for size in (1, 2, 4) if 2 * size <= len(tune)] or [1]))
    one, other = (size * int(place) for place in rng.integers(max(len(tune) // size, 1), size=2))
    first, second = tune[one : one + size], tune[other : other + size]
    swapped = [*tune[:other], *first, *tune[other + size :]]
    return [*swapped[:one], *second, *swapped[one + size :]] if rng.random() < 0.5 else swapped


def _with(lines: list[type_line], start: int, changed: list[type_line]) -> list[type_line]:
    return [*lines[:start], *changed, *lines[start + len(changed) :]]


def _moved(line: type_line, move: Callable[[int], int]) -> type_line:
    return tuple((onset, duration, move(pitch)) for onset, duration, pitch in line)


def _place(pitch: int, piece: Plan) -> int:
    """Return the scale steps from the lowest tonic up to a pitch, rounded down."""
    octave, rest = divmod(pitch - piece.key.tonic, 12)
    scale = DEGREES[piece.key.mode]
    return len(scale) * octave + max(at for at, step in enumerate(scale) if step <= rest)


def _pitch_at(place: int, piece: Plan) -> int:
    scale = DEGREES[piece.key.mode]
    octave, at = divmod(place, len(scale))
    return piece.key.tonic + 12 * octave + scale[at]


def _along(pitch: int, steps: int, piece: Plan) -> int:
    """Return the pitch some steps of the scale away."""
    return _pitch_at(_place(pitch, piece) + steps, piece)
