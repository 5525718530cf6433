"""Pieces: a score laid out for performance rules.

Times are in quarters from the start of the score. The notes of all tracks are columns of one length, track after
track, in the order of each track.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from componium.analysis.lines import all_notes, pitched
from componium.analysis.meter import main_meter, pickup_ticks
from componium.music.score import DEFAULT_QPM, Score
from componium.music.time import bar_lines, beat_quarters, meters_of
from componium.performance.effect import type_curve
from componium.performance.phrases import Phrases, find_phrases

MOST_SEGMENTS = 100_000
MELODY, INNER, BASS = 0, 1, 2  # roles
DOWNBEAT, HALF_BAR, BEAT, DIVISION, WEAK = range(5)  # metrical levels, from strong to weak
_TOLERANCE = 1 / 48  # of a quarter


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A score, its notes in columns, and the analysis that rules share.

    onset, duration  (N,), in quarters
    pitch, track     (N,)
    is_drum          (N,)
    role             (N,), MELODY, INNER or BASS: the line of the highest mean pitch, that of the lowest, the others
    level            (N,), the metrical level of the onset: DOWNBEAT to WEAK
    place            (N,), the onset counted from its bar line, in quarters
    quarter_ms       (N,), milliseconds of a quarter at the written tempo
    next_onset       (N,), the next onset in the same track, infinite if there is none
    segments         (M,), starts of the segments of the tempo curve, from 0 on
    qpm              (M,), the written tempo of each segment
    beats            all beats from the start to the end or beyond
    beat             the length of a beat of the main meter, in quarters
    bar              the length of its bar
    end              where the last note ends
    final            the last onset, of pitched notes if there are any
    rng              of random deviations; None for none
    """

    score: Score
    style: str
    onset: type_curve
    duration: type_curve
    pitch: NDArray[np.int64]
    track: NDArray[np.int64]
    is_drum: NDArray[np.bool_]
    role: NDArray[np.int64]
    level: NDArray[np.int64]
    place: type_curve
    quarter_ms: type_curve
    next_onset: type_curve
    segments: type_curve
    qpm: type_curve
    beats: type_curve
    beat: float
    bar: float
    end: float
    final: float
    phrases: Phrases
    rng: np.random.Generator | None

    @property
    def middles(self) -> type_curve:
        """The middle of each tempo segment, in quarters: (M,)."""
        stops = np.append(self.segments[1:], max(self.end, self.segments[-1]))
        middles: type_curve = (self.segments + stops) / 2
        return middles

    @property
    def offset(self) -> type_curve:
        """The written end of each note, in quarters: (N,)."""
        return self.onset + self.duration


def prepare(score: Score, style: str, rng: np.random.Generator | None = None) -> Piece:
    """Lay a score that has notes out for the rules."""
    notes, tpq = all_notes(score), score.ticks_per_quarter
    track = np.repeat(np.arange(len(score.tracks)), [len(each.notes) for each in score.tracks])
    is_drum = np.array([each.is_drum for each in score.tracks])[track]
    tuned = pitched(score)
    final = (tuned if len(tuned) else notes)["onset"].max()
    beats, phrases = _beats(score), find_phrases(score)
    segments, qpm = _segments(score, beats, np.append(phrases.edges(), final))
    place, level = _places(score, notes["onset"])
    at = np.searchsorted(segments, notes["onset"], side="right") - 1
    meter = main_meter(score)
    return Piece(
        score, style, notes["onset"] / tpq, notes["duration"] / tpq, notes["pitch"].astype(np.int64), track, is_drum,
        _roles(score), level, place, 60_000 / qpm[at], _next_onsets(score) / tpq, segments / tpq, qpm,
        beats / tpq, float(beat_quarters(meter)), 4 * meter.numerator / meter.denominator, score.end / tpq,
        float(final / tpq), phrases.in_quarters(tpq), rng,
    )  # fmt: skip


def _beats(score: Score) -> NDArray[np.int64]:
    """Return ticks of beats of the main meter, from 0 to the end or beyond.

    A pickup is aligned with the bars after it.
    """
    length = max(beat_quarters(main_meter(score)) * score.ticks_per_quarter, Fraction(1))
    length *= max(score.end // int(length * MOST_SEGMENTS) + 1, 1)
    first = pickup_ticks(score) % length
    count = int((score.end - first) // length) + 2
    ticks = np.array([int(first + at * length) for at in range(count)], dtype=np.int64)
    return np.unique(np.append(ticks, 0))


def _segments(
    score: Score, beats: NDArray[np.int64], edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the starts of the tempo segments, in ticks, and their written tempos.

    Segments are half beats, divided at written tempos and at the edges given.
    """
    stated = [(0, DEFAULT_QPM), *((tempo.tick, tempo.qpm) for tempo in score.tempos)]
    ticks, qpm = np.array([tick for tick, _ in stated]), np.array([qpm for _, qpm in stated], dtype=np.float64)
    halves = (beats[1:] + beats[:-1]) // 2
    starts = np.unique(np.concatenate([ticks, beats, halves, edges])).astype(np.int64)
    starts = starts[(starts < max(score.end, 1)) | np.isin(starts, ticks)]
    return starts, qpm[np.searchsorted(ticks, starts, side="right") - 1]


def _places(score: Score, onsets: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return each onset's place in its bar, in quarters, and its metrical level."""
    bars, meters = bar_lines(score), meters_of(score)
    bar = np.clip(np.searchsorted(bars, onsets, side="right") - 1, 0, max(len(bars) - 2, 0))
    place = (onsets - bars[bar]) / score.ticks_per_quarter
    which = np.searchsorted([meter.tick for meter in meters], onsets, side="right") - 1
    lengths = np.array([4 * meter.numerator / meter.denominator for meter in meters])[which]
    beat = np.array([float(beat_quarters(meter)) for meter in meters])[which]
    if pickup := pickup_ticks(score):
        meter = main_meter(score)
        early, length = onsets < pickup, 4 * meter.numerator / meter.denominator
        place = np.where(early, place + length - pickup / score.ticks_per_quarter, place)
        lengths, beat = np.where(early, length, lengths), np.where(early, float(beat_quarters(meter)), beat)
    return place, _levels(place, lengths, beat)


def _levels(place: type_curve, bar: type_curve, beat: type_curve) -> NDArray[np.int64]:
    """Return metrical levels.

    A division is a half of a beat, in compound meters a third.
    """

    def on(period: type_curve) -> NDArray[np.bool_]:
        return np.abs(place - np.rint(place / period) * period) < _TOLERANCE

    even = np.rint(bar / beat) % 2 == 0
    third = np.isclose(beat % 1.5, 0) | np.isclose(beat, 0.75)
    level = np.full(len(place), WEAK)
    level[on(beat / np.where(third, 3, 2))] = DIVISION
    level[on(beat)] = BEAT
    level[on(bar / 2) & even] = HALF_BAR
    level[place < _TOLERANCE] = DOWNBEAT
    return level


def _roles(score: Score) -> NDArray[np.int64]:
    """Return the role of each note.

    A line alone is melody, and of its chords the highest notes.
    """
    role = np.full(score.n_notes, INNER)
    found: list[tuple[float, NDArray[np.int64]]] = []
    first = 0
    for track in score.tracks:
        for voice in () if track.is_drum else np.unique(track.notes["voice"]):
            at = np.flatnonzero(track.notes["voice"] == voice)
            onsets = track.notes["onset"][at]
            at = at[np.append(onsets[1:] != onsets[:-1], True)]  # ordered by pitch within an onset: the highest
            found.append((float(track.notes["pitch"][at].mean()), at + first))
        first += len(track.notes)
    found.sort(key=lambda line: line[0])
    for (_, at), name in zip([*found[:1], *found[-1:]], (BASS, MELODY), strict=False):
        role[at] = name
    return role


def _next_onsets(score: Score) -> NDArray[np.float64]:
    """Return the next onset in the track of each note, in ticks, or infinity."""
    columns = [np.zeros(0)]
    for track in score.tracks:
        onsets = np.append(np.unique(track.notes["onset"]).astype(np.float64), np.inf)
        columns.append(onsets[np.searchsorted(onsets, track.notes["onset"], side="right")])
    return np.concatenate(columns)
