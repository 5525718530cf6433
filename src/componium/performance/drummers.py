"""Measurement of a groove table from drummers' recordings.

What is rare is drawn toward what is common: a genre's value toward that of all genres, and that toward the drum's mean.
Each piece counts once, however long it is. Offsets, on which drummers agree less than on loudness, are halved.
"""

import csv
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from componium import formats
from componium.errors import RepairWarning
from componium.music.score import Score
from componium.performance.groove import ALL, DRUM_OF, OTHER, PLACES, Groove, type_values

SHORTEST = 32  # notes
OFFSET_SHARE = 0.5  # of what was measured: with all of it, drummers left out are predicted worse than by none
PRIOR = 20.0  # pieces that the common value counts for: of 2, 5, 10 and 20 the best on drummers left out
CREDIT = (
    "Groove MIDI Dataset: CC BY 4.0 (the feel of drums in performances)",
    "  Google LLC, https://magenta.tensorflow.org/datasets/groove",
    "  J. Gillick, A. Roberts, J. Engel, D. Eck & D. Bamman, Learning to groove with inverse sequence transformations, "
    "ICML 2019",
)


def recordings(folder: Path) -> Iterator[tuple[str, str, Score]]:
    """Yield (drummer, genre, score) of the Groove MIDI Dataset's beats in 4/4.

    Those of under 32 strokes are left out. Raises OSError if the data set isn't in the folder.
    """
    with open(folder / "info.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["beat_type"], row["time_signature"]) == ("beat", "4-4")]
    for row in rows:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepairWarning)  # in some files the last stroke never ends
            score = formats.read(folder / row["midi_filename"])
        if score.n_notes >= SHORTEST:
            yield row["drummer"], row["style"].split("/")[0].split("-")[0], score


def strokes(score: Score) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return pitch, place, loudness and offset of a recording's strokes.

    Each is counted at the nearest 16th. Loudness is from the mean of the piece, offsets are from their median, which
    may be that of the machine.
    """
    notes = np.concatenate([track.notes for track in score.tracks])
    at = notes["onset"] / score.ticks_per_quarter * 4
    place = np.rint(at).astype(np.int64)
    level = 40 * np.log10(np.maximum(notes["velocity"], 1) / 127)
    offset = at - place
    return notes["pitch"].astype(np.int64), place % PLACES, level - level.mean(), offset - np.median(offset)


def measure(recordings: Iterable[tuple[str, Score]]) -> Groove:
    """Measure a table from recordings in 4/4, given as (genre, score)."""
    by_genre: dict[str, list[tuple[type_values, ...]]] = {}
    for genre, score in recordings:
        if score.n_notes:
            by_genre.setdefault(genre, []).append(_cells(*strokes(score)))
    everything = [cells for pieces in by_genre.values() for cells in pieces]
    tables = [_tables(everything, which) for which in (0, 1)]
    parts: list[dict[str, type_values]] = []
    for which, common in enumerate(tables):
        shrunk = {genre: _shrunk([c[which] for c in cells], common) for genre, cells in sorted(by_genre.items())}
        parts.append({ALL: common, **shrunk})
    loudness, offset = parts
    return Groove(loudness, {genre: OFFSET_SHARE * values for genre, values in offset.items()})


def _cells(
    pitch: NDArray[np.int64], place: NDArray[np.int64], loudness: type_values, offset: type_values
) -> tuple[type_values, type_values]:
    """Return a piece's mean loudness and offset by drum and place, else nan."""
    cell, size = DRUM_OF[pitch] * PLACES + place, (OTHER + 1) * PLACES
    count = np.bincount(cell, minlength=size)
    means = [np.where(count, np.bincount(cell, values, size) / np.maximum(count, 1), np.nan)
             for values in (loudness, offset)]  # fmt: skip
    return means[0].reshape(-1, PLACES), means[1].reshape(-1, PLACES)


def _tables(pieces: list[tuple[type_values, ...]], which: int) -> type_values:
    """Return the table of all genres: by place, drawn toward each drum's mean."""
    values = [piece[which] for piece in pieces]
    stacked = np.array(values).transpose(0, 2, 1).reshape(-1, OTHER + 1)
    count = np.isfinite(stacked).sum(axis=0)
    mean = np.where(count, np.nansum(stacked, axis=0) / np.maximum(count, 1), 0.0)
    table = _shrunk(values, np.repeat(mean[:, None], PLACES, axis=1))
    table[OTHER] = 0.0
    return table


def _shrunk(pieces: list[type_values], prior: type_values) -> type_values:
    """Return the mean over pieces, with PRIOR pieces of `prior` added."""
    stacked = np.array(pieces)
    count = np.isfinite(stacked).sum(axis=0)
    table: type_values = (np.nansum(stacked, axis=0) + PRIOR * prior) / (count + PRIOR)
    table[OTHER] = 0.0
    return table
