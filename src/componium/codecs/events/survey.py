"""What the pieces of each style are like: their prefixes and ranges, how they begin, go on and end, and what they shun.

A method keeps what `survey` tells beside its weights, so that in composing what nobody wishes for is as it usually is
(usual.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.analysis.cadence import ends_on_tonic
from componium.analysis.histograms import interval_counts
from componium.codecs.base import Codec, Example
from componium.codecs.events.grid import TICKS
from componium.decoding.constraints.figures import FEWEST, figures_of, repeats_of
from componium.decoding.constraints.pace import paces_of
from componium.decoding.constraints.turns import shares_of
from componium.decoding.constraints.vertical import pair_counts
from componium.metrics.harmony import parallel_fifths, parallel_octaves
from componium.music.score import Score
from componium.music.time import bar_lines, meters_of

OUTLIERS = 0.5  # percent of a voice's notes, at either end, that its range leaves out
NARROWEST = 12  # semitones that a range has at least
ODD = 1  # percent of the spans of a style, in which figures go round for longer than in others
RARE = 0.0005  # of the melodic intervals: what is surely rarer isn't of the style
type_range = tuple[int, int]


def survey(codec: Codec, examples: Sequence[Example]) -> dict[str, Any]:
    """For each style, as plain values: "prefixes", "ranges", "openings", "closed", "closings", "full", "paces",
    "uneven", "turns", "figures", "repeats", "parallels", "pairs" and "rare".

    prefixes   rows of ids from the metre on, each after the number of pieces that have it
    ranges     by the number of voices, the lowest and highest pitch of each voice
    openings   by mode, the first chords: rows of the lowest note, the chord and how many; see `Ends`
    closed     the share of pieces that end on the tonic, 0 to 1; 1 where no piece names its key
    closings   by metre, where in its bar, in 24ths of a quarter, the last note begins: rows of a place and how many
    full       the share of pieces whose voices all sound in the last chord, 0 to 1
    paces      by metre, how many places a quarter notes begin at: rows of a pace and how many (see _pace.py)
    uneven     how far the pace of a piece goes up and down, as a share of it; none where pieces are too short to say
    turns      by the number of voices, of each its share of the places where notes begin, and the share's spread (see
               _turns.py)
    figures    for how many notes figures of 1, 2, 3 .. notes may go round (see _figures.py)
    repeats    the share of notes that repeat the one before them in their voice, and the share's spread
    parallels  parallel fifths and octaves a bar, the mean over pieces of several parts; 1 where there is none
    pairs      the shares of pairs of voices' notes that clash, and that cross (see _vertical.py); none of one voice
    rare       the melodic intervals within an octave that hardly ever come, in semitones
    """
    by_style: dict[str, list[int]] = {}
    for at, example in enumerate(examples):
        for style in example.styles:
            by_style.setdefault(style, []).append(at)
    scores = [codec.decode(example.ids) for example in examples]
    prefixes = [tuple(example.ids[codec.is_condition(example.ids)][2:].tolist()) for example in examples]
    return {
        style: _survey_one([prefixes[at] for at in chosen], [scores[at] for at in chosen])
        for style, chosen in sorted(by_style.items())
    }


def _survey_one(prefixes: Sequence[tuple[int, ...]], scores: Sequence[Score]) -> dict[str, Any]:
    pitched = [replace(score, tracks=tuple(track for track in score.tracks if not track.is_drum)) for score in scores]
    return {
        "prefixes": [[n, *prefix] for prefix, n in sorted(Counter(prefixes).items())],
        "ranges": _ranges(scores),
        "openings": _openings(pitched),
        "closed": _share_closed(scores),
        "closings": _closings(pitched),
        "full": _share_full(pitched),
        **_paces(scores),
        "turns": _turns(scores),
        "figures": _figures(scores),
        "repeats": _repeats(scores),
        "parallels": _parallels(scores),
        "pairs": _pairs(pitched),
        "rare": _rare(scores),
    }


def _ranges(scores: Sequence[Score]) -> dict[str, list[list[int]]]:
    pitches: dict[int, list[list[Any]]] = {}
    for score in scores:
        voices = pitches.setdefault(len(score.tracks), [[] for _ in score.tracks])
        for voice, track in zip(voices, score.tracks, strict=True):
            voice.append(track.notes["pitch"])
    return {str(n): [_range(np.concatenate(voice)) for voice in voices] for n, voices in sorted(pitches.items()) if n}


def _range(pitches: Any) -> list[int]:
    if not len(pitches):
        return [0, 127]
    low, high = np.percentile(pitches, [OUTLIERS, 100 - OUTLIERS]).round().astype(int).tolist()
    wider = max(NARROWEST - (high - low), 0)
    return [max(low - (wider + 1) // 2, 0), min(high + (wider + 1) // 2, 127)]


def _share_closed(scores: Sequence[Score]) -> float:
    closed = [ends_on_tonic(score, score.keys[-1]) for score in scores if score.keys and score.n_notes]
    return round(float(np.mean(closed)), 4) if closed else 1.0


def _openings(scores: Sequence[Score]) -> dict[str, list[list[int]]]:
    chords: dict[str, Counter[tuple[int, int]]] = {}
    for score in scores:
        if score.n_notes and score.keys:
            notes = np.concatenate([track.notes for track in score.tracks])
            above = notes["pitch"][notes["onset"] == notes["onset"].min()].astype(int) - score.keys[0].tonic
            chord = sum(1 << each for each in set((above % 12).tolist()))
            chords.setdefault(score.keys[0].mode, Counter())[int(above.min()) % 12, chord] += 1
    return {mode: [[*chord, n] for chord, n in sorted(found.items())] for mode, found in sorted(chords.items())}


def _closings(scores: Sequence[Score]) -> dict[str, list[list[int]]]:
    places: dict[str, Counter[int]] = {}
    for score in scores:
        if score.n_notes:
            last = max(int(track.notes["onset"].max()) for track in score.tracks if len(track.notes))
            ticks = last - int(max(line for line in bar_lines(score) if line <= last))
            place = ticks * TICKS // score.ticks_per_quarter
            places.setdefault(str(meters_of(score)[-1]), Counter())[place] += 1
    return {meter: [[place, n] for place, n in sorted(found.items())] for meter, found in sorted(places.items())}


def _share_full(scores: Sequence[Score]) -> float:
    voices = [[track.notes for track in score.tracks] for score in scores if score.n_notes]
    lasts = [max(int(notes["onset"].max()) for notes in each if len(notes)) for each in voices]
    full = [all((notes["onset"] + notes["duration"]).max(initial=0) > last for notes in each)
            for each, last in zip(voices, lasts, strict=True)]  # fmt: skip
    return round(float(np.mean(full)), 4) if full else 0.0


def _paces(scores: Sequence[Score]) -> dict[str, Any]:
    found = [(str(meters_of(score)[0]), paces_of(score)) for score in scores if score.n_notes]
    rounded = Counter((meter, max(round(20 * paces.mean()), 1) / 20) for meter, paces in found)
    by_meter: dict[str, list[list[float]]] = {}
    for (meter, pace), n in sorted(rounded.items()):
        by_meter.setdefault(meter, []).append([pace, n])
    spreads = [paces.std() / paces.mean() for _, paces in found if len(paces) > 1]
    return {"paces": by_meter, **({"uneven": round(float(np.mean(spreads)), 4)} if spreads else {})}


def _turns(scores: Sequence[Score]) -> dict[str, list[list[float]]]:
    shares: dict[int, list[NDArray[np.float64]]] = {}
    for score in scores:
        if len(score.tracks) > 1 and score.n_notes:
            shares.setdefault(len(score.tracks), []).append(shares_of(score))
    stacked = {n: np.concatenate(each) for n, each in sorted(shares.items())}
    return {str(n): np.stack([each.mean(axis=0), each.std(axis=0)], axis=1).round(4).tolist()
            for n, each in stacked.items()}  # fmt: skip


def _figures(scores: Sequence[Score]) -> list[int]:
    spans = np.concatenate([figures_of(score) for score in scores])
    return np.maximum(np.percentile(spans, 100 - ODD, axis=0), FEWEST).astype(int).tolist() if len(spans) else []


def _repeats(scores: Sequence[Score]) -> list[float]:
    shares = np.concatenate([repeats_of(score) for score in scores])
    return [round(float(shares.mean()), 4), round(float(shares.std()), 4)] if len(shares) else [1.0, 1.0]


def _parallels(scores: Sequence[Score]) -> float:
    found = [parallel_fifths(score) + parallel_octaves(score) for score in scores if len(score.tracks) > 1]
    return round(float(np.nanmean(found)), 4) if np.isfinite(found).any() else 1.0


def _pairs(scores: Sequence[Score]) -> list[float]:
    n_pairs, *kinds = np.sum([pair_counts(score) for score in scores], axis=0).tolist()
    return [round(n / n_pairs, 4) for n in kinds] if n_pairs else []


def _rare(scores: Sequence[Score]) -> list[int]:
    """By the rule of three: what didn't come in n may, 95 times in 100, come no oftener than in 3 of n."""
    counts = np.sum([interval_counts(score) for score in scores], axis=0)
    rare: list[int] = (np.flatnonzero(counts + 3 < RARE * counts.sum()) - len(counts) // 2).tolist()
    return rare
