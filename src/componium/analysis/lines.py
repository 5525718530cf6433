"""Scores as arrays: all notes, pitched notes, melodic lines, sonorities.

A line is the notes of one voice of one track; of a chord, its highest note. Drums have no pitch and make no line.
"""

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Score, notes, type_notes


def all_notes(score: Score) -> type_notes:
    """Return the notes of all tracks, drums too, track after track."""
    return np.concatenate([notes(), *(track.notes for track in score.tracks)])


def pitched(score: Score) -> type_notes:
    """Return the notes of all tracks but drums, in order of onset."""
    arrays = [track.notes for track in score.tracks if not track.is_drum]
    joined = np.concatenate([notes(), *arrays])
    return joined[np.argsort(joined["onset"], kind="stable")]


def lines(score: Score) -> list[type_notes]:
    """Return the line of each voice of each track but drums."""
    result = []
    for track in score.tracks:
        if not track.is_drum:
            for voice in np.unique(track.notes["voice"]):
                array = track.notes[track.notes["voice"] == voice]
                last = np.append(array["onset"][1:] != array["onset"][:-1], True)  # ordered by pitch within an onset
                result.append(array[last])
    return result


def melody(score: Score) -> type_notes:
    """Return the line with the highest mean pitch, empty without pitched notes."""
    return max(lines(score), key=lambda line: (float(line["pitch"].mean()), line.tobytes()), default=notes())


def sonorities(score: Score) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return pitched onsets (n,) and the pitches sounding from each (n, 128)."""
    array = pitched(score)
    onsets = np.unique(array["onset"])
    change = np.zeros((len(onsets) + 1, 128), dtype=np.int32)
    np.add.at(change, (np.searchsorted(onsets, array["onset"]), array["pitch"]), 1)
    np.add.at(change, (np.searchsorted(onsets, array["onset"] + array["duration"]), array["pitch"]), -1)
    sounding: NDArray[np.bool_] = np.cumsum(change, axis=0)[:-1] > 0
    return onsets, sounding


def line_at(line: type_notes, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pitch that a line sounds at each tick, -1 where it is silent."""
    at = np.searchsorted(line["onset"], ticks, side="right") - 1
    note = line[np.maximum(at, 0)]
    silent = (at < 0) | (note["onset"] + note["duration"] <= ticks)
    return np.where(silent, -1, note["pitch"].astype(np.int64))
