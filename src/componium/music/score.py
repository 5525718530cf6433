"""Scores: music as immutable data in integer time, shared by every room.

A Score has tracks, a tempo map, meters, keys and chord symbols, all in ticks from its start. The notes of a track are
one structured array (dtype NOTE), so a score of 200,000 notes takes 4.4 MB and one sort.

Conventions
- Time is in ticks, int64; `ticks_per_quarter` of them make a quarter note.
- A pickup is a first bar of its own, in a shorter meter: Meter(0, 1, 4) followed by Meter(480, 4, 4).
- velocity 0 means that none was given (as in sheet music); a sounding format then writes DEFAULT_VELOCITY.
- voice is 0 unless one part holds several independent lines.

>>> score = Score(tracks=(Track(notes=notes([(0, 480, 60), (480, 480, 64)])),))
>>> score.end, score.n_notes, score.n_bars
(960, 2, 1)
>>> score
<Score: 1 track, 1 bar, 2 notes, 4/4>
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
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


@dataclass(frozen=True, slots=True, repr=False)
class Score:
    """A piece of music. Equality is exact, field by field and note by note.

    `info` holds a file's other metadata as sorted pairs of text: composer, rights, rhythm, source...
    Meters, tempos, keys and chords are kept in order of their ticks, at most one at a tick (the last one given wins).
    """

    tracks: tuple[Track, ...] = ()
    ticks_per_quarter: int = 480
    tempos: tuple[Tempo, ...] = ()
    meters: tuple[Meter, ...] = ()
    keys: tuple[Key, ...] = ()
    chords: tuple[Chord, ...] = ()
    title: str = ""
    info: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.ticks_per_quarter <= 0x7FFF:
            raise ScoreError(f"{self.ticks_per_quarter} ticks per quarter", expected="1 to 32767")
        object.__setattr__(self, "tracks", tuple(self.tracks))
        for name in ("tempos", "meters", "keys", "chords"):
            object.__setattr__(self, name, _by_tick(getattr(self, name)))
        info: Any = self.info
        pairs = info.items() if isinstance(info, Mapping) else info
        object.__setattr__(self, "info", tuple(sorted({k: v for k, v in pairs if v}.items())))
        _check_events(self)

    def __repr__(self) -> str:
        from componium.music.pitch import str_key  # both read scores, so neither can be imported before them
        from componium.music.time import meters_of

        def count(n: int, noun: str) -> str:
            return f"{n:,} {noun}" + "s" * (n != 1)

        meter = [meter for meter in meters_of(self) if meter.tick <= self.end // 2][-1]  # past a pickup's
        parts = [count(len(self.tracks), "track"), count(self.n_bars, "bar"), count(self.n_notes, "note")]
        parts += [str_key(key) for key in self.keys[:1]]
        title = f" {self.title!r}" if self.title else ""
        return f"<Score{title}: {', '.join([*parts, str(meter)])}>"

    @property
    def n_bars(self) -> int:
        """The number of bars from the start to the end of the last note."""
        from componium.music.time import n_bars

        return n_bars(self)

    @property
    def n_notes(self) -> int:
        """The number of notes in all tracks."""
        return sum(len(track.notes) for track in self.tracks)

    @property
    def end(self) -> int:
        """The tick at which the last note to sound stops, 0 if there is none."""
        return max((track.end for track in self.tracks), default=0)

    def about(self, key: str) -> str:
        """Return the text of `info` under `key`, or the empty string."""
        return dict(self.info).get(key, "")

    def _repr_html_(self) -> str:
        html: str = import_module("componium.render.notebook").score_to_html(self)  # by name: it is above this room
        return html


def _by_tick(events: Iterable[Any]) -> tuple[Any, ...]:
    given = tuple(events)
    if len(given) < 2:
        return given
    by_tick = {event.tick: event for event in given}
    return tuple(by_tick[tick] for tick in sorted(by_tick))


def _check_events(score: Score) -> None:
    events: tuple[Any, ...] = (*score.tempos, *score.meters, *score.keys, *score.chords)
    for event in events:
        if not 0 <= event.tick <= MAX_TICK:
            raise ScoreError("an event before the start, or too far after it", expected=f"0 <= tick <= {MAX_TICK}")
    for tempo in score.tempos:
        if not 1 <= tempo.qpm <= 100_000:
            raise ScoreError(f"a tempo of {tempo.qpm}", where=f"tick {tempo.tick}", expected="1 to 100000 qpm")
    for meter in score.meters:
        if not 1 <= meter.numerator <= 255 or meter.denominator not in (1, 2, 4, 8, 16, 32, 64, 128):
            raise ScoreError(f"a meter of {meter}", where=f"tick {meter.tick}", expected="a power of two below")
    for key in score.keys:
        if not -7 <= key.fifths <= 7 or key.mode not in MODES:
            raise ScoreError(f"a key of {key.fifths} {key.mode}", expected=f"-7 to 7, then one of {', '.join(MODES)}")
