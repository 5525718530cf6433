"""Edits of one bar of one part: other pitches, another rhythm, or all of it anew."""

from collections import Counter
from dataclasses import replace

import numpy as np

from componium.music.score import notes
from componium.music.time import bar_lines

DRAWS = 20


def edited(score, edit, rng):
    """Return the score with one bar of one part edited, and the cell (bar, part); None if none could be.

    No note sounds at its pitch where another of the part does: MIDI can't hold that.
    """
    lines = bar_lines(score)
    cells = [(bar, part) for part, track in enumerate(score.tracks)
             for bar in np.unique(np.searchsorted(lines, track.notes["onset"], side="right") - 1).tolist()
             if bar < score.n_bars]  # fmt: skip
    bounds = np.append(lines, score.end)
    for _ in range(DRAWS if cells else 0):
        bar, part = cells[int(rng.integers(len(cells)))]
        track = score.tracks[part]
        array = EDITS[edit](track, int(bounds[bar]), int(bounds[bar + 1]), rng)
        array = array[np.lexsort((array["pitch"], array["onset"]))]
        if _is_apart(track.notes, array):
            tracks = [*score.tracks]
            tracks[part] = replace(track, notes=array)
            return replace(score, tracks=tuple(tracks)), (bar, part)
    return None


def _is_apart(old, new):
    """Return whether something changed, and no note that did sounds together with another of its pitch."""
    rows = [Counter(array[["onset", "duration", "pitch"]].tolist()) for array in (old, new)]
    changed = [(rows[0] - rows[1], rows[0]), (rows[1] - rows[0], rows[1])]
    return any(some for some, _ in changed) and all(
        sum(count for (other, length, key), count in every.items()
            if key == pitch and other < onset + duration and onset < other + length) == 1
        for some, every in changed for onset, duration, pitch in some)  # fmt: skip


def _inside(track, start, stop, rng):
    """Return the places of up to three notes of one voice that begin in a bar."""
    array = track.notes
    inside = np.flatnonzero((array["onset"] >= start) & (array["onset"] < stop))
    voice = array["voice"][int(rng.choice(inside))]
    inside = inside[array["voice"][inside] == voice]
    return np.sort(rng.choice(inside, min(len(inside), 3), replace=False))


def _pitches(track, start, stop, rng):
    """Move a few notes by up to a third; drums change place."""
    array, places = track.notes.copy(), _inside(track, start, stop, rng)
    if track.is_drum:
        array["pitch"][places] = rng.permutation(array["pitch"][places])
    else:
        moved = array["pitch"][places] + rng.choice([-3, -2, -1, 1, 2, 3], len(places))
        array["pitch"][places] = np.clip(moved, 22, 106)
    return array


def _rhythm(track, start, stop, rng):
    """Leave one note out, and strike another twice, the second time a step lower or on another drum."""
    array, places = track.notes.copy(), _inside(track, start, stop, rng)
    ends = array["onset"] + array["duration"]
    halved = [at for at in places if ends[at] <= stop and array["duration"][at] and array["duration"][at] % 2 == 0][:1]
    added = array[halved].copy()
    array["duration"][halved] //= 2
    added["duration"] //= 2
    added["onset"] += added["duration"]
    added["pitch"] = rng.choice(array["pitch"]) if track.is_drum else added["pitch"] - 2
    return np.concatenate([np.delete(array, [place for place in places if place not in halved][:1]), added])


def _anew(track, start, stop, rng):
    """Write up to four notes in place of all that begin in the bar; they are of its first voice."""
    array = track.notes
    inside = (array["onset"] >= start) & (array["onset"] < stop)
    first, length = array[inside][0], (stop - start) // 4
    pitches = np.unique(rng.choice(array["pitch"][inside], 4))
    rows = [(start + at * length, length, int(pitch), int(first["velocity"]), int(first["voice"]))
            for at, pitch in enumerate(pitches)]  # fmt: skip
    return np.concatenate([array[~inside], notes(rows)])


EDITS = {"pitches": _pitches, "rhythm": _rhythm, "anew": _anew}
