"""Voices of a part: lines of notes and chords that never overlap.

Notes of one declared voice that begin and end together are a chord. Where such chords overlap, each goes to the first
line that is free, the higher before the lower: so what a Score counts as one voice may be printed as several, and what
already is one line stays one.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Chord(NamedTuple):
    """Notes that begin and end together: onset, end (units), (pitch, velocity) upward."""

    onset: int
    end: int
    notes: tuple[tuple[int, int], ...]


def separate_voices(rows: Sequence[tuple[int, ...]]) -> list[list[Chord]]:
    """Return the lines of rows of (onset, end, pitch, velocity, voice), by voice."""
    lines: list[list[Chord]] = []
    for _, voice in groupby(sorted(rows, key=lambda row: row[4]), key=lambda row: row[4]):
        lines += _lines(_chords(list(voice)))
    return lines


def _chords(rows: Sequence[tuple[int, ...]]) -> list[Chord]:
    """Return chords by onset, from high to low.

    A pitch that is there twice makes a second chord.
    """
    groups: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for onset, end, pitch, velocity, _ in sorted(rows):
        copy = 0
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
        else:
            free.append(chord)
    return lines
