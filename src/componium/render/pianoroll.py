"""Piano rolls: pitch upwards, time to the right, a color a part.

Drawn by matplotlib's objects, without pyplot, so no window is opened. A long score is wrapped into systems, as on a
page; two scores are side by side, with the same pitches and the same number of bars a system. The colors differ for
color-blind readers too and, the first four, in lightness; where parts meet on one pitch the later is drawn narrower, so
that both are visible. The same score gives the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium._files import write_atomic
from componium.errors import UnknownNameError
from componium.music.instruments import INSTRUMENTS
from componium.music.pitch import pitch_to_name
from componium.music.provenance import provenance_of
from componium.music.score import Score, Track
from componium.music.time import bar_lines, bar_numbers, beat_lines
from componium.render import _fonts as fonts
from componium.render import figures

SUFFIXES = (".png",)  # an .svg of a score is sheet music
# After M. Okabe and K. Ito's set for color-blind readers, ordered so that neighbors differ in lightness too.
COLORS = ("#0b3c6f", "#f0e442", "#d55e00", "#56b4e9", "#009e73", "#f4b6d2", "#7b3294", "#000000")
_BLACK_KEYS = (1, 3, 6, 8, 10)
_MAX_SYSTEMS = 16
_MAX_NAMED = 12  # parts in the legend
_MOST_SHAPES = 5000  # that one system of an SVG holds as shapes; more are rasterized


class Page(NamedTuple):
    """The layout of a score.

    bars, beats: the tick of every bar line, and of every beat.
    per_system: bars a system; the first has a pickup too.
    low, high: the pitches shown.
    """

    bars: NDArray[np.int64]
    beats: NDArray[np.int64]
    per_system: int
    low: int
    high: int

    @property
    def systems(self) -> int:
        """Number of systems."""
        return max(-(-(len(self.bars) - 1 - self.pickup) // self.per_system), 1)

    @property
    def pickup(self) -> int:
        """Number of pickups: 1, or 0."""
        return int(bar_numbers(self.bars)[0] == 0)


def layout(score: Score) -> Page:
    """Lay out a score in systems of eight bars or more, at most 16 of them."""
    bars = bar_lines(score)
    if len(bars) < 2:
        bars = bar_lines(score, end=1)  # an empty bar, to show that there is nothing
    count = int(bar_numbers(bars)[-1])
    per_system = max(min(count, 8), -(-count // _MAX_SYSTEMS))
    beats = beat_lines(score) if score.end else bars
    pitches = np.concatenate([track.notes["pitch"] for track in score.tracks] or [np.zeros(0, dtype=np.int16)])
    low, high = (int(pitches.min()), int(pitches.max())) if len(pitches) else (60, 71)
    grow = max(11 - (high - low), 0)
    return Page(bars, beats, per_system, low - 1 - grow // 2, high + 1 + (grow + 1) // 2)


def layouts(scores: Sequence[Score]) -> list[Page]:
    """Lay out scores side by side, with the same pitches and bars a system."""
    pages = [layout(score) for score in scores]
    low, high = min(page.low for page in pages), max(page.high for page in pages)
    per_system = max(page.per_system for page in pages)
    return [page._replace(low=low, high=high, per_system=per_system) for page in pages]


def figure(*scores: Score, names: Sequence[str] = ()) -> Any:
    """Return the piano roll of a score, or of several side by side, as a Figure.

    `names` replace the titles.
    """
    from matplotlib.figure import Figure

    pages = layouts(scores)
    systems = max(page.systems for page in pages)
    inches = float(np.clip(0.055 * (pages[0].high - pages[0].low) + 0.55, 1.3, 4.5)) * (1.0 if systems > 1 else 1.5)
    width = float(np.clip(1.2 * pages[0].per_system, *((11, 24) if len(scores) == 1 else (8, 12))))
    legends = [part_patches(score) for score in scores]
    head = 0.58 + 0.17 * max(_legend_rows(patches, width) for patches in legends)
    height = inches * systems + head + 0.35
    fig = Figure(figsize=(width * len(scores), height), dpi=100, facecolor="white")
    for at, (score, page) in enumerate(zip(scores, pages, strict=True)):
        left = at / len(scores)
        grid = fig.add_gridspec(systems, 1, left=left + 0.65 / width / len(scores), top=1 - head / height,
                                right=left + (1 - 0.25 / width) / len(scores), bottom=0.5 / height,
                                hspace=0.2 if systems > 1 else 0)  # fmt: skip
        for system in range(page.systems):
            draw_system(fig.add_subplot(grid[system]), score, page, system)
        fig.axes[-1].set_xlabel("bar")
        title = fonts.plain(names[at] if names else score.title, int(8 * width)) or "Untitled"
        _draw_heading(fig, title, legends[at], left, width)
    return fig


def render_png(score: Score) -> bytes:
    """Return the piano roll of a score as a PNG file."""
    return figures.render(figure(score), ".png", provenance_of(score))


def write(score: Score, path: str | Path) -> None:
    """Write the piano roll of a score to a .png file, whole or not at all.

    Raises UnknownNameError for another suffix, OSError.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise UnknownNameError("format of a piano roll", path.suffix, SUFFIXES)
    write_atomic(path, render_png(score))


def part_names(score: Score) -> list[str]:
    """Return a name for each part: its own or its instrument's, numbered if repeated."""
    plain = [track.name.strip() or _instrument(track) for track in score.tracks]
    numbered = []
    for at, name in enumerate(plain):
        several = plain.count(name) > 1
        numbered.append(f"{name} {plain[: at + 1].count(name)}" if several else name)
    return numbered


def _instrument(track: Track) -> str:
    return "drums" if track.is_drum else INSTRUMENTS[track.program].name


def draw_system(axes: Any, score: Score, page: Page, system: int) -> None:
    """Draw one system, counted from 0, on matplotlib Axes."""
    stop_bar = (system + 1) * page.per_system + page.pickup
    first = stop_bar - page.per_system if system else 0
    lines = page.bars[first : stop_bar + 1]
    start = int(lines[0])
    # A system that isn't full keeps the scale of the others.
    stop = int(lines[-1]) if len(page.bars) > stop_bar else start + _system_ticks(page)
    _rule(axes, page, lines, int(lines[-1]))
    for part, track in enumerate(score.tracks):
        _draw_part(axes, track, part, start, int(lines[-1]))
    axes.set_xlim(start, max(stop, int(lines[-1])))
    axes.set_ylim(page.low - 0.5, page.high + 0.5)
    _label(axes, score, page, first, lines)


def _system_ticks(page: Page) -> int:
    """Return the length of a full system in ticks, without a pickup."""
    if len(page.bars) > page.per_system + page.pickup:
        return int(page.bars[page.per_system + page.pickup] - page.bars[page.pickup])
    return int(np.median(np.diff(page.bars)) * page.per_system)


def _rule(axes: Any, page: Page, lines: NDArray[np.int64], stop: int) -> None:
    """Stripes for the black keys, thin lines for beats, thick ones for bars."""
    from matplotlib.collections import LineCollection, PolyCollection

    start = int(lines[0])
    black = [pitch for pitch in range(page.low, page.high + 1) if pitch % 12 in _BLACK_KEYS]
    stripes = [[(start, p - 0.5), (stop, p - 0.5), (stop, p + 0.5), (start, p + 0.5)] for p in black]
    axes.add_collection(PolyCollection(stripes, facecolors="#f1f1f1", linewidths=0, zorder=0))
    ends = (page.low - 0.5, page.high + 0.5)
    beats = page.beats[(page.beats >= start) & (page.beats <= stop)]
    if len(beats) <= 40 * 4:
        ruled = [[(beat, ends[0]), (beat, ends[1])] for beat in beats.tolist()]
        axes.add_collection(LineCollection(ruled, colors="#d0d0d0", linewidths=0.5, zorder=1))
    ruled = [[(line, ends[0]), (line, ends[1])] for line in lines.tolist()]
    axes.add_collection(LineCollection(ruled, colors="#808080", linewidths=0.9, zorder=1.5))


def _draw_part(axes: Any, track: Track, part: int, start: int, stop: int) -> None:
    from matplotlib.collections import PolyCollection

    onset, offset = track.notes["onset"], track.notes["onset"] + track.notes["duration"]
    shown = (onset < stop) & (offset > start)
    left, right = np.maximum(onset[shown], start).astype(float), np.minimum(offset[shown], stop).astype(float)
    right = np.maximum(right - 0.003 * (stop - start) * (right - left > 0.01 * (stop - start)), left)
    half = max(0.45 - 0.05 * part, 0.2)
    low, high = track.notes["pitch"][shown] - half, track.notes["pitch"][shown] + half
    corners = np.stack([left, low, right, low, right, high, left, high], axis=1).reshape(-1, 4, 2)
    color = COLORS[part % len(COLORS)]
    axes.add_collection(
        PolyCollection(list(corners), facecolors=color, edgecolors="#222222", linewidths=0.4, zorder=2 + part / 1000,
                       rasterized=len(corners) > _MOST_SHAPES)
    )  # fmt: skip


def _label(axes: Any, score: Score, page: Page, first: int, lines: NDArray[np.int64]) -> None:
    fifths = score.keys[0].fifths if score.keys else 0
    span = page.high - page.low
    named = (0, 2, 4, 5, 7, 9, 11) if span <= 14 else (0, 4, 7) if span <= 26 else (0, 7) if span <= 45 else (0,)
    ticks = [pitch for pitch in range(page.low, page.high + 1) if pitch % 12 in named]
    axes.set_yticks(ticks, [pitch_to_name(pitch, fifths if pitch % 12 in _BLACK_KEYS else 0) for pitch in ticks])
    every = max(1, -(-page.per_system // 24))
    numbers = bar_numbers(page.bars)[first : first + len(lines) - 1]
    shown = [at for at, number in enumerate(numbers.tolist()) if at == 0 or (at >= every and number % every == 0)]
    axes.set_xticks(lines[:-1][shown].tolist(), [str(numbers[at]) for at in shown])
    axes.tick_params(labelsize=8, length=2, pad=2)
    axes.set_ylabel("pitch", fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def part_patches(score: Score, most: int = _MAX_NAMED, letters: int = 24) -> list[Any]:
    """Return the patches of a legend of the parts.

    At most `most` parts are named, each in `letters` at most; a last entry counts the others.
    """
    from matplotlib.patches import Patch

    names = [fonts.plain(name, letters) for name in part_names(score)]
    parts = [
        Patch(facecolor=COLORS[at % len(COLORS)], edgecolor="#222222", linewidth=0.4, label=name)
        for at, name in enumerate(names[:most])
    ]
    return parts + ([Patch(alpha=0, label=f"and {len(names) - most} more")] if len(names) > most else [])


def _legend_columns(patches: Sequence[Any], width: float) -> int:
    """Return how many columns of the longest name fit in `width` inches, 7 at most."""
    longest = max((len(patch.get_label()) for patch in patches), default=0)
    return int(np.clip((width - 0.9) / (0.5 + 0.075 * longest), 1, 7))


def _legend_rows(patches: Sequence[Any], width: float) -> int:
    return max(-(-len(patches) // _legend_columns(patches, width)), 1)


def _draw_heading(fig: Any, title: str, patches: Sequence[Any], left: float, width: float) -> None:
    """Draw the title, and the parts below it, in `width` inches.

    `left` is the share of the figure's width at which it starts.
    """
    inches, height = fig.get_size_inches()
    fig.text(left + 0.65 / inches, 1 - 0.25 / height, title, fontsize=13, va="center", **fonts.text_style(title))
    if patches:
        legend = fig.legend(handles=patches, loc="upper left", fontsize=8, ncols=_legend_columns(patches, width),
                              bbox_to_anchor=(left + 0.55 / inches, 1 - 0.42 / height), frameon=False, borderpad=0.3,
                              handlelength=1.4, columnspacing=1.4)  # fmt: skip
        fonts.style_texts(legend.get_texts())
