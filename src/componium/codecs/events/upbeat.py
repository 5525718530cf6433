"""Upbeats: a short first bar, laid out as a full one that begins with silence.

Its length is what is left from its first note on, in 16ths, so that one token states that there is one.
"""

from dataclasses import replace
from typing import TypeVar

from componium.codecs.events.grid import METER_OF_LENGTH, OFTEN, bar_length
from componium.music.score import Chord, Key, Meter, Score, Tempo
from componium.music.time import bar_lines, meters_of, n_bars

STEP = 6  # upbeats are counted in 16ths, in 24ths of a quarter
Event = TypeVar("Event", Chord, Key, Tempo, Meter)


def silence_before(score: Score) -> int:
    """Return the silence to cut off before an upbeat, in 24ths of a quarter.

    It is 0 where the first bar can't be an upbeat: it is the only one, begins at once, or is silent, or the rest of it
    has no meter of its own, or that meter is one of the piece's.
    """
    if n_bars(score) < 2:
        return 0
    onsets = [int(track.notes["onset"][0]) for track in score.tracks if len(track.notes)]
    length = _length_of_first_bar(score)
    cut = min(onsets, default=0) // STEP * STEP
    rest = METER_OF_LENGTH.get(length - cut)
    return cut if 0 < cut < length and rest and not _is_common(score, rest) else 0


def cut_silence(score: Score, cut: int) -> Score:
    """Return a score whose first bar is an upbeat, without the silence before it."""
    if not cut:
        return score
    first, length = meters_of(score)[0], _length_of_first_bar(score)
    rest = METER_OF_LENGTH[length - cut]
    later = _moved(score.meters[1:], cut)
    if not later or later[0].tick > length - cut:
        later = (replace(first, tick=length - cut), *later)
    tracks = []
    for track in score.tracks:
        notes = track.notes.copy()
        notes["onset"] -= cut
        tracks.append(replace(track, notes=notes))
    return replace(score, tracks=tuple(tracks), meters=(Meter(0, *rest), *later), tempos=_moved(score.tempos, cut),
                   keys=_moved(score.keys, cut), chords=_moved(score.chords, cut))  # fmt: skip


def _length_of_first_bar(score: Score) -> int:
    first = meters_of(score)[0]
    return bar_length((first.numerator, first.denominator))


def _is_common(score: Score, meter: tuple[int, int]) -> bool:
    """Return whether a quarter of the bars, with the first, would have a meter."""
    lines, meters = bar_lines(score), meters_of(score)
    stops = [*(each.tick for each in meters[1:]), int(lines[-1])]
    same = sum((stop - each.tick) // bar_length(meter) for each, stop in zip(meters, stops, strict=True)
               if (each.numerator, each.denominator) == meter)  # fmt: skip
    return same > 0 and (same + 1) * OFTEN >= len(lines) - 1


def _moved(events: tuple[Event, ...], cut: int) -> tuple[Event, ...]:
    return tuple(replace(event, tick=max(event.tick - cut, 0)) for event in events)
