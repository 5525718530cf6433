"""Changed scores for tests of patches: the notes of some cells are moved, left out or added."""

from dataclasses import replace

import numpy as np

from componium.music.score import Track
from componium.music.time import bar_lines


def cells_of(score, *cells):
    """An array (bars, tracks) that is True in the cells (bar, track)."""
    array = np.zeros((score.n_bars, len(score.tracks)), dtype=bool)
    for cell in cells:
        array[cell] = True
    return array


def random_cells(score, rng):
    """Some cells of one or two bars."""
    first, track = int(rng.integers(score.n_bars)), int(rng.integers(len(score.tracks)))
    return cells_of(score, *((bar, track) for bar in range(first, min(first + 2, score.n_bars))))


def changed(score, rng, *, step=None):
    """The score with every note moved in pitch, some left out, some shortened (to multiples of `step`)."""
    tracks = []
    for track in score.tracks:
        array = track.notes[rng.random(len(track.notes)) < 0.8].copy()
        if not len(array):
            array = track.notes.copy()
        if not track.is_drum:
            array["pitch"] = np.clip(array["pitch"] + rng.integers(-3, 4, len(array)), 24, 108)
        shorter = array["duration"] // 2
        if step:
            shorter = shorter // step * step
        array["duration"] = np.where((rng.random(len(array)) < 0.3) & (shorter > 0), shorter, array["duration"])
        tracks.append(replace(track, notes=array))
    return replace(score, tracks=tuple(tracks))


def outside(score, cells, *names):
    """Rows of each track's notes outside of the cells."""
    lines = bar_lines(score)

    def kept(track: Track, at: int):
        bars = np.searchsorted(lines, track.notes["onset"], side="right") - 1
        return sorted(track.notes[~cells[bars, at]][list(names)].tolist())

    return [kept(track, at) for at, track in enumerate(score.tracks)]
