"""Layout: the printed measures, with meter, key, tempos and chord symbols."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from componium.music.score import Chord, Key, Meter, Score, Tempo
from componium.notation.grid import EVENT_GRID, QUARTER, round_to, to_units, type_bar

type_event = TypeVar("type_event", Tempo, Chord)


@dataclass(frozen=True, slots=True)
class Measure:
    """Printed bar: what it states for all parts."""

    number: int
    onset: int
    duration: int
    meter: Meter
    shows_meter: bool
    pickup: bool
    key: Key | None
    tempos: tuple[tuple[int, float], ...]
    chords: tuple[tuple[int, str], ...]

    @property
    def missing(self) -> int:
        """Time that a pickup lacks of a bar, before it; 0 of other measures."""
        return 4 * QUARTER * self.meter.numerator // self.meter.denominator - self.duration if self.pickup else 0


def lay_measures(
    score: Score, bars: Sequence[type_bar], chords: Iterable[Chord], end: int
) -> tuple[Measure, ...]:
    """Lay out the measures of a piece, one a bar, up to its end in units.

    The last one is shorter by a pickup, if that holds all that is in it.
    """
    pickup = len(bars) > 1 and bars[0][1] < bars[1][1]
    if pickup and len(bars) > 2 and bars[-1][1] == bars[-2][1] and end <= bars[-1][0] + bars[-1][1] - bars[0][1]:
        bars = [*bars[:-1], (bars[-1][0], bars[-1][1] - bars[0][1], bars[-1][2])]
    shown = [meter for _, _, meter in bars]
    shown[:1] = [bars[1][2] if pickup else bars[0][2]]
    stop = bars[-1][0] + bars[-1][1]
    keys = _keys(score, bars)
    tempos = _by_bar([tempo for tempo in _changes(round_events(score.tempos, score)) if tempo.tick < stop], bars)
    symbols = _by_bar(chords, bars)
    return tuple(
        Measure(
            number=at + (not pickup),
            onset=onset,
            duration=duration,
            meter=replace(shown[at], tick=onset),
            shows_meter=at == 0 or str(shown[at]) != str(shown[at - 1]),
            pickup=pickup and at == 0,
            key=keys.get(at),
            tempos=tuple((tempo.tick - onset, tempo.qpm) for tempo in tempos.get(at, ())),
            chords=tuple((chord.tick - onset, chord.symbol) for chord in symbols.get(at, ())),
        )
        for at, (onset, duration, _) in enumerate(bars)
    )


def round_events(events: Sequence[type_event], score: Score) -> list[type_event]:
    """Return the events on their grid, in units, one at a time; the last one wins."""
    units = to_units(np.array([event.tick for event in events], dtype=np.int64), score.ticks_per_quarter)
    moved = {round_to(unit, EVENT_GRID): event for unit, event in zip(units.tolist(), events, strict=True)}
    return [replace(event, tick=unit) for unit, event in moved.items()]


def _changes(tempos: Sequence[Tempo]) -> list[Tempo]:
    """Return the tempos without those that repeat the one in force."""
    return [tempo for at, tempo in enumerate(tempos) if at == 0 or tempo.qpm != tempos[at - 1].qpm]


def _by_bar(events: Iterable[type_event], bars: Sequence[type_bar]) -> dict[int, list[type_event]]:
    starts = [bar[0] for bar in bars]
    by_bar: dict[int, list[type_event]] = {}
    for event in events:
        by_bar.setdefault(bisect_right(starts, event.tick) - 1, []).append(event)
    return by_bar


def _keys(score: Score, bars: Sequence[type_bar]) -> dict[int, Key]:
    """Return the key that begins at each bar, moved to the nearest bar line.

    Those beyond the last bar are dropped.
    """
    lines = np.array([bar[0] for bar in bars])
    end = bars[-1][0] + bars[-1][1]
    moved: dict[int, Key] = {}
    for key in score.keys:
        unit = key.tick * QUARTER // score.ticks_per_quarter
        if unit < end:
            at = int(np.argmin(np.abs(lines - unit)))
            moved[at] = replace(key, tick=int(lines[at]))
    kept: dict[int, Key] = {}
    for at, key in moved.items():
        last = next(reversed(kept.values()), None)
        if last is None or (last.fifths, last.mode) != (key.fifths, key.mode):
            kept[at] = key
    return kept
