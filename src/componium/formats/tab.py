"""Guitar tablature (.tab), written only: strings as lines, frets as numbers.

It has the parts for guitar and electric bass, each with its tuning. The highest string is on top, a column is a time,
and the numbers above are bars and beats. Repeats are written out. What can't be
played has a ? above it, and is listed below its part. How strings and frets are chosen: notation.tablature.

>>> from componium.music.score import Score, Track, notes
>>> score = Score((Track(notes([(0, 480, 64), (480, 480, 66), (960, 960, 48)]), 24, name="Guitar"),))
>>> print(dumps(score).decode().replace(" \\n", "\\n"))
Guitar (strings from below: E2 A2 D3 G3 B3 E4)
<BLANKLINE>
   1
   1   2   3   4
E4|0---2-----------|
B3|----------------|
G3|----------------|
D3|----------------|
A2|--------3-------|
E2|----------------|
<BLANKLINE>
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from componium.formats.losses import SHEET_MUSIC, Loss, common
from componium.music.pitch import pitch_to_name
from componium.music.provenance import provenance_of
from componium.music.score import Score
from componium.notation.grid import QUARTER
from componium.notation.sheet import Measure, Notation, Part, notate
from componium.notation.tablature import Fingering, Place, Sound, Tuning, arrange, sounds_of, tuning_of

SUFFIXES = (".tab",)
LOSES = SHEET_MUSIC | common("velocity", "info", "drum-program") | {
    "other-parts": Loss("parts for other instruments, keys, tempos and chord symbols are left out",
                        ("notes", "programs", "drums", "names", "silent", "tempos", "keys", "chords")),
    "lengths": Loss("onsets are shown, lengths and voices are not", ("notes", "voice")),
}  # fmt: skip
WIDTH = 100  # characters of a line, unless one bar needs more
GRIDS = (2, 3, 4, 6, 8, 12, 24)  # columns of a quarter
MOST_LISTED = 20
NO_PART = "No part is for a guitar or an electric bass."

type_placed = list[tuple[Sound, Place | None]]


class Bar(NamedTuple):
    """A bar as lines of equal length: its number, beats, marks, and each string."""

    number: str
    beats: str
    marks: str
    strings: list[str]


def dumps(score: Score) -> bytes:
    """Return the text of a .tab file, UTF-8.

    Raises LimitError beyond a million quarters or 100,000 bars.
    """
    notation = notate(score)
    about = [_line(text) for text in (score.title, score.about("composer"), provenance_of(score))]
    blocks = [block for part in notation.parts for block in _part(notation, part)]
    return ("\n\n".join([*filter(None, about), *(blocks or [NO_PART])]) + "\n").encode()


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _part(notation: Notation, part: Part) -> Iterator[str]:
    """Yield the name of a guitar part, its systems, and what can't be played."""
    tuning = tuning_of(part.track)
    if tuning is None or not len(part.track.notes):
        return
    names = " ".join(map(pitch_to_name, reversed(tuning.strings)))
    yield f"{_line(part.track.name) or 'Guitar'} (strings from below: {names})"
    sounds = sounds_of(part, notation.measures)
    fingering = arrange(sounds, tuning)
    by_bar = _by_bar(notation.measures, sounds, fingering)
    bars = [_bar(measure, placed, len(tuning.strings))
            for measure, placed in zip(notation.measures, by_bar, strict=True)]  # fmt: skip
    yield from _systems(bars, tuning)
    yield from _remarks(notation.measures, by_bar, fingering.n_cut)


def _by_bar(measures: Sequence[Measure], sounds: Sequence[Sound], fingering: Fingering) -> list[type_placed]:
    """Return the notes that begin in each measure, with their places."""
    placed = list(zip(sounds, fingering.places, strict=True))[::-1]
    result: list[type_placed] = []
    for measure in measures:
        result.append([])
        while placed and placed[-1][0].onset < measure.onset + measure.duration:
            result[-1].append(placed.pop())
    return result


def _bar(measure: Measure, placed: type_placed, n_strings: int) -> Bar:
    """Return a bar whose columns are as fine as its onsets need."""
    onsets = [sound.onset - measure.onset for sound, _ in placed]
    grid = next((grid for grid in GRIDS if not any(onset * grid % QUARTER for onset in onsets)), GRIDS[-1])
    n_columns = max(-(-measure.duration * grid // QUARTER), 1)
    width = 1 + max((len(str(place.fret)) for _, place in placed if place), default=1)
    marks, strings = [""] * n_columns, [[""] * n_columns for _ in range(n_strings)]
    for onset, (_, place) in zip(onsets, placed, strict=True):
        column = min(onset * grid // QUARTER, n_columns - 1)
        if place is None:
            marks[column] = "?"
        else:
            strings[place.string - 1][column] = str(place.fret)
    return Bar(str(measure.number).ljust(n_columns * width), _cells(_beats(measure, grid, n_columns), width, " "),
               _cells(marks, width, " "), [_cells(string, width, "-") for string in strings])  # fmt: skip


def _beats(measure: Measure, grid: int, n_columns: int) -> list[str]:
    """Return the number of the beat that begins at each column, or nothing."""
    full = 4 * QUARTER * measure.meter.numerator // measure.meter.denominator
    missing, beat = max(full - measure.duration, 0) if measure.pickup else 0, 4 * QUARTER // measure.meter.denominator
    at = (missing + column * QUARTER // grid for column in range(n_columns))
    return [str(time // beat + 1) if time % beat == 0 else "" for time in at]


def _cells(texts: Sequence[str], width: int, filler: str) -> str:
    return "".join(text.ljust(width, filler) for text in texts)


def _systems(bars: Sequence[Bar], tuning: Tuning) -> Iterator[str]:
    """Yield as many bars beside each other as a line holds."""
    names = [f"{pitch_to_name(pitch)}|" for pitch in tuning.strings]
    margin = max(map(len, names))
    row: list[Bar] = []
    for bar in bars:
        if row and margin + sum(len(other.number) + 1 for other in (*row, bar)) > WIDTH:
            yield _system(row, names, margin)
            row = []
        row.append(bar)
    if row:
        yield _system(row, names, margin)


def _system(row: Sequence[Bar], names: Sequence[str], margin: int) -> str:
    above = [" ".join(getattr(bar, name) for bar in row) for name in ("number", "beats", "marks")]
    lines = [" " * margin + text for text in above if text.strip()]
    for string, name in enumerate(names):
        lines.append(name.rjust(margin) + "|".join(bar.strings[string] for bar in row) + "|")
    return "\n".join(text.rstrip() for text in lines)


def _remarks(measures: Sequence[Measure], by_bar: Sequence[type_placed], n_cut: int) -> Iterator[str]:
    """Yield what can't be played, and how many notes end early."""
    found: dict[tuple[int, int], list[int]] = {}
    for measure, placed in zip(measures, by_bar, strict=True):
        for sound, place in placed:
            if place is None:
                found.setdefault((measure.number, sound.onset - measure.onset), []).append(sound.pitch)
    lines = [f"  bar {number}, quarter {1 + onset / QUARTER:g}: {' '.join(map(pitch_to_name, pitches))}"
             for (number, onset), pitches in list(found.items())[:MOST_LISTED]]  # fmt: skip
    if found:
        n_notes, more = sum(map(len, found.values())), len(found) - len(lines)
        head = f"Not playable on this instrument (?): {_count(n_notes, 'note')} at {_count(len(found), 'place')}."
        yield "\n".join([head, *lines, *([f"  and {more} more"] if more else [])])
    if n_cut:
        yield f"Ended early, because the string or the hand is needed for another note: {_count(n_cut, 'note')}."


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"
