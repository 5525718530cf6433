"""Parts of a score: notes, tracks, and changes of tempo, meter, key and chord."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import ScoreError

# Signed, so that differences of pitches don't wrap round.
NOTE = np.dtype([("onset", "<i8"), ("duration", "<i8"), ("pitch", "<i2"), ("velocity", "<i2"), ("voice", "<i2")])
DEFAULT_VELOCITY = 80
DEFAULT_QPM = 120.0
MAX_TICK = 2**48  # far beyond any music, and sums and products of ticks stay within int64
MODES = {"major": 0, "minor": 9, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7, "locrian": 11}

type_notes = NDArray[Any]  # a structured array of dtype NOTE


def notes(rows: Iterable[tuple[int, ...]] = ()) -> type_notes:
    """Return an array of NOTE from rows (onset, duration, pitch, velocity, voice).

    Rows may stop after the pitch; fields left out are 0. Raises ScoreError for a number too large for its field.
    """
    filled = [tuple(row) + (0,) * (5 - len(row)) for row in rows]
    try:
        return np.array(filled, dtype=NOTE)
    except OverflowError as error:
        raise ScoreError(f"a number too large for a note: {error}") from error


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo from `tick` on: `qpm` quarters per minute, 1 to 100,000."""

    tick: int
    qpm: float


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter from `tick` on: bars of `numerator` notes of 1/`denominator`.

    A bar line falls on `tick`.
    """

    tick: int
    numerator: int
    denominator: int

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key from `tick` on: sharps (flats if negative), -7 to 7, and a mode of MODES."""

    tick: int
    fifths: int
    mode: str = "major"

    @property
    def tonic(self) -> int:
        """The pitch class of the tonic, 0 (C) to 11 (B)."""
        return (7 * self.fifths + MODES[self.mode]) % 12


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol from `tick` on, as in a lead sheet: "Am7", "D/F#"."""

    tick: int
    symbol: str


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A part: its notes, its program (0-127) and its name.

    Notes are kept in order of onset, pitch, duration, velocity, voice. Raises ScoreError if a note has a negative
    onset, a duration below 1, or a pitch or velocity outside 0-127.
    """

    notes: type_notes = field(default_factory=notes)
    program: int = 0
    is_drum: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127:
            raise ScoreError(f"program {self.program}", expected="0 to 127")
        array = np.asarray(self.notes, dtype=NOTE)
        _check_notes(array)
        array = _in_order(array)
        array.flags.writeable = False
        object.__setattr__(self, "notes", array)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Track):
            return NotImplemented
        same = (self.program, self.is_drum, self.name) == (other.program, other.is_drum, other.name)
        return same and np.array_equal(self.notes, other.notes)

    def __hash__(self) -> int:
        return hash((self.program, self.is_drum, self.name, self.notes.tobytes()))

    @property
    def end(self) -> int:
        """The tick at which the last note to sound stops, 0 if there is none."""
        return int((self.notes["onset"] + self.notes["duration"]).max()) if len(self.notes) else 0


def _check_notes(array: type_notes) -> None:
    wrong = (array["onset"] < 0) | (array["duration"] < 1) | (array["voice"] < 0)
    wrong |= (array["onset"] > MAX_TICK) | (array["duration"] > MAX_TICK)
    for name in ("pitch", "velocity"):
        wrong |= (array[name] < 0) | (array[name] > 127)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ScoreError(f"note {array[at]}", where=f"note {at}", expected="onset >= 0, duration >= 1, pitch 0-127")


def _in_order(array: type_notes) -> type_notes:
    keys = tuple(array[name] for name in ("voice", "velocity", "duration", "pitch", "onset"))
    order = np.lexsort(keys)
    return array[order]  # a copy, so that freezing it never touches the caller's array
