"""Notes as they are written, of scores that state them as they were played.

A file of a performance, and many that programs export, ends notes a little before the next one begins, or after. A
model that learned from written music takes that for rests and chords.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.grid import POSITIONS, following_onset
from componium.decoding.context import TICKS
from componium.music.score import Score, Track
from componium.music.time import bar_lines, n_bars

NEAR = 3  # a gap, or an overlap, is shorter than this part of the time between the two onsets
CLOSE = 6  # before a rest a note is shorter or longer than it is written by this part at most
UNITS = (24, 12, 8, 6, 4, 3)  # in 24ths of a quarter, of written durations: the coarsest is taken


def sustained(score: Score) -> Score:
    """Return a score whose notes end where they would be written to end.

    That is where the next of their part begins, if they end near it, else, before a rest, after a whole number of
    quarters, eighths, or parts of them. Ends on the grid of 32nds and triplets stay: they are written.

    >>> from componium.music.score import notes
    >>> played = Score((Track(notes([(0, 433, 60), (480, 500, 62), (960, 241, 64), (1440, 431, 65)])),))
    >>> sustained(played).tracks[0].notes["duration"].tolist()
    [480, 480, 240, 480]
    """
    end = int(bar_lines(score)[-1])
    tracks = tuple(_sustained(track, score.ticks_per_quarter, end) for track in score.tracks)
    found = replace(score, tracks=tracks)
    return found if n_bars(found) == n_bars(score) else score  # a last note that reaches into a bar alone stays


def _sustained(track: Track, ticks_per_quarter: int, end: int) -> Track:
    notes = track.notes.copy()
    onsets, durations = notes["onset"], notes["duration"]
    room = following_onset(onsets, end) - onsets
    ends = (onsets + durations) * TICKS
    is_played = (ends % ticks_per_quarter != 0) | ~np.isin(ends // ticks_per_quarter % TICKS, POSITIONS)
    is_near = np.abs(room - durations) * NEAR < room
    written = np.minimum(_rounded(durations, ticks_per_quarter), np.maximum(room, durations))
    notes["duration"] = np.where(is_played & is_near, room, np.where(is_played, written, durations))
    return replace(track, notes=notes)


def _rounded(durations: NDArray[np.int64], ticks_per_quarter: int) -> NDArray[np.int64]:
    """Return durations as whole numbers of the coarsest unit that they are close to."""
    rounded = durations.copy()
    for unit in reversed(UNITS):
        ticks = unit * ticks_per_quarter // TICKS
        if ticks:
            whole = (2 * durations + ticks) // (2 * ticks) * ticks
            rounded = np.where(np.abs(whole - durations) * CLOSE <= whole, whole, rounded)
    return rounded
