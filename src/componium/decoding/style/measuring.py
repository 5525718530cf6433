"""Measurement of style profiles."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from componium.analysis.cadence import ends_on_tonic
from componium.analysis.meter import main_meter
from componium.decoding.constraints.base import constraint_classes
from componium.decoding.context import TICKS
from componium.decoding.critics import PART, measure_critics
from componium.decoding.style.profile import MODES, Setting, StyleProfile, frozen, nearest_qpm, rows_of
from componium.music.instruments import programs_of
from componium.music.score import Score, type_notes
from componium.music.time import bar_lines, bar_quarters


def measure_profiles(pieces: Iterable[tuple[Score, Sequence[str]]]) -> dict[str, StyleProfile]:
    """Return the profile of each style of pieces (score, styles), and of all under "".

    The styles of a piece go from general to special.
    """
    by_style: dict[str, list[Score]] = {"": []}
    within: dict[str, set[str]] = defaultdict(set)
    for score, styles in pieces:
        by_style[""].append(score)
        for style in styles:
            by_style.setdefault(style, []).append(score)
            within[style].update(styles[:1])
    profiles = {style: replace(measure_profile(scores), within=tuple(sorted(within[style] - {style})))
                for style, scores in sorted(by_style.items()) if scores}  # fmt: skip
    if len(profiles) > 1:  # plans are drawn from the styles, so the settings of all need not be kept twice
        profiles[""] = replace(profiles[""], settings=())
    return profiles


def measure_profile(scores: Sequence[Score]) -> StyleProfile:
    """Return the profile of some scores."""
    pitched = [replace(score, tracks=tuple(track for track in score.tracks if not track.is_drum)) for score in scores]
    settings = Counter(setting_of(score) for score in scores)
    counted = (replace(setting, count=count) for setting, count in settings.items())
    parts = {name: kind.measure(scores) for name, kind in constraint_classes().items()}
    parts[PART] = measure_critics(scores)
    return StyleProfile(
        n_pieces=len(scores),
        n_notes=sum(score.n_notes for score in scores),
        settings=tuple(sorted(counted, key=Setting.order)),
        openings=_openings(pitched),
        closed=_closed(scores),
        closings=_closings(pitched),
        full=_full(scores),
        lengths=rows_of(Counter(_length(score) for score in scores).items()),
        parts={name: frozen(part) for name, part in parts.items() if part},
    )


def setting_of(score: Score) -> Setting:
    """Return the setting of one score, with a count of 1."""
    key = score.keys[0] if score.keys and score.keys[0].tick == 0 else None
    meter = main_meter(score) if score.meters and score.n_notes else None
    tempo = score.tempos[0] if score.tempos and score.tempos[0].tick == 0 else None
    return Setting(
        meter=str(meter) if meter else "",
        tonic=key.tonic if key else -1,
        mode=MODES[key.mode] if key else "",
        qpm=nearest_qpm(tempo.qpm) if tempo else 0,
        texture="mono" if all(is_monophonic(track.notes) for track in score.tracks) else "poly",
        programs=programs_of(score.tracks),
    )


def is_monophonic(notes: type_notes) -> bool:
    """Return whether no two notes, in order of onset, sound at once."""
    return bool(np.all(notes["onset"][:-1] + notes["duration"][:-1] <= notes["onset"][1:]))


def _length(score: Score) -> int:
    """Return the number of whole bars that a piece lasts.

    A pickup and the bar that completes it count as one.
    """
    bar = bar_quarters(main_meter(score)) * score.ticks_per_quarter
    return max(round(score.end / bar), 1)


def _closed(scores: Sequence[Score]) -> float:
    closed = [ends_on_tonic(score, score.keys[-1]) for score in scores if score.keys and score.n_notes]
    return round(float(np.mean(closed)), 4) if closed else 1.0


def _openings(scores: Sequence[Score]) -> dict[str, tuple[tuple[int, int, int], ...]]:
    chords: dict[str, Counter[tuple[int, int]]] = {}
    for score in scores:
        if score.n_notes and score.keys:
            notes = np.concatenate([track.notes for track in score.tracks])
            above = notes["pitch"][notes["onset"] == notes["onset"].min()].astype(int) - score.keys[0].tonic
            chord = sum(1 << pitch_class for pitch_class in set((above % 12).tolist()))
            chords.setdefault(MODES[score.keys[0].mode], Counter())[int(above.min()) % 12, chord] += 1
    return {mode: rows_of(counts.items()) for mode, counts in sorted(chords.items())}


def _closings(scores: Sequence[Score]) -> dict[str, tuple[tuple[int, int], ...]]:
    onsets: dict[str, Counter[int]] = {}
    for score in scores:
        if score.n_notes:
            last = max(int(track.notes["onset"].max()) for track in score.tracks if len(track.notes))
            ticks = last - int(max(line for line in bar_lines(score) if line <= last))
            onset = ticks * TICKS // score.ticks_per_quarter
            onsets.setdefault(str(main_meter(score)), Counter())[onset] += 1
    return {meter: rows_of(counts.items()) for meter, counts in sorted(onsets.items())}


def _full(scores: Sequence[Score]) -> float:
    voices = [[track.notes for track in score.tracks] for score in scores if score.n_notes]
    lasts = [max(int(notes["onset"].max()) for notes in each if len(notes)) for each in voices]
    full = [all((notes["onset"] + notes["duration"]).max(initial=0) > last for notes in each)
            for each, last in zip(voices, lasts, strict=True)]  # fmt: skip
    return round(float(np.mean(full)), 4) if full else 0.0
