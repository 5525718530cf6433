"""Panels of a plot: one drawing function each, on matplotlib Axes.

Each takes an Axes for every side and gives all sides one scale. Everything differs in lightness or hatching; color only
repeats it. The numbers come from `data`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from componium.metrics.rhythm import STEPS_PER_QUARTER
from componium.music.pitch import pitch_to_name, spell
from componium.music.score import Score
from componium.render import _fonts as fonts
from componium.render import pianoroll
from componium.render.plots import data
from componium.render.plots.matrix import draw_matrix

INK, LIGHT, EDGE = "#1f4e79", "#b9d4ea", "#222222"
DEGREES = ("1", "♭2", "2", "♭3", "3", "4", "♯4", "5", "♭6", "6", "♭7", "7")
FIRST = 100  # notes in the close view
_MOST_SHAPES = 5000  # points that an SVG holds as shapes; more become a picture in it


@dataclass(frozen=True, slots=True)
class Music:
    """One side of a plot.

    name: its heading.
    scores: its pieces.
    shown: the index of the piece for panels that show only one.
    """

    name: str
    scores: tuple[Score, ...]
    shown: int = 0

    @property
    def score(self) -> Score:
        """The piece shown; an empty one if there is none."""
        return self.scores[self.shown] if self.scores else Score()


class Options(NamedTuple):
    """Options of panels, as for `plots.figure`."""

    relative: bool = False
    pitches: bool = False


def draw_roll(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw the first bars of the piece shown, as many as a system holds."""
    for ax, side, page in zip(axes, sides, pianoroll.layouts([side.score for side in sides]), strict=True):
        pianoroll.draw_system(ax, side.score, page, 0)
        name(ax, "Beginning", "bar", "pitch")
        handles = pianoroll.part_patches(side.score, 4, 56 // max(min(len(side.score.tracks), 4), 2))
        legend = ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=5, fontsize=7,
                            frameon=False, borderpad=0, handlelength=1.2, columnspacing=1)  # fmt: skip
        fonts.style_texts(legend.get_texts())


def draw_first(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw time and pitch of the first 100 notes."""
    points = [data.points(side.score) for side in sides]
    _scatter(axes, points, FIRST)
    for ax, side, (_, pitch) in zip(axes, sides, points, strict=True):
        name(ax, _title(f"First {min(FIRST, len(pitch))} notes", side), "time (quarters)", "pitch (semitones, C4 = 60)")


def draw_whole(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw time and pitch of every note of the piece shown."""
    points = [data.points(side.score) for side in sides]
    _scatter(axes, points, None)
    for ax, side, (_, pitch) in zip(axes, sides, points, strict=True):
        name(ax, _title(f"All {len(pitch):,} notes", side), "time (quarters)", "pitch (semitones, C4 = 60)")


def _scatter(axes: Sequence[Any], points: Sequence[Any], most: int | None) -> None:
    shown = [(time[:most], pitch[:most]) for time, pitch in points]
    last = max([float(time[-1]) for time, _ in shown if len(time)], default=4.0)
    low, high = _range([pitch for _, pitch in shown])
    for ax, (time, pitch) in zip(axes, shown, strict=True):
        size = float(np.clip(3000 / max(len(time), 1), 3, 16))
        ax.scatter(time, pitch, s=size, color=INK, linewidths=0, alpha=0.8, zorder=2,
                    rasterized=len(time) > _MOST_SHAPES)  # fmt: skip
        ax.set_xlim(-0.02 * last, 1.02 * last)
        ax.set_ylim(low - 1, high + 1)
        _mark_octaves(ax.yaxis, low - 1, high + 1, " ")
        _ground(ax, len(time))


def draw_pitches(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw the share of notes of each pitch."""
    counts = [data.pitch_counts(side.scores) for side in sides]
    low, high = _range([np.flatnonzero(count) for count in counts])
    _bars(axes, [(np.arange(128), data.percent(count)) for count in counts], 1.0)
    for ax, count in zip(axes, counts, strict=True):
        ax.set_xlim(low - 1, high + 1)
        _mark_octaves(ax.xaxis, low - 1, high + 1, "\n")
        name(ax, f"Pitch of {int(count.sum()):,} notes", "pitch (semitones, C4 = 60)", "share of notes (%)")


def draw_steps(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw the share of steps of each length."""
    _times(axes, [data.steps(side.scores) for side in sides])
    for ax in axes:
        name(ax, "Step, from note to note", "step (quarters; 0: together)", "share of steps (%)")


def draw_durations(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw the share of notes of each duration."""
    _times(axes, [data.durations(side.scores) for side in sides])
    for ax in axes:
        name(ax, "Duration", "duration (quarters)", "share of notes (%)")


def _times(axes: Sequence[Any], values: Sequence[data.type_floats]) -> None:
    """Draw histograms of quarters in twelfths, on one scale.

    Longer values are counted in a hatched bar at the right.
    """
    span = max(data.span_of(value) for value in values)
    shares = [data.percent(data.quarter_counts(value, span)) for value in values]
    width = 1 / STEPS_PER_QUARTER
    places = np.arange(span * STEPS_PER_QUARTER + 1) * width
    _bars(axes, [(places, share[:-1]) for share in shares], max(width, span / 80))
    apart = 0.5 if span <= 3 else 1 if span <= 5 else 2 if span <= 10 else 4
    ticks = [tick * apart for tick in range(int(span / apart) + 1)]
    beyond = 1.14 * span
    for ax, share in zip(axes, shares, strict=True):
        ax.set_xlim(-0.04 * span, beyond + 0.04 * span)
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        if any(other[-1] > 0 for other in shares):
            ax.bar([beyond], share[-1:], 0.05 * span, facecolor="white", edgecolor=EDGE, hatch="/////", linewidth=0.8)
            ax.set_xticks([*ticks, beyond], [*(f"{tick:g}" for tick in ticks), f">{span}"])


def draw_profile(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw the share of notes of each pitch class.

    Bars of black keys, or outside the major scale, are dark.
    """
    shares = [data.percent(data.profile(side.scores, relative=options.relative)) for side in sides]
    bars = _bars(axes, [(np.arange(12), share) for share in shares], 0.8)
    for ax, container in zip(axes, bars, strict=True):
        for bar in container:
            bar.set_facecolor(INK if round(bar.get_center()[0]) in (1, 3, 6, 8, 10) else LIGHT)
        ax.set_xlim(-0.6, 11.6)
        ax.set_xticks(range(12), _class_names(sides, options))
        label = "degree (1: tonic; dark: not in the major scale)" if options.relative else "pitch class"
        name(ax, "Pitch classes", label, "share of notes (%)")


def draw_transitions(axes: Sequence[Any], sides: Sequence[Music], options: Options) -> None:
    """Draw the probabilities of transitions between pitch classes, or pitches."""
    counts = [data.transitions(side.scores, relative=options.relative) for side in sides]
    low, high = 0, 11
    if options.pitches:
        low, high = _range([np.flatnonzero(count.sum(axis=0) + count.sum(axis=1)) for count in counts])
    else:
        counts = [data.folded(count) for count in counts]
    what = "pitch" if options.pitches else "degree" if options.relative else "pitch class"
    names = _pitch_names(low, high) if options.pitches else _class_names(sides, options)
    for ax, count in zip(axes, counts, strict=True):
        draw_matrix(ax, count[low : high + 1, low : high + 1], names, names)
        title = f"{int(count.sum()):,} transitions, {what} to {what}"
        name(ax, title, f"next {what}", what)


def _class_names(sides: Sequence[Music], options: Options) -> Sequence[str]:
    """Return degrees, or the names of pitch classes.

    They are spelled after the key signature where all pieces have the same.
    """
    if options.relative:
        return DEGREES
    known = {score.keys[0].fifths if score.keys else 0 for side in sides for score in side.scores}
    fifths = known.pop() if len(known) == 1 else 0
    return [spell(pitch_class, fifths) for pitch_class in range(12)]


def _pitch_names(low: int, high: int) -> list[str]:
    """Return names where there is room: every pitch, octaves and fifths, or octaves."""
    named = range(12) if high - low <= 24 else (0, 7) if high - low <= 40 else (0,)
    return [pitch_to_name(pitch) if pitch % 12 in named else "" for pitch in range(low, high + 1)]


def _bars(axes: Sequence[Any], bars: Sequence[tuple[Any, Any]], width: float) -> list[Any]:
    """Draw bars of percents, none for 0, on one scale, and return them."""
    top = max(max((float(share.max()) for _, share in bars), default=0.0) * 1.08, 1.0)
    containers = []
    for ax, (place, share) in zip(axes, bars, strict=True):
        present = share > 0
        place, share = place[present], share[present]
        container = ax.bar(place, share, width, facecolor=INK, edgecolor=EDGE, linewidth=0.5, zorder=2)
        ax.set_ylim(0, top)
        _ground(ax, int(present.sum()))
        containers.append(container)
    return containers


def _range(pitches: Sequence[Any]) -> tuple[int, int]:
    every = np.concatenate([np.zeros(0, np.int64), *pitches])
    return (int(every.min()), int(every.max())) if len(every) else (60, 71)


def _mark_octaves(axis: Any, low: int, high: int, between: str) -> None:
    ticks = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0 or (pitch % 12 == 7 and high - low < 30)]
    axis.set_ticks(ticks, [f"{pitch_to_name(pitch)}{between}{pitch}" for pitch in ticks])


def _ground(axes: Any, count: int) -> None:
    axes.grid(True, axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    if not count:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", va="center", color="#555555")


def _title(what: str, side: Music) -> str:
    title = fonts.plain(side.score.title, 24)
    return f"{what} of {title}" if title and len(side.scores) > 1 else what


def name(axes: Any, title: str, across: str, up: str) -> None:
    """Set the title and the names of both axes, small."""
    axes.set_title(title, fontsize=9, loc="left", **fonts.text_style(title))
    axes.set_xlabel(across, fontsize=8)
    axes.set_ylabel(up, fontsize=8)
    axes.tick_params(labelsize=7.5, length=2, pad=2)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
