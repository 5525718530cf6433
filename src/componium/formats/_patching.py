"""Score that a patched file shall hold: its own, with other notes spliced in."""

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.errors import PatchError, RepairWarning, RoundingWarning
from componium.music.provenance import provenance_of, with_provenance
from componium.music.score import Chord, Score, type_notes
from componium.music.time import bar_lines, meters_of
from componium.music.transform import change_ticks_per_quarter, splice_cells

type_cells = NDArray[np.bool_]


def read_quietly(loads: Callable[[bytes], Score], data: bytes) -> Score:
    """Return the score in a file; whoever read it before was warned of its repairs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RepairWarning)
        return loads(data)


def splice_score(before: Score, score: Score, cells: type_cells | None, chords: type_cells | None) -> Score:
    """Return the score in a file, with notes and chord symbols of another one.

    before  the score in the file
    score   a score of the same tracks, meters and bars, whose provenance is taken too
    cells   (bars, tracks), where its notes are taken; everywhere if None
    chords  (bars,), where its chord symbols are taken, the one at the next bar line included; everywhere if None

    Warns (RoundingWarning) of times that the file's ticks don't hold. Raises PatchError for other tracks, meters or
    further bars.
    """
    given = _in_ticks_of(before, score)
    _check(before, given)
    n_bars = before.n_bars
    cells = np.ones((n_bars, len(before.tracks)), dtype=bool) if cells is None else cells
    chords = np.ones(n_bars, dtype=bool) if chords is None else chords
    if cells.shape != (n_bars, len(before.tracks)) or chords.shape != (n_bars,):
        expected = f"{n_bars} bars, {len(before.tracks)} tracks"
        raise PatchError(f"cells of shape {cells.shape}, chords of shape {chords.shape}", expected=expected)
    tracks = splice_cells(before, given, cells)
    target = replace(before, tracks=tracks, chords=_chords(before, given, chords))
    if target.n_bars > n_bars:
        raise PatchError(f"{target.n_bars} bars in a file of {n_bars}", advice="further bars need a file written anew")
    text = provenance_of(score)
    return with_provenance(target, text) if text else target


def _in_ticks_of(before: Score, score: Score) -> Score:
    given = change_ticks_per_quarter(score, before.ticks_per_quarter)
    moved = 0
    for old, new in zip(score.tracks, given.tracks, strict=True):
        times = ((track.notes["onset"], track.notes["onset"] + track.notes["duration"]) for track in (old, new))
        for exact, rounded in zip(*times, strict=True):
            moved += int((exact * before.ticks_per_quarter != rounded * score.ticks_per_quarter).sum())
    if moved:
        warn_of_rounding(moved, f"{before.ticks_per_quarter} ticks a quarter")
    return given


def warn_of_rounding(count: int, grid: str) -> None:
    """Warn that some times were moved to the grid that a file has."""
    warnings.warn(RoundingWarning(f"{count} times were moved to the file's grid of {grid}"), stacklevel=4)


def _check(before: Score, given: Score) -> None:
    if len(given.tracks) != len(before.tracks):
        raise PatchError(f"{len(given.tracks)} tracks in a file of {len(before.tracks)}",
                         advice="further tracks need a file written anew")
    if meters_of(given) != meters_of(before):
        raise PatchError("a score in other meters than the file's", advice="write it anew")
    last = given.n_bars
    if last > before.n_bars:
        raise PatchError(f"{last} bars in a file of {before.n_bars}", advice="further bars need a file written anew")


def _chords(before: Score, given: Score, written: type_cells) -> tuple[Chord, ...]:
    lines = bar_lines(before)

    def is_written(chord: Chord) -> bool:
        bar = int(np.searchsorted(lines, chord.tick, side="right")) - 1
        inside = bar < len(written) and written[bar]
        return bool(inside or (0 < bar <= len(written) and chord.tick == lines[bar] and written[bar - 1]))

    kept = (chord for chord in before.chords if not is_written(chord))
    return (*kept, *(chord for chord in given.chords if is_written(chord)))


def rows_of(array: type_notes, *names: str) -> list[tuple[int, ...]]:
    """Return fields of notes as tuples; all of them if none is named."""
    rows: list[tuple[int, ...]] = (array[list(names)] if names else array).tolist()
    return rows
