"""Rolls: a table of voices and sixteenths, each cell one token, for masked nets.

A cell says what its voice does in that sixteenth: silence, a pitch struck, or a pitch held on. So a note repeated and a
note held are distinguished by one token; a hold of a pitch that did not sound just before is read as a strike, so every
table is music. Two more tokens are for the net alone: a voice that the piece doesn't have, and a cell that is hidden.

Kept: up to I voices of one note at a time, pitches 21 to 108, times to the nearest sixteenth. Drums are left out; a
part in chords, or a piece of more parts than voices, is reduced to its outer and then its inner notes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.decoding.style.measuring import is_monophonic
from componium.music.score import MODES, Score, type_notes
from componium.music.time import bar_lines

LOW, PITCHES = 21, 88
SILENCE, ABSENT, MASKED, STRIKE = range(4)
HOLD = STRIKE + PITCHES
N_TOKENS = HOLD + PITCHES
PLACES = 32  # sixteenths of a bar that are distinguished
KEYS = 25  # 12 tonics in a mode with a major third, 12 in one with a minor, unknown
UNKNOWN_KEY = 24
N_CONTEXT = 3  # place, key, edge
type_cells = NDArray[np.int64]


@dataclass(frozen=True)
class Roll:
    """Cells (T, I) from the top voice down, with the context (T, N_CONTEXT) of steps.

    The context is place, key and edge.
    """

    cells: type_cells
    context: type_cells


def context_of(lines: NDArray[np.int64], n_steps: int, key: int) -> type_cells:
    """Return the context of each step: place in the bar, key, edge.

    The edge is 1 in the first bar, 2 in the last, else 0.

    `lines` are bar lines in steps, from 0 to the end.
    """
    steps = np.arange(n_steps)
    bar = np.clip(np.searchsorted(lines, steps, side="right") - 1, 0, max(len(lines) - 2, 0))
    edge = np.where(bar == len(lines) - 2, 2, np.where(bar == 0, 1, 0))
    place = np.minimum(steps - lines[bar], PLACES - 1)
    return np.stack([place, np.full(n_steps, key), edge], axis=1).astype(np.int64)


def key_id(score: Score) -> int:
    """Return the first key as a number below KEYS."""
    if not score.keys:
        return UNKNOWN_KEY
    key = score.keys[0]
    return key.tonic + 12 * (MODES[key.mode] in (9, 2, 4, 11))  # minor, dorian, phrygian, locrian


def steps_of(score: Score, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ticks as the nearest sixteenths."""
    result: NDArray[np.int64] = (8 * ticks + score.ticks_per_quarter) // (2 * score.ticks_per_quarter)
    return result


def roll_of(score: Score, n_voices: int) -> Roll:
    """Return the roll of a score; a voice that it lacks is ABSENT throughout."""
    lines = np.unique(steps_of(score, bar_lines(score)))
    n_steps = int(lines[-1])
    parts = [track.notes for track in score.tracks if not track.is_drum and len(track.notes)]
    cells = np.full((n_steps, n_voices), ABSENT, dtype=np.int64)
    if len(parts) <= n_voices and all(map(is_monophonic, parts)):
        voices = [_line(score, part, n_steps) for part in parts]
    else:
        voices = _reduced(score, np.concatenate(parts), n_steps, n_voices)
    for voice, line in enumerate(voices):
        cells[:, voice] = line
    return Roll(cells, context_of(lines, n_steps, key_id(score)))


def _spans(score: Score, part: type_notes) -> tuple[NDArray[np.int64], ...]:
    first = steps_of(score, part["onset"])
    after = np.maximum(steps_of(score, part["onset"] + part["duration"]), first + 1)
    return first, after, np.clip(part["pitch"].astype(np.int64) - LOW, 0, PITCHES - 1)


def _line(score: Score, part: type_notes, n_steps: int) -> type_cells:
    line = np.full(n_steps, SILENCE, dtype=np.int64)
    for first, after, pitch in zip(*(column.tolist() for column in _spans(score, part)), strict=True):
        line[first:after] = HOLD + pitch
        line[first : first + 1] = STRIKE + pitch
    return line


def _reduced(score: Score, part: type_notes, n_steps: int, n_voices: int) -> list[type_cells]:
    """Return voices from whatever sounds.

    The first is the highest, the last the lowest, then the next from the top.
    """
    sounding = np.zeros((n_steps, PITCHES), dtype=np.int64)
    for first, after, pitch in zip(*(column.tolist() for column in _spans(score, part)), strict=True):
        sounding[first:after, pitch] = HOLD + pitch
        sounding[first : first + 1, pitch] = STRIKE + pitch
    cells = np.full((n_steps, n_voices), SILENCE, dtype=np.int64)
    for step in range(n_steps):
        tokens = sounding[step][sounding[step] > 0][::-1]
        if len(tokens) > n_voices:
            tokens = np.append(tokens[: n_voices - 1], tokens[-1])
        cells[step, : len(tokens)] = tokens
        if 1 < len(tokens) < n_voices:  # the bass stays the lowest voice
            cells[step, len(tokens) - 1], cells[step, -1] = SILENCE, tokens[-1]
    return list(cells.T)


def settle(cells: type_cells) -> type_cells:
    """Return cells in which every hold of a pitch that wasn't sounding is a strike.

    Time is the first axis.
    """
    pitch = np.where(cells < STRIKE, -1, (cells - STRIKE) % PITCHES)
    stray = cells >= HOLD
    stray[1:] &= pitch[1:] != pitch[:-1]
    result: type_cells = np.where(stray, cells - PITCHES, cells)
    return result


def rows_of(line: type_cells, step_ticks: int) -> list[tuple[int, int, int]]:
    """Return a voice as rows of (onset, duration, pitch), in ticks."""
    settled = settle(line)
    is_new, is_strike = np.append(True, settled[1:] != settled[:-1]), settled >= STRIKE
    starts = np.flatnonzero((settled < HOLD) & (is_new | is_strike))
    stops = np.append(starts[1:], len(settled))
    return [
        (first * step_ticks, (after - first) * step_ticks, int(settled[first]) - STRIKE + LOW)
        for first, after in zip(starts.tolist(), stops.tolist(), strict=True)
        if settled[first] >= STRIKE
    ]


def shifted(cells: type_cells, by: int) -> type_cells:
    """Return cells transposed by semitones; they must stay within the pitches."""
    return np.where(cells >= STRIKE, cells + by, cells)


def room(rolls: Sequence[type_cells]) -> tuple[int, int]:
    """Return the least and the most semitones by which all these cells can move."""
    pitches = np.concatenate([((cells[cells >= STRIKE] - STRIKE) % PITCHES).ravel() for cells in rolls])
    return (0, 0) if not len(pitches) else (-int(pitches.min()), PITCHES - 1 - int(pitches.max()))
