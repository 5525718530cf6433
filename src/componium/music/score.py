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
from dataclasses import dataclass
from typing import Any

from componium import registry
from componium.errors import ScoreError
from componium.music.bars import stretches, with_first_meter
from componium.music.events import (
    DEFAULT_QPM,
    DEFAULT_VELOCITY,
    MAX_TICK,
    MODES,
    NOTE,
    Chord,
    Key,
    Meter,
    Tempo,
    Track,
    notes,
    type_notes,
)
from componium.music.pitch import str_key

__all__ = [
    "DEFAULT_QPM", "DEFAULT_VELOCITY", "MAX_TICK", "MODES", "NOTE", "Chord", "Key", "Meter", "Score", "Tempo", "Track",
    "notes", "type_notes",
]  # fmt: skip


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
        def count(n: int, noun: str) -> str:
            return f"{n:,} {noun}" + "s" * (n != 1)

        meter = [meter for meter in with_first_meter(self.meters) if meter.tick <= self.end // 2][-1]  # past a pickup's
        parts = [count(len(self.tracks), "track"), count(self.n_bars, "bar"), count(self.n_notes, "note")]
        parts += [str_key(key) for key in self.keys[:1]]
        title = f" {self.title!r}" if self.title else ""
        return f"<Score{title}: {', '.join([*parts, str(meter)])}>"

    @property
    def n_bars(self) -> int:
        """The number of bars from the start to the end of the last note."""
        return sum(count for *_, count in stretches(self.meters, self.ticks_per_quarter, self.end))

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
        html: str = registry.load("views", "notebook").score_to_html(self)  # by name: it is above this room
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
