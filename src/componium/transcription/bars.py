"""Meter and bar lines: the bars with the highest likelihood of the notes.

A hypothesis says how many steps of the pulse make a bar, whether its beats fall into twos or threes, and on which step
the first bar line lies. Tables learned from pieces with bar lines (benchmarks/transcription/learn_bars.py) say, for
each place in such a bar, how often a note begins there, how long it lasts, by which interval it is reached and which
degree it is above the last note; also where pieces and their last notes begin. The score of a hypothesis is the
weighted sum of these log probabilities and of the recurrence of the music after 1, 2, 4 and 8 bars. The weights were
chosen on validation pieces, by random search.

A bar of eight steps may be 4/4 in eighths or 2/4 in sixteenths: of the possible meters the one is chosen whose beat
lasts about half a second, or that fits a tempo that is given.
"""

import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Meter
from componium.music.time import bar_quarters, beat_quarters
from componium.transcription.notes import type_timed_notes


class Bars(NamedTuple):
    """The meter, and the bar lines on a pulse.

    step_quarters: the length of one step of the pulse, in quarters.
    pickup: how many steps come before the first bar line.
    """

    meter: Meter
    step_quarters: Fraction
    pickup: int


class Line(NamedTuple):
    """The top line: the highest note of each step with an onset, N in all.

    degree: semitones above the last note, 0 to 11. length: to the next note, in classes. interval: from the note
    before, in classes. steps: how many there are. pitches: the pitch on each step, -1 where none begins.
    """

    at: NDArray[np.int64]
    degree: NDArray[np.int64]
    length: NDArray[np.int64]
    interval: NDArray[np.int64]
    steps: int
    pitches: NDArray[np.int64]


FEATURES = {"degree": 12, "length": 6, "interval": 7, "begins": 2}  # number of classes of each
WEIGHTS = {"degree": 0.084, "length": 0.236, "interval": 0.423, "begins": 0.052, "first": 0.916, "last": 1.055}
W_REPEAT, W_PRIOR = 26.3, 4.5
BEAT_SECONDS, BEAT_OCTAVES, W_TEMPO = 0.5, 0.6, 2.0
LAGS = (1, 2, 4, 8)  # bars
MOST_LAGS = 2000  # steps
STEPS = (Fraction(1, 4), Fraction(1, 2), Fraction(1))  # that a pulse may have, in quarters


def find_bars(
    notes: type_timed_notes, places: NDArray[np.int64], step_seconds: float, meter: Meter | None = None,
    qpm: float | None = None,
) -> Bars:
    """Find the bars of notes whose onsets are on the steps `places` of a pulse.

    `meter` and `qpm` are kept if given.
    """
    line, chances = top_line(notes["pitch"], places), tables()
    repeats = _repeats(line.pitches)
    best, best_score = Bars(meter or Meter(0, 4, 4), Fraction(1), 0), -np.inf
    for kind, options in _candidates(meter).items():
        here = chances.get(kind)
        step, name = max(options, key=lambda pair: _tempo(step_seconds, pair[0], pair[1], qpm) + _prior(here, pair[1]))
        length = int(bar_quarters(name) / step)
        score = W_REPEAT * _repeated(repeats, length) + W_PRIOR * (here["prior"] if here else 0.0)
        score += W_TEMPO * _tempo(step_seconds, step, name, qpm)
        for pickup in range(length):
            total = score + (log_likelihood(line, here, length, pickup) if here else -pickup)
            if total > best_score:
                best, best_score = Bars(name, step, pickup), total
    return best


def bar_kind(meter: Meter, step: Fraction) -> str:
    """Return the kind of bar that a meter is on a pulse: steps, and beats in 2 or 3.

    "8/2" has eight steps in twos, whatever the meter's name; "" if steps don't fill the bar.

    >>> bar_kind(Meter(0, 4, 4), Fraction(1, 2)), bar_kind(Meter(0, 2, 4), Fraction(1, 4))
    ('8/2', '8/2')
    """
    steps, beat = bar_quarters(meter) / step, beat_quarters(meter) / step
    return f"{steps}/{3 if beat % 3 == 0 else 2}" if steps.denominator == 1 else ""


def top_line(pitches: NDArray[Any], places: NDArray[np.int64]) -> Line:
    """Return the top line of notes, with the features of each note."""
    steps = int(places.max()) + 1
    top = np.full(steps, -1, dtype=np.int64)
    np.maximum.at(top, places, pitches.astype(np.int64))
    at = np.flatnonzero(top >= 0)
    line = top[at]
    length = np.searchsorted([2, 3, 4, 5, 7], np.diff(np.append(at, steps)), side="right")
    moved = np.diff(line, prepend=line[0])
    interval = np.select([moved == 0, moved > 4, moved > 2, moved > 0, moved < -4, moved < -2], [0, 5, 3, 1, 6, 4], 2)
    return Line(at, (line - line[-1]) % 12, length, interval, steps, top)


def log_likelihood(line: Line, here: Mapping[str, Any], length: int, pickup: int) -> float:
    """Return the weighted log-likelihood of a line in bars of `length` steps, in nats."""
    place = (line.at - pickup) % length
    begins = (line.pitches >= 0).astype(np.int64)
    terms = {
        "degree": here["degree"][place[:-1], line.degree[:-1]].sum(),
        "length": here["length"][place[:-1], line.length[:-1]].sum(),
        "interval": here["interval"][place[1:], line.interval[1:]].sum(),
        "begins": here["begins"][(np.arange(line.steps) - pickup) % length, begins].sum(),
        "first": here["first"][pickup],
        "last": here["last"][place[-1]],
    }
    return float(sum(WEIGHTS[name] * value for name, value in terms.items()))


@cache
def tables() -> dict[str, dict[str, Any]]:
    """Return the learned tables of each kind of bar: log probabilities as arrays.

    They include the prior of the kind, and those of its meters.
    """
    text = files("componium.transcription").joinpath("bars.json").read_text(encoding="utf-8")
    tables_: dict[str, dict[str, Any]] = json.loads(text)
    for here in tables_.values():
        for name in (*FEATURES, "first", "last"):
            here[name] = np.array(here[name]) / 100
    return tables_


def _candidates(meter: Meter | None) -> dict[str, list[tuple[Fraction, Meter]]]:
    """Return the kinds of bar to try, each with its possible meters and steps."""
    candidates: dict[str, list[tuple[Fraction, Meter]]] = {}
    names = {name for here in tables().values() for name in here["meters"]}
    for candidate in [meter] if meter else [Meter(0, *map(int, name.split("/"))) for name in sorted(names)]:
        for step in STEPS:
            kind = bar_kind(candidate, step)
            if kind and (meter or str(candidate) in tables().get(kind, {"meters": {}})["meters"]):
                candidates.setdefault(kind, []).append((step, candidate))
    return candidates


def _prior(here: Mapping[str, Any] | None, meter: Meter) -> float:
    """Return the log prior of a meter among those of its kind of bar."""
    return float(here["meters"].get(str(meter), 0.0)) if here else 0.0


def _tempo(step_seconds: float, step: Fraction, meter: Meter, qpm: float | None) -> float:
    """Return the log-likelihood of a tempo, up to a constant.

    It favors the tempo that is given, or beats of about half a second.
    """
    if qpm is not None:
        return -8 * abs(float(np.log2(60 * float(step) / step_seconds / qpm)))
    beat = step_seconds * float(beat_quarters(meter) / step)
    return -0.5 * (float(np.log2(beat / BEAT_SECONDS)) / BEAT_OCTAVES) ** 2


def _repeats(pitch: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of notes that recur `lag` steps later.

    Lags go up to 3/4 of the piece.
    """
    most = min(3 * len(pitch) // 4, MOST_LAGS)
    result = np.zeros(most + 1)
    for lag in range(1, most + 1):
        here = pitch[:-lag] >= 0
        result[lag] = (pitch[:-lag] == pitch[lag:])[here].mean() if here.any() else 0
    return result


def _repeated(repeats: NDArray[np.float64], bar: int) -> float:
    """Return how far the recurrence after 1, 2, 4 and 8 bars is above its mean."""
    lags = [lag * bar for lag in LAGS if lag * bar < len(repeats)]
    return float(np.mean(repeats[lags]) - repeats[1:].mean()) if lags else 0.0
