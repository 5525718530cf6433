"""Rhythm quantization: notes in seconds to a Score with tempo, meter and bars."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from componium.music.score import NOTE, Meter, Score, Tempo, Track
from componium.transcription import beats
from componium.transcription.bars import Bars, find_bars
from componium.transcription.coverage import SECONDS
from componium.transcription.notes import type_timed_notes

TICKS = 480  # per quarter
PLACES = ((0.0, 0.0), (1 / 2, 0.08), (1 / 3, 0.12), (2 / 3, 0.12))  # within a step, and the cost of each
STEADY = 0.04  # of the tempo: a bar that differs by less keeps the tempo before
QPM = (10.0, 1000.0)


def to_score(
    notes: type_timed_notes, *, quantized: bool = True, meter: Meter | None = None, qpm: float | None = None,
    program: int = 0, solo: bool = False, seconds: float | None = None,
) -> Score:
    """Build the Score of detected notes: one track, with meter, bars and tempo.

    notes: in seconds, ordered by onset.
    quantized: whether onsets and offsets are moved to the pulse, its halves and thirds; default True. Else every note
        keeps its time, to the tick, and the tempo changes with each step of the pulse.
    meter: estimated if None.
    qpm: quarters a minute; estimated if None.
    program: the General MIDI program; default 0.
    solo: whether no two notes may sound at once; default False.
    seconds: the length of the recording, kept in `info` under "recording_seconds"; not kept if None.

    Tick 0 is the first note's bar line or pickup; `info` holds the second of the recording at which it is, under
    "start_second".
    """
    info = () if seconds is None else ((SECONDS, f"{seconds:.3f}"),)
    if not len(notes):
        return Score(tracks=(Track(program=program),), ticks_per_quarter=TICKS, info=info)
    steps = _steps(notes["onset_second"], qpm)
    at = _position(steps, notes["onset_second"])
    bars = find_bars(notes, np.maximum(np.rint(at), 0).astype(np.int64), _step_seconds(steps), meter, qpm)
    step_ticks = float(bars.step_quarters * TICKS)
    lead, meters = _lead(bars)
    ends = _position(steps, notes["offset_second"])
    if quantized:
        at, ends = on_grid(at), on_grid(ends)
    onset = np.maximum(np.rint(at * step_ticks) + lead, 0).astype(np.int64)
    shortest = int(step_ticks / 3) if quantized else 1
    offset = np.maximum(np.rint(ends * step_ticks).astype(np.int64) + lead, onset + shortest)
    array = _array(onset, offset, notes, solo)
    tempos = _tempos(steps, bars, lead, every_step=not quantized)
    start = float(steps[0]) - lead / step_ticks * _step_seconds(steps)
    score = Score(tracks=(Track(array, program=program),), ticks_per_quarter=TICKS, tempos=tempos, meters=meters)
    return replace(score, info=(("start_second", f"{start:.3f}"), *info))


def _steps(onsets: NDArray[np.float64], qpm: float | None) -> NDArray[np.float64]:
    steps = beats.pulse(onsets)
    if len(steps) > 2:
        return steps
    beat = 60 / (qpm or 120)  # too few notes to find a pulse in
    return np.asarray(float(onsets.min()) + beat * np.arange(3))


def _step_seconds(steps: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(steps)))


def _position(steps: NDArray[np.float64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the position of each second in steps of the pulse.

    The pulse continues evenly before its first tick and after its last.
    """
    index = np.interp(seconds, steps, np.arange(len(steps)))
    step = _step_seconds(steps)
    before, after = np.minimum(seconds - steps[0], 0), np.maximum(seconds - steps[-1], 0)
    result: NDArray[np.float64] = index + (before + after) / step
    return result


def on_grid(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move positions in steps to the nearest whole, half or third step.

    Whole steps are preferred.

    >>> on_grid(np.array([0.98, 1.2, 2.48, 3.66])).round(2).tolist()
    [1.0, 1.0, 2.5, 3.67]
    """
    places = np.array([place for place, _ in PLACES] + [1.0])
    cost = np.array([cost for _, cost in PLACES] + [0.0])
    whole = np.floor(at)
    away = np.abs((at - whole)[:, None] - places) + cost
    result: NDArray[np.float64] = whole + places[away.argmin(axis=1)]
    return result


def _lead(bars: Bars) -> tuple[int, tuple[Meter, ...]]:
    """Return the ticks before step 0, and the meters.

    A pickup is a bar of its own, or, if none can be that long, a rest.
    """
    pickup = bars.pickup * bars.step_quarters
    if not pickup:
        return 0, (bars.meter,)
    for denominator in (4, 8, 16, 32):
        numerator = pickup * denominator / 4
        if numerator.denominator == 1:
            return 0, (Meter(0, int(numerator), denominator), replace(bars.meter, tick=int(pickup * TICKS)))
    bar = Fraction(4 * bars.meter.numerator, bars.meter.denominator)
    return int((bar - pickup) * TICKS), (bars.meter,)


def _array(
    onset: NDArray[np.int64], offset: NDArray[np.int64], notes: type_timed_notes, solo: bool
) -> NDArray[np.void]:
    """Return the notes of the track.

    A note ends at the latest where the next on its pitch (in a solo line: any) begins.
    """
    array = np.zeros(len(notes), dtype=NOTE)
    array["onset"], array["pitch"], array["velocity"] = onset, notes["pitch"], notes["velocity"]
    line = np.zeros(len(notes)) if solo else notes["pitch"]
    order = np.lexsort((onset, line))
    onset, offset, line = onset[order], offset[order], line[order]
    same = line[:-1] == line[1:]
    offset[:-1] = np.where(same, np.minimum(offset[:-1], onset[1:]), offset[:-1])
    array = array[order]
    array["duration"] = offset - onset
    return array[array["duration"] > 0]  # of two notes at one place, the later stays


def _tempos(steps: NDArray[np.float64], bars: Bars, lead: int, *, every_step: bool) -> tuple[Tempo, ...]:
    """Return the tempo at every step, or at bars whose tempo differs."""
    quarter, index = float(bars.step_quarters), np.arange(len(steps))
    if not every_step:
        bar = int(Fraction(4 * bars.meter.numerator, bars.meter.denominator) / bars.step_quarters)
        index = index[bars.pickup % bar :: bar]
        index = np.unique(np.concatenate([[0], index, [len(steps) - 1]]))
    qpm = np.clip(60 * quarter * np.diff(index) / np.diff(steps[index]), *QPM)
    ticks = np.rint(index[:-1] * quarter * TICKS).astype(int) + lead
    ticks[0] = 0
    if not every_step:
        middle = 60 * quarter / _step_seconds(steps)
        if np.quantile(np.abs(qpm / middle - 1), 0.9) < STEADY:
            even = 60 * quarter * (len(steps) - 1) / (steps[-1] - steps[0])
            return (Tempo(0, round(float(even), 1)),)
    kept: list[Tempo] = []
    for tick, value in zip(ticks.tolist(), qpm.tolist(), strict=True):
        if every_step or not kept or abs(value / kept[-1].qpm - 1) > STEADY:
            kept.append(Tempo(tick, value if every_step else round(value, 1)))
    return tuple(kept)
