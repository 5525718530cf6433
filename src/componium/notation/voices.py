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
                if bisect_left(pitches, high) > bisect_right(pitches, low):
                    yield chord._replace(notes=chord.notes[begin:at])
                    begin = at
            yield chord._replace(notes=chord.notes[begin:])


def _lines(chords: Sequence[Chord]) -> list[list[Chord]]:
    lines: list[list[Chord]] = []
    for chord in chords:
        free = [line for line in lines if line[-1].end <= chord.onset]
        if free:
            min(free, key=lambda line: _leap(line[-1], chord)).append(chord)
        else:
            lines.append([chord])
            _check(len(lines))
    return lines


def _leap(last: Chord, chord: Chord) -> tuple[bool, int]:
    """Return if a line rests before a chord, and its larger outer interval."""
    intervals = (abs(last.notes[at][0] - chord.notes[at][0]) for at in (0, -1))
    return last.end < chord.onset, max(intervals)
