"""Losses of the formats: aspects of a score that a file does not carry.

A format that is written declares its losses: `LOSES` maps a word to a Loss, the explanation (which `componium formats`
prints) and the aspects that it may change. An aspect that no loss of a format names comes back from a file as it was.
Words that several formats use are in COMMON; a format states its other words itself:

    LOSES = common("velocity", "info") | {"swing": Loss("is written out", ("notes",))}

>>> from componium.music.score import Meter, Score, Tempo
>>> sorted(changed_aspects(Score(meters=(Meter(0, 3, 4),)), Score(tempos=(Tempo(0, 90),))))
['meters', 'tempos']
>>> sorted(declared_aspects(common("velocity", "fine-tempo")))
['tempos', 'velocity']
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from componium.music.score import Score, Track, type_notes


class Loss(NamedTuple):
    """Loss of a format: its explanation, and the aspects that it may change.

    Aspects are keys of ASPECTS.
    """

    meaning: str
    aspects: tuple[str, ...]


COMMON = {
    "played-times": Loss(
        "times on no grid of 128ths, triplets, quintuplets, septuplets or nonuplets are moved to one",
        ("notes", "meters", "tempos", "chords")),
    "overlaps-in-a-voice": Loss("become voices, numbered in the order in which they first sound", ("voice",)),
    "ticks-per-quarter": Loss(
        "becomes 480, or a multiple that holds the times; odd bars get a meter of their own", ("ticks", "meters")),
    "keys-within-a-bar": Loss("are moved to the nearest bar line", ("keys",)),
    "empty-bars-at-the-end": Loss(
        "are left out, with the meters, keys and tempos that begin there", ("meters", "tempos", "keys")),
    "repeated-events": Loss(
        "a meter, key or tempo that already holds is not stated again", ("meters", "tempos", "keys")),
    "fine-tempo": Loss("is rounded", ("tempos",)),
    "odd-text": Loss(
        "control characters, several blanks in a row, and what the format's own signs would change are normalized",
        ("title", "names", "info", "chords")),
    "drum-program": Loss("becomes 0", ("programs",)),
    "velocity": Loss("is left out", ("velocity",)),
    "no-tracks": Loss("becomes one silent track", ("silent",)),
    "info": Loss("is kept only where the format has a field for it", ("info",)),
}  # fmt: skip


def common(*words: str) -> dict[str, Loss]:
    """Return the losses of COMMON with these words."""
    return {word: COMMON[word] for word in words}


SHEET_MUSIC = common(  # losses of every format that is written by way of notation.sheet
    "played-times", "overlaps-in-a-voice", "ticks-per-quarter", "keys-within-a-bar", "empty-bars-at-the-end",
    "repeated-events", "fine-tempo", "odd-text",
)  # fmt: skip


def declared_aspects(losses: Mapping[str, Loss]) -> set[str]:
    """Return the aspects that losses may change."""
    return {aspect for loss in losses.values() for aspect in loss.aspects}


def changed_aspects(before: Score, after: Score) -> set[str]:
    """Return the aspects in which two scores differ."""
    return {name for name, aspect_of in ASPECTS.items() if aspect_of(before) != aspect_of(after)}


def _parts(score: Score) -> list[Track]:
    return [track for track in score.tracks if len(track.notes)]


def _rows(*names: str) -> Callable[[Score], list[Any]]:
    return lambda score: [sorted(track.notes[list(names)].tolist()) for track in _parts(score)]


def _notes(score: Score) -> list[list[tuple[int, ...]]]:
    """(onset, duration, pitch) of each part, the times as quarters and their divisor.

    The fractions are in lowest terms, so that ticks don't matter.
    """
    return [_in_quarters(track.notes, score.ticks_per_quarter) for track in _parts(score)]


def _in_quarters(array: type_notes, unit: int) -> list[tuple[int, ...]]:
    columns: list[Any] = []
    for times in (array["onset"], array["duration"]):
        common_divisor = np.gcd(times, unit)
        columns += [times // common_divisor, unit // common_divisor]
    order = np.lexsort((array["pitch"], array["duration"], array["onset"]))
    return list(zip(*(column[order].tolist() for column in (*columns, array["pitch"])), strict=True))


def _events(name: str) -> Callable[[Score], list[tuple[Fraction, Any]]]:
    return lambda score: [
        (Fraction(event.tick, score.ticks_per_quarter), replace(event, tick=0)) for event in getattr(score, name)
    ]


# Each aspect and the function that takes it from a score. Parts are the tracks that have notes; velocities and voices
# are compared by pitch, whatever the times, which are an aspect of their own.
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
