"""Accompaniment patterns: a bass and chords under a tune, by its chord symbols.

A pattern is a bar of strokes for each kind of meter: on the bass, which alternates between root and fifth, or on the
chord. Chords lie in the middle register, each as near as can be to the one before where it first comes, and so ever
after; the bass begins a new chord on its root. Bars that come back with their neighbors have the chords that they had.
Silent are upbeats, and bars before the first chord; in the last bar the last chord is held.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from componium.analysis.form import bar_contents, type_bar
from componium.analysis.meter import pickup_ticks, whole_bar_lines
from componium.analysis.tune_chords import chords_of_tune
from componium.composing.instruments import name_parts
from componium.decoding.style.measuring import is_monophonic
from componium.errors import ControlError
from componium.music.bars import bar_quarters, beat_quarters
from componium.music.chords import PlainChord, reduce_symbol
from componium.music.instruments import INSTRUMENTS, find
from componium.music.score import Chord, Meter, Score, Track, notes
from componium.music.time import bar_lines, meters_of

BASS, CHORD = "bass", "chord"
MARK = "accompaniment"  # the entry of a score's info that names the parts
LOWEST_BASS, LOWEST_CHORD, CENTER = 36, 50, 58  # C2, D3, and where chords lie about
VELOCITIES = {BASS: 66, CHORD: 54}  # beside a tune at 80


class Stroke(NamedTuple):
    """Stroke on bass or chord, with its place and its length in beats.

    `tone` is a single tone of a chord, from 0.
    """

    part: Literal["bass", "chord"]
    place: Fraction
    length: Fraction
    tone: int | None = None


@cache
def _strokes(text: str) -> tuple[Stroke, ...]:
    """Return the strokes of a bar written as sixths of a beat: part, place and length.

    >>> _strokes("b0:6 c6:3")[1]
    Stroke(part='chord', place=Fraction(1, 1), length=Fraction(1, 2), tone=None)
    """
    found = []
    for word in text.split():
        place, length = word[1:].split(":")
        tone = int(word[0]) if word[0].isdigit() else None
        part: Literal["bass", "chord"] = "bass" if word[0] == "b" else "chord"
        found.append(Stroke(part, Fraction(int(place), 6), Fraction(int(length), 6), tone))
    return tuple(found)


# By pattern and beats of a bar: b is the bass, c the chord, 0 to 2 its tones; place and length in sixths of a beat.
PATTERNS = {
    "reel": {2: "b0:3 c3:3 b6:3 c9:3", 4: "b0:6 c6:3 b12:6 c18:3", 3: "b0:6 c6:3 c12:3"},
    "jig": {1: "b0:4 c4:2", 2: "b0:4 c4:2 b6:4 c10:2", 3: "b0:4 c4:2 c6:4 c10:2 c12:4 c16:2",
            4: "b0:4 c4:2 b6:4 c10:2 b12:4 c16:2 b18:4 c22:2"},
    "waltz": {3: "b0:6 c6:5 c12:5", 1: "b0:2 c2:2 c4:2", 2: "b0:6 c6:5"},
    "march": {2: "b0:3 c3:3 b6:3 c9:3", 4: "b0:5 c6:3 b12:5 c18:3", 3: "b0:5 c6:3 c12:3"},
    "song": {2: "b0:12 03:3 16:3 29:3", 3: "b0:18 03:3 16:3 29:3 112:3 015:3",
             4: "b0:12 03:3 16:3 29:3 b12:12 015:3 118:3 221:3"},
    "swing": {2: "b0:6 b6:6 c6:3", 3: "b0:6 c6:3 b12:6", 4: "b0:6 b6:6 c6:3 b12:6 b18:6 c18:3"},
    "hymn": {1: "b0:6 c0:6", 2: "b0:12 c0:12", 3: "b0:18 c0:18", 4: "b0:12 c0:12 b12:12 c12:12"},
}  # fmt: skip
OF_STYLE = {"jig": "jig", "slip jig": "jig", "reel": "reel", "hornpipe": "reel", "strathspey": "reel", "march": "march",
            "waltz": "waltz", "minuet": "waltz", "air": "song", "songs": "swing", "hymns": "hymn"}  # fmt: skip
HALVING = frozenset({"reel", "march", "song", "swing"})  # patterns with strokes on half beats


def pattern_of(style: str, meter: Meter) -> str:
    """Return the name of the pattern that suits a style, else a meter.

    Beats of three parts have none of a pattern that halves its beats.

    >>> pattern_of("reel", Meter(0, 4, 4)), pattern_of("march", Meter(0, 6, 8)), pattern_of("", Meter(0, 3, 4))
    ('reel', 'jig', 'waltz')
    """
    in_threes = beat_quarters(meter).numerator % 3 == 0
    found = OF_STYLE.get(style, "jig" if in_threes else "waltz" if meter.numerator == 3 else "song")
    return "jig" if in_threes and found in HALVING else found


def accompany_by_pattern(
    tune: Score, pattern: str | None = None, *, chord_program: str = "steel guitar", bass_program: str = "acoustic bass"
) -> Score:
    """Return a tune, note for note, with chords and a bass in a pattern.

    Its info names the parts added as "accompaniment".

    tune           its chord symbols count; one without gets those of `chords_of_tune`
    pattern        a name of PATTERNS; by default that of the tune's style or meter
    chord_program  the instrument of the chords, by name
    bass_program   the instrument of the bass

    Raises ControlError for another pattern, UnknownNameError for another instrument.

    >>> scale = [(480 * at, 480, pitch) for at, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 60])]
    >>> score = accompany_by_pattern(Score((Track(notes(scale)),)), "reel")
    >>> [track.name for track in score.tracks[1:]], score.tracks[2].notes["pitch"].tolist()[0] % 12
    (['Guitar', 'Bass'], 0)
    """
    if pattern is not None and pattern not in PATTERNS:
        raise ControlError(f"a pattern {pattern!r}", expected=f"one of {', '.join(PATTERNS)}")
    tune = tune if tune.chords else replace(tune, chords=alike(tune, chords_of_tune(tune)))
    rows: dict[str, list[tuple[int, int, int, int]]] = {BASS: [], CHORD: []}
    for part, onset, length, pitch in _played(tune, pattern):
        rows[part].append((onset, length, pitch, VELOCITIES[part]))
    named = name_parts([Track(notes(rows[part]), find(name), name=INSTRUMENTS[find(name)].name)
                        for part, name in ((CHORD, chord_program), (BASS, bass_program))])  # fmt: skip
    own = {track.name for track in tune.tracks}
    tracks = tuple(replace(track, name=f"{track.name} 2") if track.name in own else track for track in named)
    marked = {**dict(tune.info), MARK: ", ".join(track.name for track in tracks)}
    return replace(tune, tracks=(*tune.tracks, *tracks), info=tuple(marked.items()))


def alike(tune: Score, chords: tuple[Chord, ...]) -> tuple[Chord, ...]:
    """Return a tune's chords, with those of bars that come back made alike.

    They are as they were the first time; the last bar keeps its own.

    A bar comes back if it has the notes of an earlier one, and so has the bar before it or after it. Where passages
    that come back begin, the chord is stated even if it goes on.

    >>> bars = [[60, 64, 67, 64], [62, 65, 69, 65]] * 2
    >>> tune = Score((Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(sum(bars, []))])),))
    >>> found = alike(tune, (Chord(0, "C"), Chord(1920, "Dm"), Chord(3840, "Am"), Chord(5760, "F")))
    >>> [(chord.tick // 1920, chord.symbol) for chord in found]
    [(0, 'C'), (1, 'Dm'), (2, 'C'), (3, 'F')]
    """
    lines, firsts = whole_bar_lines(tune).tolist(), _firsts(bar_contents(tune))
    begun = [(bar, first) for bar, first in enumerate(firsts) if first != bar and firsts[bar - 1] != first - 1]
    stated = {lines[bar] for pair in begun for bar in pair}
    ticks = [chord.tick for chord in chords]
    found = [chord for chord in chords if chord.tick < lines[0]]
    for bar, (start, stop) in enumerate(pairwise(lines)):
        source = lines[bar if stop == lines[-1] else firsts[bar]]
        at = max(bisect_right(ticks, source) - 1, 0)
        inside = [chord for chord in chords[at:] if chord.tick < source + stop - start]
        found += [replace(chord, tick=start + max(chord.tick - source, 0)) for chord in inside]
    found += [chord for chord in chords if chord.tick >= lines[-1]]
    return tuple(chord for chord, before in zip(found, [None, *found], strict=False)
                 if before is None or chord.symbol != before.symbol or chord.tick in stated)  # fmt: skip


def _firsts(contents: Sequence[type_bar]) -> list[int]:
    """Return for each bar, from 0, the earlier one that comes back there, or itself."""
    pairs = list(pairwise([None, *contents, None]))
    return [next((at for at in range(bar) if contents[at] == contents[bar]
                  and (pairs[at] == pairs[bar] or pairs[at + 1] == pairs[bar + 1])), bar)
            for bar in range(len(contents))]  # fmt: skip


def is_tune(score: Score) -> bool:
    """Return whether a score is a single line that has pitches."""
    lines = [track.notes for track in score.tracks]
    return len(lines) == 1 and not score.tracks[0].is_drum and len(lines[0]) > 0 and is_monophonic(lines[0])


def tune_of(score: Score) -> Score:
    """Return a score without its accompaniment, if it states one.

    >>> scale = [(480 * at, 480, pitch) for at, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 60])]
    >>> tune = Score((Track(notes(scale)),))
    >>> tune_of(accompany_by_pattern(tune)).tracks == tune.tracks
    True
    """
    stated = score.about(MARK)
    if not stated:
        return score
    names = stated.split(", ")
    kept = tuple(track for track in score.tracks if track.name not in names)
    return replace(score, tracks=kept, info=tuple(entry for entry in score.info if entry[0] != MARK))


def _played(tune: Score, pattern: str | None) -> Iterator[tuple[str, int, int, int]]:
    """Yield (part, onset, duration, pitch) of an accompaniment, in ticks."""
    hand = _Hand(tune.chords)
    lines, meters = bar_lines(tune).tolist(), meters_of(tune)
    begins = np.array([meter.tick for meter in meters])
    end, pickup = tune.end, pickup_ticks(tune)
    for start, stop in pairwise(lines):
        meter = meters[int(np.searchsorted(begins, start, side="right")) - 1]
        if start < pickup or stop - start != bar_quarters(meter) * tune.ticks_per_quarter:
            continue
        if stop >= end:
            yield from hand.hold(start, end)
            return
        name = pattern or pattern_of(tune.about("style") or "", meter)
        yield from hand.play(_bar(name, meter), start, beat_quarters(meter) * tune.ticks_per_quarter)


def _bar(name: str, meter: Meter) -> tuple[Stroke, ...]:
    """Return the strokes of a bar.

    In a meter that the pattern lacks they are a bass and then chords, beat by beat.
    """
    beats = int(bar_quarters(meter) / beat_quarters(meter))
    known = PATTERNS[name]
    if beats in known:
        return _strokes(known[beats])
    return _strokes(" ".join(["b0:6", *(f"c{6 * beat}:4" for beat in range(1, beats))]))


class _Hand:
    """State of a player: the last chord, and the pitches of each chord so far."""

    def __init__(self, chords: tuple[Chord, ...]) -> None:
        self._ticks = np.array([chord.tick for chord in chords], dtype=np.int64)
        self._chords = [reduce_symbol(chord.symbol) for chord in chords]
        self._last: PlainChord | None = None
        self._was_root = False
        self._basses: dict[int, int] = {}
        self._voicings: dict[PlainChord, list[int]] = {}

    def play(self, strokes: tuple[Stroke, ...], start: int, beat: Fraction) -> Iterator[tuple[str, int, int, int]]:
        """Yield what the strokes of a bar give, a beat being so many ticks."""
        for stroke in strokes:
            onset = start + int(stroke.place * beat)
            chord = self._at(onset)
            if chord is not None:
                length = max(int(stroke.length * beat), 1)
                yield from ((stroke.part, onset, length, pitch) for pitch in self._pitches(stroke, chord))

    def hold(self, start: int, end: int) -> Iterator[tuple[str, int, int, int]]:
        """Yield the chords of the last bar, each held to the next or to the end."""
        inside = self._ticks[(self._ticks > start) & (self._ticks < end)].tolist()
        for onset, stop in pairwise([start, *inside, end]):
            chord = self._at(onset)
            if chord is not None:
                self._was_root = False  # the end is on the root
                yield BASS, onset, stop - onset, self._bass_note(chord)
                yield from ((CHORD, onset, stop - onset, pitch) for pitch in self._voice(chord))

    def _at(self, tick: int) -> PlainChord | None:
        """Return the chord in force at a tick."""
        at = int(np.searchsorted(self._ticks, tick, side="right")) - 1
        chord = self._chords[at] if at >= 0 else None
        if chord != self._last:
            self._last, self._was_root = chord, False
        return chord

    def _pitches(self, stroke: Stroke, chord: PlainChord) -> list[int]:
        if stroke.part == BASS:
            return [self._bass_note(chord)]
        voicing = self._voice(chord)
        return voicing if stroke.tone is None else [voicing[stroke.tone % len(voicing)]]

    def _bass_note(self, chord: PlainChord) -> int:
        """Return the root, or after it the fifth.

        Where it first comes it is as near as can be to the last bass note.
        """
        step, self._was_root = chord.pitch_classes[2] if self._was_root else chord.root, not self._was_root
        if step not in self._basses:
            before = next(reversed(self._basses.values()), LOWEST_BASS + 6)
            lowest = LOWEST_BASS + (step - LOWEST_BASS) % 12
            self._basses[step] = min((lowest, lowest + 12), key=lambda each: (abs(each - before), each))
        return self._basses[step]

    def _voice(self, chord: PlainChord) -> list[int]:
        """Return the pitches of a chord.

        Where it first comes they are those that move least from the chord before it.
        """
        if chord not in self._voicings:
            classes = chord.pitch_classes
            positions = []
            for turn in range(len(classes)):
                lowest = LOWEST_CHORD + (classes[turn] - LOWEST_CHORD) % 12
                steps = [(other - classes[turn]) % 12 for other in classes]
                positions.append(sorted(lowest + step for step in steps))
            before = next(reversed(self._voicings.values()), None)
            center = float(np.mean(before)) if before else CENTER
            self._voicings[chord] = min(positions, key=lambda each: (abs(float(np.mean(each)) - center), each))
        return self._voicings[chord]
