"""Transformations of scores: pure functions from Score to Score.

>>> from componium.music.score import Score, Track, notes
>>> score = Score(tracks=(Track(notes([(0, 470, 60), (485, 480, 64)])),))
>>> quantize(transpose(score, 2), [0, 0.25, 0.5, 0.75]).tracks[0].notes[["onset", "duration", "pitch"]].tolist()
[(0, 480, 62), (480, 480, 66)]
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import ScoreError
from componium.music.pitch import key_of
from componium.music.score import Score, Track, type_notes
from componium.music.time import bar_lines, meters_of


def map_ticks(score: Score, move: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> Score:
    """Move every onset, offset and event by a function of ticks.

    `move` maps an array of ticks to ticks and never decreases; a note keeps at least one tick.
    """

    def moved(track: Track) -> Track:
        array = track.notes.copy()
        array["onset"] = move(track.notes["onset"])
        array["duration"] = np.maximum(move(track.notes["onset"] + track.notes["duration"]) - array["onset"], 1)
        return replace(track, notes=array)

    events: dict[str, Any] = {
        name: tuple(replace(event, tick=int(move(np.array([event.tick]))[0])) for event in getattr(score, name))
        for name in ("tempos", "meters", "keys", "chords")
    }
    return replace(score, tracks=tuple(map(moved, score.tracks)), **events)


def transpose(score: Score, semitones: int) -> Score:
    """Transpose every track but drums, and the keys, by some semitones.

    Chord symbols are dropped unless `semitones` is 0. Raises ScoreError if a note would leave 0-127.
    """
    if semitones == 0:
        return score
    if abs(semitones) > 127:
        raise ScoreError(f"a transposition by {semitones} semitones", expected="-127 to 127")

    def moved(track: Track) -> Track:
        if track.is_drum:
            return track
        array: type_notes = track.notes.copy()
        array["pitch"] += semitones
        return replace(track, notes=array)

    keys = tuple(key_of((key.tonic + semitones) % 12, key.mode, key.tick) for key in score.keys)
    return replace(score, tracks=tuple(map(moved, score.tracks)), keys=keys, chords=())


def quantize(score: Score, grid: Sequence[float | Fraction]) -> Score:
    """Move onsets and offsets to the nearest places of a grid.

    `grid` lists places in a quarter, each from 0 up to 1. A note that would vanish lasts to the next place. Raises
    ScoreError for an empty grid or a place outside it.
    """
    if len(grid) == 0 or not all(0 <= place < 1 for place in grid):
        raise ScoreError(f"a grid of {list(grid)}", expected="at least one place, each from 0 up to 1 quarter")
    tpq = score.ticks_per_quarter
    places = np.unique(np.rint(np.array([float(place) for place in grid]) * tpq).astype(np.int64))
    steps = np.append(places, places[0] + tpq)

    def nearest(ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        quarter, rest = np.divmod(ticks - places[0], tpq)
        rest = rest + places[0]
        middles = (steps[1:] + steps[:-1]) / 2
        moved: NDArray[np.int64] = quarter * tpq + steps[np.searchsorted(middles, rest, side="right")]
        moved[moved < 0] = places[0]
        return moved

    def after(ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        quarter, rest = np.divmod(ticks - places[0], tpq)
        moved: NDArray[np.int64] = quarter * tpq + steps[np.searchsorted(steps, rest + places[0], side="right")]
        return moved

    def moved(track: Track) -> Track:
        array = track.notes.copy()
        array["onset"] = nearest(track.notes["onset"])
        offset = nearest(track.notes["onset"] + track.notes["duration"])
        array["duration"] = np.where(offset > array["onset"], offset, after(array["onset"])) - array["onset"]
        return replace(track, notes=array)

    return replace(score, tracks=tuple(map(moved, score.tracks)))


def end_notes(score: Score, end: int) -> Score:
    """Return a score whose notes end at a tick at the latest, all else as it is.

    Those that begin there or later are left out.
    """
    return replace(score, tracks=slice_ticks(score, 0, end).tracks)


def change_ticks_per_quarter(score: Score, ticks_per_quarter: int) -> Score:
    """Convert a score to another resolution; ticks are rounded to the nearest."""
    if ticks_per_quarter == score.ticks_per_quarter:
        return score
    old, new = score.ticks_per_quarter, ticks_per_quarter
    scaled = map_ticks(score, lambda ticks: (ticks * new * 2 + old) // (2 * old))
    return replace(scaled, ticks_per_quarter=new)


def without_velocities(score: Score) -> Score:
    """Return a score whose notes have the velocity 0: none."""
    tracks = []
    for track in score.tracks:
        notes = track.notes.copy()
        notes["velocity"] = 0
        tracks.append(replace(track, notes=notes))
    return replace(score, tracks=tuple(tracks))


def stretch(score: Score, factor: float) -> Score:
    """Multiply every length by a factor above 0: 2 turns eighths into quarters.

    Meters and tempos keep their values.
    """
    if not 0 < factor < float("inf"):
        raise ScoreError(f"a stretch by {factor}", expected="a factor above 0")
    return map_ticks(score, lambda ticks: np.rint(ticks * factor).astype(np.int64))


def slice_ticks(score: Score, start: int, stop: int) -> Score:
    """Return the music from tick `start` up to `stop`, moved to begin at 0.

    Notes that reach across either end are cut there.
    """

    def cut(track: Track) -> Track:
        onset, offset = track.notes["onset"], track.notes["onset"] + track.notes["duration"]
        inside = (onset < stop) & (offset > start)
        array = track.notes[inside].copy()
        array["onset"] = np.maximum(onset[inside], start) - start
        array["duration"] = np.minimum(offset[inside], stop) - start - array["onset"]
        return replace(track, notes=array)

    events: dict[str, Any] = {}
    for name in ("tempos", "meters", "keys", "chords"):
        kept = [event for event in getattr(score, name) if event.tick < stop]
        events[name] = tuple(replace(event, tick=max(event.tick - start, 0)) for event in kept)
    return replace(score, tracks=tuple(map(cut, score.tracks)), **events)


def slice_bars(score: Score, first: int, stop: int) -> Score:
    """Return bars `first` up to `stop` (counted from 0) as a score.

    Its meter, key and tempo are those in force. Raises ScoreError unless 0 <= first < stop <= the number of bars.
    """
    lines = bar_lines(score)
    if not 0 <= first < stop <= len(lines) - 1:
        raise ScoreError(f"bars {first} to {stop}", expected=f"0 <= first < stop <= {len(lines) - 1}")
    whole = replace(score, meters=meters_of(score))
    return slice_ticks(whole, int(lines[first]), int(lines[stop]))


def merge(scores: Sequence[Score]) -> Score:
    """Merge scores that sound together: all tracks of all of them.

    Tempo, meter, key, chords and title are the first one's.
    """
    if not scores:
        return Score()
    first = scores[0]
    same = [change_ticks_per_quarter(score, first.ticks_per_quarter) for score in scores]
    return replace(first, tracks=tuple(track for score in same for track in score.tracks))


def concatenate(first: Score, second: Score) -> Score:
    """Append a score to another, from the bar line at which the first ends.

    Tracks are joined in their order. Meters, tempos, keys and chords of `first` beyond that bar line are dropped.
    """
    second = change_ticks_per_quarter(second, first.ticks_per_quarter)
    start = int(bar_lines(first)[-1])
    second = map_ticks(replace(second, meters=meters_of(second)), lambda ticks: ticks + start)
    tracks = [
        replace(one, notes=np.concatenate([one.notes, two.notes]))
        for one, two in zip(first.tracks, second.tracks, strict=False)
    ]
    longer = first.tracks if len(first.tracks) > len(second.tracks) else second.tracks
    events = {
        name: tuple(event for event in getattr(first, name) if event.tick < start) + getattr(second, name)
        for name in ("tempos", "meters", "keys", "chords")
    }
    return replace(first, tracks=(*tracks, *longer[len(tracks):]), **events)


def copy_bars(score: Score, sources: Mapping[int, int]) -> Score:
    """Return the score with the notes of other bars in some of its bars.

    sources  the bar, from 0, whose notes each gets

    A note belongs to the bar of its onset. Both bars should be equally long.

    >>> from componium.music.score import notes
    >>> score = Score((Track(notes([(0, 1920, 60), (1920, 1920, 72)])),))
    >>> copy_bars(score, {1: 0}).tracks[0].notes["pitch"].tolist()
    [60, 60]
    """
    lines = bar_lines(score)

    def inside(array: type_notes, bar: int) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (array["onset"] >= lines[bar]) & (array["onset"] < lines[bar + 1])
        return inside

    tracks = []
    for track in score.tracks:
        kept, copies = track.notes, list[type_notes]()
        for bar, source in sources.items():
            copy = track.notes[inside(track.notes, source)].copy()
            copy["onset"] += lines[bar] - lines[source]
            kept = kept[~inside(kept, bar)]
            copies.append(copy)
        tracks.append(replace(track, notes=np.concatenate([kept, *copies])))
    return replace(score, tracks=tuple(tracks))


def splice_cells(original: Score, filled: Score, cells: NDArray[np.bool_]) -> tuple[Track, ...]:
    """Return the tracks of a score with the notes of another one inside some cells.

    original, filled  scores of the same ticks per quarter, bars and number of tracks
    cells             (bars, tracks), bool; a note belongs to the bar of its onset, bars beyond are the original's

    >>> from componium.music.score import notes
    >>> old, new = (Score((Track(notes([(0, 1920, pitch), (1920, 1920, pitch)])),)) for pitch in (60, 72))
    >>> splice_cells(old, new, np.array([[False], [True]]))[0].notes["pitch"].tolist()
    [60, 72]
    """
    lines = bar_lines(original)

    def inside(array: type_notes, track: int) -> NDArray[np.bool_]:
        bars = np.searchsorted(lines, array["onset"], side="right") - 1
        return np.append(cells[:, track], False)[np.minimum(bars, len(cells))]

    tracks = []
    for at, (old, new) in enumerate(zip(original.tracks, filled.tracks, strict=True)):
        kept, written = old.notes[~inside(old.notes, at)], new.notes[inside(new.notes, at)]
        tracks.append(replace(old, notes=np.concatenate([kept, written])))
    return tuple(tracks)
