"""What of a Score a format may lose: the words that a LOSES may hold, and the aspects of a Score that each may change.

An aspect that no word of a format's LOSES touches comes back from a file of that format as it was.

>>> from componium.music.score import Meter, Score, Tempo
>>> sorted(changed(Score(meters=(Meter(0, 3, 4),)), Score(tempos=(Tempo(0, 90),))))
['meters', 'tempos']
>>> sorted(touched({"velocity", "no-key"}))
['keys', 'velocity']
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from componium.music.score import Score, Track


class Loss(NamedTuple):
    """The aspects that it may change, and what becomes of them."""

    touches: tuple[str, ...]
    meaning: str


LOSSES = {
    "played-times": Loss(
        ("notes", "meters", "tempos", "chords"),
        "times on no grid of 128ths, triplets, quintuplets, septuplets or nonuplets are moved to one"),
    "overlaps-in-a-voice": Loss(("voice",), "become voices, numbered in the order in which they first sound"),
    "ticks-per-quarter": Loss(
        ("ticks", "meters"), "becomes 480, or a multiple that holds the times; odd bars get a metre of their own"),
    "keys-within-a-bar": Loss(("keys",), "are moved to the nearest bar line"),
    "empty-bars-at-the-end": Loss(
        ("meters", "tempos", "keys"), "are left out, with the metres, keys and tempos said there"),
    "repeated-events": Loss(
        ("meters", "tempos", "keys"), "a metre, key or tempo that already holds isn't said again"),
    "chords-without-a-root": Loss(
        ("chords",), "symbols that don't begin with A to G are left out; longer ones end after 40 characters"),
    "odd-chord-symbols": Loss(("chords",), "chord symbols that don't read as one are left out"),
    "fine-tempo": Loss(("tempos",), "is rounded"),
    "drum-program": Loss(("programs",), "becomes 0"),
    "odd-text": Loss(
        ("title", "names", "info", "chords"),
        "control characters, several blanks in a row, what the format's own signs would change"),
    "velocity": Loss(("velocity",), "is left out"),
    "velocity-unmarked": Loss(("velocity",), "becomes the usual velocity"),
    "voice": Loss(("voice",), "becomes 0"),
    "empty-tracks": Loss(("silent",), "are left out"),
    "no-tracks": Loss(("silent",), "becomes one silent track"),
    "silent-tracks": Loss(("silent",), "are left out"),
    "tempos-within-a-bar": Loss(("tempos",), "stand at its beginning"),
    "chord-symbols": Loss(("chords",), "are left out"),
    "no-key": Loss(("keys",), "becomes the key that holds most of the music"),
    "nested-unisons": Loss(
        ("notes", "velocity"), "a note within a longer one of its pitch: the two exchange their ends"),
    "programs": Loss(("programs",), "are what the part's name says"),
    "drums": Loss(("drums",), "become a part with pitches"),
    "info": Loss(("info",), "is kept only where the format has a field for it"),
    "odd-info": Loss(
        ("info",), "names other than one word in small letters are left out, blanks around texts too"),
}  # fmt: skip


def touched(words: Iterable[str]) -> set[str]:
    """The aspects that losses may change."""
    return {aspect for word in words for aspect in LOSSES[word].touches}


def changed(before: Score, after: Score) -> set[str]:
    """The aspects in which two scores differ."""
    return {name for name, look in ASPECTS.items() if look(before) != look(after)}


def _parts(score: Score) -> list[Track]:
    return [track for track in score.tracks if len(track.notes)]


def _rows(*names: str) -> Callable[[Score], list[Any]]:
    return lambda score: [sorted(track.notes[list(names)].tolist()) for track in _parts(score)]


def _notes(score: Score) -> list[list[tuple[Fraction, Fraction, int]]]:
    """(onset, duration, pitch) of each part, in quarters, so that ticks don't matter."""
    unit = score.ticks_per_quarter
    return [[(Fraction(onset, unit), Fraction(duration, unit), pitch) for onset, duration, pitch in part]
            for part in _rows("onset", "duration", "pitch")(score)]


def _events(name: str) -> Callable[[Score], list[tuple[Fraction, Any]]]:
    return lambda score: [
        (Fraction(event.tick, score.ticks_per_quarter), replace(event, tick=0)) for event in getattr(score, name)
    ]


# What two scores are compared in. Parts are the tracks that have notes; velocities and voices are those of each pitch,
# whatever the times, which are compared by themselves.
ASPECTS: dict[str, Callable[[Score], Any]] = {
    "notes": _notes,
    "velocity": _rows("pitch", "velocity"),
    "voice": _rows("pitch", "voice"),
    "programs": lambda score: [track.program for track in _parts(score)],
    "drums": lambda score: [track.is_drum for track in _parts(score)],
    "names": lambda score: [track.name for track in _parts(score)],
    "silent": lambda score: len(score.tracks) - len(_parts(score)),
    "tempos": _events("tempos"),
    "meters": _events("meters"),
    "keys": _events("keys"),
    "chords": _events("chords"),
    "title": lambda score: score.title,
    "info": lambda score: score.info,
    "ticks": lambda score: score.ticks_per_quarter,
}
