"""What the families share: a score as lines, as sounding pitches, and entropy."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Score, notes, type_notes


def pitched(score: Score) -> type_notes:
    """The notes of all tracks but drums, in order of onset."""
    arrays = [track.notes for track in score.tracks if not track.is_drum]
    joined = np.concatenate([notes(), *arrays])
    return joined[np.argsort(joined["onset"], kind="stable")]


def lines(score: Score) -> list[type_notes]:
    """Each voice of each track but drums as a line: of the notes that begin together the highest."""
    found = []
    for track in score.tracks:
        if not track.is_drum:
            for voice in np.unique(track.notes["voice"]):
                array = track.notes[track.notes["voice"] == voice]
                last = np.append(array["onset"][1:] != array["onset"][:-1], True)  # ordered by pitch within an onset
                found.append(array[last])
    return found


def sonorities(score: Score) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The ticks at which pitched notes begin, and which pitches [tick, 128] sound from each on."""
    array = pitched(score)
    onsets = np.unique(array["onset"])
    change = np.zeros((len(onsets) + 1, 128), dtype=np.int32)
    np.add.at(change, (np.searchsorted(onsets, array["onset"]), array["pitch"]), 1)
    np.add.at(change, (np.searchsorted(onsets, array["onset"] + array["duration"]), array["pitch"]), -1)
    sounding: NDArray[np.bool_] = np.cumsum(change, axis=0)[:-1] > 0
    return onsets, sounding


def line_at(line: type_notes, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pitch that a line sounds at each tick, -1 where it is silent."""
    at = np.searchsorted(line["onset"], ticks, side="right") - 1
    note = line[np.maximum(at, 0)]
    silent = (at < 0) | (note["onset"] + note["duration"] <= ticks)
    return np.where(silent, -1, note["pitch"].astype(np.int64))


def entropy(counts: NDArray[Any]) -> float:
    """Shannon entropy, in bits, of a histogram; nan if it is empty."""
    total = counts.sum()
    if total == 0:
        return math.nan
    share = counts[counts > 0] / total
    return float(-(share * np.log2(share)).sum()) + 0.0


def ratio(part: float, whole: float) -> float:
    """part / whole, nan where the whole is 0."""
    return float(part / whole) if whole else math.nan


def longest_true(runs: Iterable[NDArray[np.bool_]]) -> int:
    """The length of the longest unbroken run of True in any of the arrays."""
    longest = 0
    for flags in runs:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
        longest = max(longest, int((edges[1::2] - edges[::2]).max(initial=0)))
    return longest
