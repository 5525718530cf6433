"""Voices of a part: lines of notes and chords that never overlap.

Notes of one declared voice that begin and end together are a chord. Where such chords overlap, each goes to the first
line that is free, the higher before the lower: so what a Score counts as one voice may be printed as several, and what
already is one line stays one.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from componium.errors import LimitError

MAX_LINES = 100  # as many as an ABC tune has overlays; a keyboard has 88 keys


class Chord(NamedTuple):
    """Notes that begin and end together: onset, end (units), (pitch, velocity) upward."""

    onset: int
    end: int
    notes: tuple[tuple[int, int], ...]


def separate_voices(rows: Sequence[tuple[int, ...]]) -> list[list[Chord]]:
    """Return the lines of rows of (onset, end, pitch, velocity, voice), by voice.

    Raises LimitError beyond 100 lines.
    """
    lines: list[list[Chord]] = []
    for _, voice in groupby(sorted(rows, key=lambda row: row[4]), key=lambda row: row[4]):
        lines += _lines(_chords(list(voice)))
        _check(len(lines))
    return lines


def _check(n_lines: int) -> None:
    if n_lines > MAX_LINES:
        advice = "notes that never end are often why; MIDI and JSON hold them"
        raise LimitError("too many notes of a part overlap to print", expected=f"at most {MAX_LINES}", advice=advice)


def _chords(rows: Sequence[tuple[int, ...]]) -> list[Chord]:
    """Return chords by onset, from high to low.

    A pitch that is there twice makes a second chord.
    """
    groups: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    copies: Counter[tuple[int, int, int]] = Counter()
    for onset, end, pitch, velocity, _ in sorted(rows):
        copy = 0
        _check(copies[onset, end, pitch])
        copies[onset, end, pitch] += 1
        while groups.get((onset, end, copy)) and groups[onset, end, copy][-1][0] == pitch:
            copy += 1
        groups.setdefault((onset, end, copy), []).append((pitch, velocity))
    chords = [Chord(onset, end, tuple(notes)) for (onset, end, _), notes in groups.items()]
    return sorted(chords, key=lambda chord: (chord.onset, -chord.notes[-1][0], -chord.end))


def _lines(chords: Sequence[Chord]) -> list[list[Chord]]:
    lines: list[list[Chord]] = []
    for chord in chords:
        free = next((line for line in lines if line[-1].end <= chord.onset), None)
        if free is None:
            lines.append([chord])
            _check(len(lines))
        else:
            free.append(chord)
    return lines
