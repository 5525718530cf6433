"""Sheet music of a Score, for every writer of a notation: `notate`, frozen.

    Notation   .measures: Measure...             the bars, shared by all parts
               .parts: Part...                   one for each track
    Measure    .number (0 for a pickup), .onset, .duration, .meter, .shows_meter, .pickup,
               .key (only where a new one begins), .tempos and .chords: (onset in the measure, value) pairs
    Part       .track, .clef ("grand": a staff for each hand), .n_voices, .measures: for each measure its Voices, at
               least one
    Voice      .number (from 1), .events: Event... which fill the measure without gap or overlap, in order; .staff, 2
               for the left hand's
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
- Tempos and chord symbols are on 24ths of a quarter, keys on bar lines, all within the bars of notes and chords.
- A first bar shorter than the meter of the second is a pickup: `meter` is then the second's and `duration` shorter, and
  so is that of the last, which completes it, if nothing is lost.
- Pitches are spelled by the key and the notes around them; before any key is stated, by the one whose scale holds most
  of the music, which is not printed.
- Drums are spelled by one another; on a percussion clef the writer places it.

`to_score` shows what is lost on the way: notate(to_score(notation)) is the same notation.

>>> from componium.music.score import Meter, Score, Track, notes
>>> waltz = Score((Track(notes([(0, 1440, 61), (1440, 1680, 66)])),), meters=(Meter(0, 3, 4),))
>>> for measure in notate(waltz).parts[0].measures:
...     print([(event.denominator, event.dots, event.tie_start) for voice in measure for event in voice.events])
[(2, 1, False)]
[(2, 1, True)]
[(8, 0, False), (8, 0, False), (4, 0, False), (4, 0, False)]
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd, lcm
from typing import NamedTuple

import numpy as np

from componium.errors import LimitError
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.notation.grid import QUARTER, lay_bars, quantize_notes, to_units
from componium.notation.hands import split_hands
from componium.notation.layout import Measure, lay_measures, round_events
from componium.notation.spelling import Spelling, choose_clef, guess_key, spell_notes
from componium.notation.unfolding import infer_meters
from componium.notation.values import Tuplet, Value, Window, find_windows, split_in_tuplet, split_value
from componium.notation.voices import Chord as Together
from componium.notation.voices import separate_voices

type_spelled = Mapping[tuple[int, int], Spelling]  # by onset and pitch
MAX_BARS, BARS_A_NOTE = 30_000, 20  # of parts and notes; a symphony has 40 parts of some hundred bars, full of notes


@dataclass(frozen=True, slots=True)
class Head:
    """Note head of an Event: how it sounds and how it is spelled."""

    pitch: int
    step: str
    alter: int
    octave: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Event:
    """Note, chord, or rest (no heads), as one printed value."""

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
    """Events of one voice in one measure."""

    number: int
    events: tuple[Event, ...]
    staff: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Track as its player reads it."""

    track: Track
    clef: str
    n_voices: int
    measures: tuple[tuple[Voice, ...], ...]


@dataclass(frozen=True, slots=True)
class Notation:
    """Whole piece as sheet music; `score` is its source."""

    score: Score
    measures: tuple[Measure, ...]
    parts: tuple[Part, ...]


class _Piece(NamedTuple):
    """Part of a chord (of a rest, without heads) that lies in one measure."""

    start: int
    end: int
    heads: tuple[Head, ...] = ()
    tie_stop: bool = False
    tie_start: bool = False


def notate(score: Score, *, hands: bool = False) -> Notation:
    """Return the score as sheet music.

    Raises LimitError beyond a million quarters or 100,000 bars, and where few notes fill many bars: beyond 30,000 bars,
    counted once for each part and each note in them, and 20 more a note.

    With `hands` a keyboard part that needs them has two staves (see hands.py); else each part has one.

    A score without tracks, or without notes and chords, is one bar of rest in each of its tracks.
    """
    chords = round_events(score.chords, score)
    ends = [to_units(np.array([track.end]), score.ticks_per_quarter)[0] for track in score.tracks]
    bars = lay_bars(score, max([int(end) for end in ends] + [chord.tick + 1 for chord in chords], default=0))
    rows = [quantize_notes(track.notes, score.ticks_per_quarter, bars) for track in score.tracks]
    end = max([row[1] for track in rows for row in track] + [chord.tick + 1 for chord in chords], default=1)
    measures = lay_measures(score, [bar for bar in bars if bar[0] < end], chords, end)
    _check_size(rows, measures)
    pairs = list(zip(score.tracks, rows, strict=True))
    melodic = ((row[2], row[1] - row[0]) for track, track_rows in pairs if not track.is_drum for row in track_rows)
    keys = _keys_in_force(measures, guess_key(melodic))
    spelled = {is_drum: _spell([row for track, track_rows in pairs if track.is_drum == is_drum for row in track_rows],
                               measures, keys) for is_drum in (False, True)}  # fmt: skip
    parts = (_part(track, track_rows, measures, spelled[track.is_drum], hands) for track, track_rows in pairs)
    return Notation(score, measures, tuple(parts))


def _check_size(rows: Sequence[Sequence[tuple[int, ...]]], measures: Sequence[Measure]) -> None:
    """Raise LimitError if few notes, hours apart or long, would fill many bars."""
    times = np.array([row[:2] for track in rows for row in track], dtype=np.int64).reshape(-1, 2)
    starts = [measure.onset for measure in measures]
    spanned = np.searchsorted(starts, times[:, 1], side="left") - np.searchsorted(starts, times[:, 0], side="right") + 1
    written = len(rows) * len(measures) + int(spanned.sum())
    if written > MAX_BARS + BARS_A_NOTE * len(times):
        expected = f"at most {MAX_BARS} bars of parts and notes, and {BARS_A_NOTE} more a note"
        raise LimitError("too few notes for so many bars to print", expected=expected)


def to_score(notation: Notation) -> Score:
    """Return the Score that a reader finds on the printed page.

    notate(to_score(n)) prints the same page.
    """
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
        meters=tuple(replace(meter, tick=tick(meter.tick)) for meter in infer_meters(lengths, shown, QUARTER)),
        keys=tuple(replace(bar.key, tick=tick(bar.onset)) for bar in measures if bar.key),
        tempos=tuple(Tempo(tick(bar.onset + at), qpm) for bar in measures for at, qpm in bar.tempos),
        chords=tuple(Chord(tick(bar.onset + at), symbol) for bar in measures for at, symbol in bar.chords),
    )


def _sounding(part: Part, measures: Sequence[Measure]) -> list[tuple[int, ...]]:
    """Return rows of (onset, duration, pitch, velocity, voice) in units, ties joined."""
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


# -------------------------------------------------------------------------------------------------------------- parts


def _part(
    track: Track, rows: Sequence[tuple[int, ...]], measures: Sequence[Measure], spelled: type_spelled, hands: bool
) -> Part:
    starts = [measure.onset for measure in measures]
    hands_staves = split_hands(track, rows) if hands else None
    staves = hands_staves or [(line, 1) for line in separate_voices(rows)]
    staves.sort(key=lambda pair: bisect_right(starts, pair[0][0].onset))  # by the measure in which it first sounds
    lines = [_pieces(line, starts, measures, spelled) for line, _ in staves]
    part_measures = []
    for at, measure in enumerate(measures):
        voices = [
            Voice(number, tuple(_values_of(line[at], measure)), staff)
            for number, (line, (_, staff)) in enumerate(zip(lines, staves, strict=True), start=1)
            if at in line
        ]
        part_measures.append(tuple(voices) or (Voice(1, tuple(_silence(measure))),))
    clef = "grand" if hands_staves else choose_clef(track)
    return Part(track, clef, max(len(lines), 1), tuple(part_measures))


def _silence(measure: Measure) -> Iterator[Event]:
    """Return a whole-bar rest; in a pickup, rests as long as it is."""
    return _values_of((), measure) if measure.pickup else iter([Event(0, measure.duration, 1, whole_bar=True)])


def _keys_in_force(measures: Sequence[Measure], first: Key) -> list[Key]:
    """Return the key of each measure, `first` before any is stated."""
    keys: list[Key] = []
    for measure in measures:
        keys.append(measure.key or (keys[-1] if keys else first))
    return keys


def _spell(
    rows: Iterable[tuple[int, ...]], measures: Sequence[Measure], keys: Sequence[Key]
) -> dict[tuple[int, int], Spelling]:
    """Return the spelling of each (onset, pitch) of rows of (onset, end, pitch, ...)."""
    begun = sorted({(row[0], row[2]) for row in rows})
    starts = [measure.onset for measure in measures]
    own = [keys[bisect_right(starts, onset) - 1] for onset, _ in begun]
    return dict(zip(begun, spell_notes(np.array([pitch for _, pitch in begun], dtype=np.int64), own), strict=True))


def _pieces(
    line: Sequence[Together], starts: Sequence[int], measures: Sequence[Measure], spelled: type_spelled
) -> dict[int, list[_Piece]]:
    """Map each measure to the pieces of a line that sound in it.

    Pieces are cut at the bar lines; their onsets count from the measure.
    """
    pieces: dict[int, list[_Piece]] = {}
    for chord in line:
        at = bisect_right(starts, chord.onset) - 1
        heads = tuple(Head(pitch, *spelled[chord.onset, pitch], velocity) for pitch, velocity in chord.notes)
        onset = chord.onset
        while onset < chord.end:
            bar = measures[at]
            end = min(chord.end, bar.onset + bar.duration)
            piece = _Piece(onset - bar.onset, end - bar.onset, heads, onset > chord.onset, end < chord.end)
            pieces.setdefault(at, []).append(piece)
            onset, at = end, at + 1
    return pieces


def _values_of(pieces: Sequence[_Piece], measure: Measure) -> Iterator[Event]:
    """Yield the events of one voice in one measure, rests filled in."""
    full = 4 * QUARTER * measure.meter.numerator // measure.meter.denominator
    shift = measure.missing  # the beats of a pickup count from its end
    filled = [piece._replace(start=piece.start + shift, end=piece.end + shift) for piece in pieces]
    filled = list(_with_rests(filled, shift, shift + measure.duration))
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
    return split_in_tuplet(start, end, window) if window else split_value(start, end, full, meter, rest=rest)


def _with_rests(pieces: Iterable[_Piece], start: int, end: int) -> Iterator[_Piece]:
    for piece in pieces:
        if piece.start > start:
            yield _Piece(start, piece.start)
        yield piece
        start = piece.end
    if start < end:
        yield _Piece(start, end)


def _cut(piece: _Piece, windows: Sequence[Window]) -> Iterator[tuple[int, int, Window | None]]:
    """Yield the stretches of a piece, cut where tuplets begin and end."""
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


__all__ = ["QUARTER", "Event", "Head", "Measure", "Notation", "Part", "Tuplet", "Voice", "notate", "to_score"]
