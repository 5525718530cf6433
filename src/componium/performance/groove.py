"""Groove: loudness and timing of drums by genre, drum and place in the bar.

The table is measured from drummers' recordings (drummers.py, scripts/measure_groove.py) and comes with the package as
groove.json. Places are the sixteen 16ths of a bar in 4/4; a loudness is in dB from the mean of a piece, an offset in
parts of a 16th, positive is late.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import CheckpointError

FILE = Path(__file__).with_name("groove.json")
PLACES = 16
# The pitches of each drum, by the note numbers of General MIDI and of the kit of the recordings.
DRUMS: Mapping[str, tuple[int, ...]] = {
    "kick": (35, 36), "snare": (37, 38, 39, 40), "closed hi-hat": (22, 42, 44), "open hi-hat": (26, 46),
    "low tom": (41, 43, 58), "middle tom": (45, 47), "high tom": (48, 50), "crash": (49, 52, 55, 57),
    "ride": (51, 53, 59),
}  # fmt: skip
OTHER = len(DRUMS)  # drums of no kind above: their values are 0
ALL = "all"  # genres together
type_values = NDArray[np.float64]  # (drum, place)


@dataclass(frozen=True, slots=True, eq=False)
class Groove:
    """Loudness and offset by genre: arrays (len(DRUMS) + 1, PLACES)."""

    loudness: Mapping[str, type_values]
    offset: Mapping[str, type_values]

    def genre(self, style: str) -> str:
        """Return the genre of a style: its own name, or that of all genres together."""
        return style if style in self.loudness else ALL

    def predict(
        self, style: str, pitch: NDArray[np.int64], place: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the loudness in dB and the offset in 16ths of strokes, (N,) each."""
        drum, genre = DRUM_OF[pitch], self.genre(style)
        return self.loudness[genre][drum, place % PLACES], self.offset[genre][drum, place % PLACES]

    def to_json(self) -> dict[str, Any]:
        """Return the table as plain values, rounded, without the drums of no kind."""
        parts = {"loudness": self.loudness, "offset": self.offset}
        return {
            name: {genre: np.round(values[:OTHER], 2).tolist() for genre, values in part.items()}
            for name, part in parts.items()
        }


def _drum_of() -> NDArray[np.int64]:
    drums = np.full(128, OTHER)
    for drum, pitches in enumerate(DRUMS.values()):
        drums[list(pitches)] = drum
    return drums


DRUM_OF = _drum_of()  # by pitch


@cache
def shipped() -> Groove:
    """Return the table that comes with the package.

    Raises CheckpointError if it is damaged.
    """
    try:
        stored = json.loads(FILE.read_text(encoding="utf-8"))
        parts = [{genre: _checked(rows) for genre, rows in stored[name].items()} for name in ("loudness", "offset")]
        return Groove(*parts)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"a damaged table: {error!r}", where=str(FILE), advice="install again") from error


def list_credits() -> list[str]:
    """Return whom the shipped table was learned from, and the license, in lines."""
    return list(json.loads(FILE.read_text(encoding="utf-8"))["credit"])


def _checked(rows: Any) -> type_values:
    values = np.array(rows, dtype=np.float64)
    if values.shape != (OTHER, PLACES) or not np.isfinite(values).all():
        raise ValueError(f"a table of shape {values.shape}")
    return np.vstack([values, np.zeros(PLACES)])
