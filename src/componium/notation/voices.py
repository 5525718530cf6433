"""Voices of a part: lines of notes and chords that never overlap.

Notes of one declared voice that begin and end together are a chord, unless a note that begins or ends at another time
sounds between them: a stem would cross it. Where chords overlap, each goes to a line that is free, the higher before
the lower: to one that ends there rather than to one that rests, and to the nearest in pitch. So what a Score counts as
one voice may be printed as several, and what already is one line stays one.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.errors import LimitError

RESTING, BUSY = 1_000, 1_000_000  # the cost of a line that rests, in semitones, and of one that still sounds
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
    chords = sorted(Chord(onset, end, tuple(notes)) for (onset, end, _), notes in groups.items())
    cut: list[Chord] = []
    sounding: list[Chord] = []
    for onset, group in groupby(chords, key=lambda chord: chord.onset):
        sounding = [chord for chord in sounding if chord.end > onset] + list(group)
        _check(len(sounding))
        cut += _cut(sounding, onset)
    return sorted(cut, key=lambda chord: (chord.onset, -chord.notes[-1][0], -chord.end))


def _cut(sounding: Sequence[Chord], onset: int) -> Iterator[Chord]:
    """Yield the chords that begin at `onset`, cut where other notes sound between."""
    for chord in sounding:
        if chord.onset == onset:
            others = (other for other in sounding if other[:2] != chord[:2])
            pitches = sorted(pitch for other in others for pitch, _ in other.notes)
            begin = 0
            for at, ((low, _), (high, _)) in enumerate(pairwise(chord.notes), start=1):
                is_inner = at < len(chord.notes) - 1  # a stem crosses a unison with an inner note
                if (bisect_right if is_inner else bisect_left)(pitches, high) > bisect_right(pitches, low):
                    yield chord._replace(notes=chord.notes[begin:at])
                    begin = at
            yield chord._replace(notes=chord.notes[begin:])


def _lines(chords: Sequence[Chord]) -> list[list[Chord]]:
    lines: list[list[Chord]] = []
    lasts = np.empty((0, 3), dtype=np.int64)  # of each line the end, and the lowest and highest pitch there
    for chord in chords:
        last = np.array([[chord.end, chord.notes[0][0], chord.notes[-1][0]]], dtype=np.int64)
        costs = np.where(lasts[:, 0] <= chord.onset, _leaps(lasts, last, chord.onset), BUSY)
        at = int(costs.argmin()) if len(costs) else 0
        if len(costs) and costs[at] < BUSY:
            lines[at].append(chord)
            lasts[at] = last
        else:
            lines.append([chord])
            lasts = np.concatenate([lasts, last])
            _check(len(lines))
    return lines


def _leaps(lasts: NDArray[np.int64], last: NDArray[np.int64], onset: int) -> NDArray[np.int64]:
    """Return the larger outer interval from each line, RESTING more where it rests."""
    intervals: NDArray[np.int64] = np.abs(lasts[:, 1:] - last[:, 1:]).max(axis=1, initial=0)
    return intervals + RESTING * (lasts[:, 0] < onset)
