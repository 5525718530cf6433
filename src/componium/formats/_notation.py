"""A Score as sheet music: what every writer of a notation needs, before any format. `notate` makes it, frozen.

    Notation   .measures: Measure...             the bars, shared by all parts
               .parts: Part...                   one for each track
    Measure    .number (0 for a pickup), .onset, .duration, .meter, .shows_meter, .pickup,
               .key (only where a new one begins), .tempos and .chords: (onset in the measure, what) pairs
    Part       .track, .clef, .n_voices, .measures: for each measure its Voices, at least one
    Voice      .number (from 1), .events: Event... which fill the measure without gap or overlap, in order
    Event      a note, a chord, or (no heads) a rest: .onset in the measure, .duration, .heads: Head... low to high,
               .denominator (1 a whole note, 2 a half... 1024; 0 a breve), .dots (0 or 1), .tie_stop, .tie_start (of
               all heads), .tuplet (actual, normal, denominator of the unit), .opens and .closes (it), .whole_bar (a
               rest that fills a measure, of whatever length; its denominator is then 1)
    Head       .pitch (as it sounds), .step "A" to "G", .alter (-2 to 2), .octave (4 from middle C on), .velocity

Conventions
- Times are in units, QUARTER (322,560) to a quarter note, so all are whole numbers: a format writes gcds of them.
  An Event inside a tuplet sounds for `duration`; written without the tuplet it would be duration * actual / normal.
- Onsets of Measures count from the start; those of Events, tempos and chords from their measure.
- A voice that is silent for a whole measure has no Voice there, unless all are: then one that rests.
- Voices count from 1 in the order in which they first sound; those of a Score that overlap become several.
- Tempos and chord symbols stand on 24ths of a quarter, keys on bar lines, all within the bars of notes and chords.
- A first bar shorter than the metre of the second is a pickup: `meter` is then the second's and `duration` shorter.
- A drum is spelled like any pitch; on a percussion clef it is the writer that knows where it stands.

What is lost on the way is what `printed` shows: notate(printed(notation)) is the same notation.

>>> from componium.score import Meter, Score, Track, notes
>>> waltz = Score((Track(notes([(0, 1440, 61), (1440, 1680, 66)])),), meters=(Meter(0, 3, 4),))
>>> for measure in notate(waltz).parts[0].measures:
...     print([(event.denominator, event.dots, event.tie_start) for voice in measure for event in voice.events])
[(2, 1, False)]
[(2, 1, True)]
[(8, 0, False), (8, 0, False), (4, 0, False), (4, 0, False)]
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import gcd, lcm
from typing import NamedTuple, TypeVar

import numpy as np

from componium.formats import _measures
from componium.formats._notation_grid import EVENT_GRID, QUARTER, lay_bars, nearest, quantize_notes, to_units, type_bar
from componium.formats._notation_spelling import choose_clef, spell_pitch
from componium.formats._notation_values import Tuplet, Value, Window, find_windows, split, split_in_tuplet
from componium.formats._notation_voices import Chord as Together
from componium.formats._notation_voices import separate
from componium.score import Chord, Key, Meter, Score, Tempo, Track, notes

type_event = TypeVar("type_event", Tempo, Chord)


@dataclass(frozen=True, slots=True)
class Head:
    """One note of an Event: how it sounds and how it is spelled."""

    pitch: int
    step: str
    alter: int
    octave: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Event:
    """A note, a chord, or a rest (no heads), as one printed value."""

    onset: int
    duration: int
    denominator: int
    dots: int = 0
    heads: tuple[Head, ...] = ()
    tie_stop: bool = False
    tie_start: bool = False
    tuplet: Tuplet | None = None
    opens: bool = False
    closes: bool = False
    whole_bar: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """What one voice has in one measure."""

    number: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A bar, and what it says to all parts."""

    number: int
    onset: int
    duration: int
    meter: Meter
    shows_meter: bool
    pickup: bool
    key: Key | None
    tempos: tuple[tuple[int, float], ...]
    chords: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A track as its player reads it."""

    track: Track
    clef: str
    n_voices: int
    measures: tuple[tuple[Voice, ...], ...]


@dataclass(frozen=True, slots=True)
class Notation:
    """A whole piece as sheet music; `score` is what it was made of."""

    score: Score
    measures: tuple[Measure, ...]
    parts: tuple[Part, ...]


class _Piece(NamedTuple):
    """What of a chord (of a rest, without heads) lies in one measure."""

    start: int
    end: int
    heads: tuple[Head, ...] = ()
    tie_stop: bool = False
    tie_start: bool = False


def notate(score: Score) -> Notation:
    """The score as sheet music. Raises LimitError beyond a million quarters or 100,000 bars.

    A score without tracks, or without notes and chords, is one bar of rest in each of its tracks.
    """
    chords = _events(score.chords, score)
    ends = [to_units(np.array([track.end]), score.ticks_per_quarter)[0] for track in score.tracks]
    bars = lay_bars(score, max([int(end) for end in ends] + [chord.tick + 1 for chord in chords], default=0))
    rows = [quantize_notes(track.notes, score.ticks_per_quarter, bars) for track in score.tracks]
    end = max([row[1] for track in rows for row in track] + [chord.tick + 1 for chord in chords], default=1)
    measures = _measures_of(score, [bar for bar in bars if bar[0] < end], chords)
    pairs = zip(score.tracks, rows, strict=True)
    return Notation(score, measures, tuple(_part(track, its_rows, measures) for track, its_rows in pairs))


def printed(notation: Notation) -> Score:
    """The Score that the printed page says: what a reader of it finds. notate(printed(n)) prints the same page."""
    measures = notation.measures
    tables = [_sounding(part, measures) for part in notation.parts]
    lengths = [measure.duration for measure in measures]
    step = gcd(QUARTER, *lengths, *(time for rows in tables for row in rows for time in row[:2]))
    ticks_per_quarter = lcm(480, QUARTER // step)

    def tick(unit: int) -> int:
        return unit * ticks_per_quarter // QUARTER

    tracks = [
        replace(part.track, notes=notes((tick(row[0]), tick(row[1]), *row[2:]) for row in rows))
        for part, rows in zip(notation.parts, tables, strict=True)
    ]
    shown = [(measure.meter.numerator, measure.meter.denominator) for measure in measures]
    return replace(
        notation.score,
        tracks=tuple(tracks),
        ticks_per_quarter=ticks_per_quarter,
        meters=tuple(replace(meter, tick=tick(meter.tick)) for meter in _measures.grid(lengths, shown, QUARTER)),
        keys=tuple(replace(bar.key, tick=tick(bar.onset)) for bar in measures if bar.key),
        tempos=tuple(Tempo(tick(bar.onset + at), qpm) for bar in measures for at, qpm in bar.tempos),
        chords=tuple(Chord(tick(bar.onset + at), symbol) for bar in measures for at, symbol in bar.chords),
    )


def _sounding(part: Part, measures: Sequence[Measure]) -> list[tuple[int, ...]]:
    """Rows of (onset, duration, pitch, velocity, voice) in units, ties joined."""
    rows: list[list[int]] = []
    tied: dict[int, list[list[int]]] = {}  # voice -> the rows that go on
    for measure, voices in zip(measures, part.measures, strict=True):
        for voice in voices:
            for event in voice.events:
                if event.tie_stop:
                    for row in tied[voice.number]:
                        row[1] += event.duration
                else:
                    onset = measure.onset + event.onset
                    tied[voice.number] = [
                        [onset, event.duration, head.pitch, head.velocity, voice.number - 1] for head in event.heads
                    ]
                    rows += tied[voice.number]
    return [tuple(row) for row in rows]


# ----------------------------------------------------------------------------------------------------------- measures


def _measures_of(score: Score, bars: Sequence[type_bar], chords: Iterable[Chord]) -> tuple[Measure, ...]:
    pickup = len(bars) > 1 and bars[0][1] < bars[1][1]
    shown = [meter for _, _, meter in bars]
    shown[:1] = [bars[1][2] if pickup else bars[0][2]]
    end = bars[-1][0] + bars[-1][1]
    keys = _keys(score, bars)
    tempos = _by_bar([tempo for tempo in _changes(_events(score.tempos, score)) if tempo.tick < end], bars)
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


def _events(events: Sequence[type_event], score: Score) -> list[type_event]:
    """The events on their grid, in units, one at a time; the last one wins."""
    units = to_units(np.array([event.tick for event in events], dtype=np.int64), score.ticks_per_quarter)
    moved = {nearest(unit, EVENT_GRID): event for unit, event in zip(units.tolist(), events, strict=True)}
    return [replace(event, tick=unit) for unit, event in moved.items()]


def _changes(tempos: Sequence[Tempo]) -> list[Tempo]:
    """Without those that only say again what holds."""
    return [tempo for at, tempo in enumerate(tempos) if at == 0 or tempo.qpm != tempos[at - 1].qpm]


def _by_bar(events: Iterable[type_event], bars: Sequence[type_bar]) -> dict[int, list[type_event]]:
    starts = [bar[0] for bar in bars]
    found: dict[int, list[type_event]] = {}
    for event in events:
        found.setdefault(bisect_right(starts, event.tick) - 1, []).append(event)
    return found


def _keys(score: Score, bars: Sequence[type_bar]) -> dict[int, Key]:
    """Bar -> the key that begins there: each moved to the nearest bar line, those beyond the last bar dropped."""
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


# -------------------------------------------------------------------------------------------------------------- parts


def _part(track: Track, rows: Sequence[tuple[int, ...]], measures: Sequence[Measure]) -> Part:
    starts = [measure.onset for measure in measures]
    keys = _keys_in_force(track, measures)
    lines = [_pieces(line, starts, measures, keys) for line in separate(rows)]
    lines.sort(key=min)  # by the measure in which it first sounds
    printed_measures = []
    for at, measure in enumerate(measures):
        voices = [
            Voice(number, tuple(_values_of(line[at], measure)))
            for number, line in enumerate(lines, start=1)
            if at in line
        ]
        printed_measures.append(tuple(voices) or (Voice(1, tuple(_silence(measure))),))
    return Part(track, choose_clef(track), max(len(lines), 1), tuple(printed_measures))


def _silence(measure: Measure) -> Iterator[Event]:
    """A whole-bar rest; in a pickup, which is no whole bar, rests as long as it is."""
    return _values_of((), measure) if measure.pickup else iter([Event(0, measure.duration, 1, whole_bar=True)])


def _keys_in_force(track: Track, measures: Sequence[Measure]) -> list[Key | None]:
    keys: list[Key | None] = []
    for measure in measures:
        keys.append(measure.key or (keys[-1] if keys else None))
    return [None] * len(keys) if track.is_drum else keys


def _pieces(
    line: Sequence[Together], starts: Sequence[int], measures: Sequence[Measure], keys: Sequence[Key | None]
) -> dict[int, list[_Piece]]:
    """Measure -> the pieces of a line that sound in it, cut at the bar lines; onsets count from the measure."""
    found: dict[int, list[_Piece]] = {}
    for chord in line:
        at = bisect_right(starts, chord.onset) - 1
        heads = tuple(Head(pitch, *spell_pitch(pitch, keys[at]), velocity) for pitch, velocity in chord.notes)
        onset = chord.onset
        while onset < chord.end:
            bar = measures[at]
            end = min(chord.end, bar.onset + bar.duration)
            piece = _Piece(onset - bar.onset, end - bar.onset, heads, onset > chord.onset, end < chord.end)
            found.setdefault(at, []).append(piece)
            onset, at = end, at + 1
    return found


def _values_of(pieces: Sequence[_Piece], measure: Measure) -> Iterator[Event]:
    """The events of one voice in one measure, rests filled in."""
    full = 4 * QUARTER * measure.meter.numerator // measure.meter.denominator
    shift = full - measure.duration  # the beats of a pickup count from its end
    filled = [piece._replace(start=piece.start + shift, end=piece.end + shift) for piece in pieces]
    filled = list(_with_rests(filled, shift, full))
    bounds = sorted({time for piece in filled for time in (piece.start, piece.end)})
    rests = [(piece.start, piece.end) for piece in filled if not piece.heads]
    windows = find_windows(bounds, rests, measure.meter)
    for piece in filled:
        values = [
            (value, window)
            for start, end, window in _cut(piece, windows)
            for value in _split(start, end, window, full, measure.meter, rest=not piece.heads)
        ]
        for at, (value, window) in enumerate(values):
            yield Event(
                onset=value.onset - shift,
                duration=value.duration,
                denominator=value.denominator,
                dots=value.dots,
                heads=piece.heads,
                tie_stop=bool(piece.heads) and (piece.tie_stop or at > 0),
                tie_start=bool(piece.heads) and (piece.tie_start or at + 1 < len(values)),
                tuplet=value.tuplet,
                opens=window is not None and value.onset == window.start,
                closes=window is not None and value.onset + value.duration == window.end,
            )


def _split(
    start: int, end: int, window: Window | None, full: int, meter: Meter, *, rest: bool
) -> Iterator[Value]:
    return split_in_tuplet(start, end, window) if window else split(start, end, full, meter, rest=rest)


def _with_rests(pieces: Iterable[_Piece], start: int, end: int) -> Iterator[_Piece]:
    for piece in pieces:
        if piece.start > start:
            yield _Piece(start, piece.start)
        yield piece
        start = piece.end
    if start < end:
        yield _Piece(start, end)


def _cut(piece: _Piece, windows: Sequence[Window]) -> Iterator[tuple[int, int, Window | None]]:
    """A piece cut where tuplets begin and end, each stretch with its tuplet."""
    start = piece.start
    for window in windows:
        if window.start < piece.end and window.end > start:
            if start < window.start:
                yield start, window.start, None
                start = window.start
            yield start, min(window.end, piece.end), window
            start = min(window.end, piece.end)
    if start < piece.end:
        yield start, piece.end, None
