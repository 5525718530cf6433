"""Chords for a tune: a hidden Markov model over half bars or bars.

Hidden is the triad of each span, relative to the key; observed are the pitch classes that the tune sounds there, by
their time. Of all sequences of triads the likeliest is found (Viterbi 1967). After Simon, Morris and Basu, "MySong:
Automatic accompaniment generation for vocal melodies" (2008). What was counted is in tune_chords.json: triads that
follow one another within bars and over bar lines, and how long each interval over a triad's root sounds in the tune, in
hymns and songs whose authors' rights have ended and, in minor, in chorales (scripts/measure_tune_chords.py).

In music of several parts chords are labeled by what sounds together: see `chord_labels`.
"""

import json
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.analysis.chord_labels import label_chords
from componium.analysis.key import with_key
from componium.analysis.lines import pitched
from componium.music.chords import PlainChord
from componium.music.score import Chord, Key, Meter, Score
from componium.music.time import bar_lines, meters_of

TRIADS = ("", "m", "dim")
STATES = tuple(PlainChord(root, quality) for root in range(12) for quality in TRIADS)
STRIKE = 1.5  # a note struck where a span begins weighs so much more
EVIDENCE = 2.5  # a span counts as much as so many notes, long or short: what is added to a chord is seldom independent
PRIOR = 30.0  # counts of each way on from a triad, shared out by how frequent triads are
CLOSE = 3.0  # nats in favor of the tonic at the end
MINOR = ("minor", "dorian", "phrygian", "locrian")


class Span(NamedTuple):
    """A half bar or a bar: from tick to tick, and whether it begins at a bar line."""

    start: int
    stop: int
    is_bar: bool


class Tables(NamedTuple):
    """Log-probabilities of one mode.

    They are of moves (2, S, S), first within bars, and of pitch classes (S, 12).
    """

    moves: NDArray[np.float64]
    sounds: NDArray[np.float64]


def chords_of_tune(score: Score) -> tuple[Chord, ...]:
    """Return chord symbols for a tune, one where the chord changes.

    They are spelled for its first key. All pitched notes count as the tune. A score without notes has none.

    >>> from componium.music.score import Track, notes
    >>> tune = [(480 * at, 480, pitch) for at, pitch in enumerate([67, 64, 67, 72, 71, 67, 62, 65, 64, 60, 60, 60])]
    >>> score = Score((Track(notes(tune)),), keys=(Key(0, 0),))
    >>> [chord.symbol for chord in chords_of_tune(score)]
    ['C', 'G', 'C']
    """
    if not len(pitched(score)):
        return ()
    score = with_key(score)
    spans = spans_of(score)
    keys = _keys_at(score, spans)
    path = _best_path(pitch_class_shares(score, spans, keys), [span.is_bar for span in spans], keys)
    chords = [(span.start, _sounding(STATES[state], key).name(score.keys[0].fifths))
              for span, state, key in zip(spans, path, keys, strict=True)]  # fmt: skip
    return tuple(Chord(*next(run)) for _, run in groupby(chords, key=lambda chord: chord[1]))


def find_chords(score: Score) -> tuple[Chord, ...]:
    """Return chord symbols: `chords_of_tune` of a single line, else `label_chords`."""
    parts = [track for track in score.tracks if not track.is_drum]
    is_tune = len(parts) == 1 and bool((np.diff(parts[0].notes["onset"]) > 0).all())
    return chords_of_tune(score) if is_tune else label_chords(score)


def spans_of(score: Score) -> list[Span]:
    """Return the spans of a score.

    They are halves of bars of two, four and compound beats, else bars.
    """
    lines, meters = bar_lines(score), meters_of(score)
    which = np.searchsorted([meter.tick for meter in meters], lines[:-1], side="right") - 1
    spans: list[Span] = []
    for (start, stop), at in zip(pairwise(lines.tolist()), which.tolist(), strict=True):
        whole = meters[at].numerator * 4 * score.ticks_per_quarter // meters[at].denominator
        middle = start + whole // 2
        if _has_halves(meters[at]) and stop - start == whole:
            spans += [Span(start, middle, True), Span(middle, stop, False)]
        else:
            spans.append(Span(start, stop, True))
    return spans


def _has_halves(meter: Meter) -> bool:
    return meter.numerator in (4, 12) or str(meter) in ("2/2", "2/4", "6/8")


def _keys_at(score: Score, spans: list[Span]) -> list[Key]:
    """Return the key of each span."""
    at = np.searchsorted([key.tick for key in score.keys], [span.start for span in spans], side="right") - 1
    return [score.keys[max(place, 0)] for place in at.tolist()]


def pitch_class_shares(score: Score, spans: list[Span], keys: list[Key]) -> NDArray[np.float64]:
    """Return the shares of pitch classes, over the tonic, in each span, (n, 12).

    They are 0 where it is silent.
    """
    tune = pitched(score)
    starts = np.array([span.start for span in spans])
    stops = np.array([span.stop for span in spans])
    onset, offset = tune["onset"], tune["onset"] + tune["duration"]
    weights = np.zeros((len(spans), 12))
    first = np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0)
    last = np.searchsorted(starts, offset, side="left")
    for at in range(int((last - first).max(initial=0))):
        held = first + at < last
        span = first[held] + at
        time = np.minimum(offset[held], stops[span]) - np.maximum(onset[held], starts[span])
        tonic = np.array([key.tonic for key in keys])[span]
        strike = np.where(onset[held] == starts[span], STRIKE, 1.0)
        np.add.at(weights, (span, (tune["pitch"][held].astype(np.int64) - tonic) % 12), time * strike)
    shares: NDArray[np.float64] = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return shares


def _best_path(shares: NDArray[np.float64], is_bar: list[bool], keys: list[Key]) -> list[int]:
    """Return the states of the likeliest path, one a span.

    Its end favors the tonic.
    """
    tables = [load_tables()[key.mode in MINOR] for key in keys]
    seen = np.array([EVIDENCE * table.sounds @ share for table, share in zip(tables, shares, strict=True)])
    best, back = seen[0] + tables[0].moves[1].mean(axis=0), np.zeros(seen.shape, dtype=np.int64)
    for span in range(1, len(seen)):
        ways = best[:, None] + tables[span].moves[int(is_bar[span])]
        back[span] = ways.argmax(axis=0)
        best = ways.max(axis=0) + seen[span]
    best[STATES.index(PlainChord(0, "m" if keys[-1].mode in MINOR else ""))] += CLOSE
    path = [int(best.argmax())]
    for span in range(len(seen) - 1, 0, -1):
        path.append(int(back[span, path[-1]]))
    return path[::-1]


def _sounding(state: PlainChord, key: Key) -> PlainChord:
    return PlainChord((state.root + key.tonic) % 12, state.quality)


@cache
def load_tables() -> tuple[Tables, Tables]:
    """Return the tables of major and of minor, from what was counted."""
    counted = json.loads((Path(__file__).parent / "tune_chords.json").read_text(encoding="utf-8"))
    sounds = np.array([np.roll(counted["sounds"][state.quality], state.root) for state in STATES]) + 1.0
    sounds = np.log(sounds / sounds.sum(axis=1, keepdims=True) + 1e-4)
    major, minor = (_tables(counted["moves"][mode], sounds) for mode in ("major", "minor"))
    return major, minor


def _tables(moves: list[list[int]], sounds: NDArray[np.float64]) -> Tables:
    """Return the tables of counted moves, smoothed by the frequency of states.

    A move is 0 within a bar or 1, the states from and to, and its count.
    """
    counts = np.zeros((2, len(STATES), len(STATES)))
    for place, before, after, count in moves:
        counts[place, before, after] = count
    frequent = counts.sum(axis=(0, 1)) + 0.3
    smooth = counts + PRIOR * frequent / frequent.sum()
    return Tables(np.log(smooth / smooth.sum(axis=2, keepdims=True)), sounds)
