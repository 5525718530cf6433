"""Plots of music and of training, alone or two side by side.

    roll          piano roll of the piece shown
    scatter       time and pitch of its first 100 notes, and of all
    histograms    pitch, step (from each note to the next) and duration, of all pieces
    profile       pitch classes, of all pieces
    transitions   from each pitch class, or pitch, to the next, of all pieces
    loss          training and validation loss of a run
    all           a page of all that apply

Two sides share their scales, so lengths and shades can be compared. Everything is readable in black and white, and the
same input gives the same bytes. Drawn by matplotlib, without pyplot, so no window is opened.

>>> from componium.music.score import Score, Track, notes
>>> tune = Score(tracks=(Track(notes([(0, 480, 60), (480, 480, 67)])),), title="Fifth")
>>> render([Music("Fifth", (tune,))], "histograms")[:4]
b'\\x89PNG'
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from componium._files import write_atomic
from componium.errors import ControlError, UnknownNameError
from componium.render import _fonts as fonts
from componium.render import figures, pianoroll
from componium.render.figures import FIGURE_SUFFIXES
from componium.render.plots import panels
from componium.render.plots.log import Log, is_log, read_log
from componium.render.plots.loss import draw_losses
from componium.render.plots.matrix import draw_matrix
from componium.render.plots.panels import Music, Options

type_side = Music | Log
_COLUMNS = 6  # a side's width is counted in sixths


class _Panel(NamedTuple):
    """A part of the page: how it is drawn, and its size.

    height: in inches.
    alone, paired: its width in sixths, alone and beside another side.
    """

    draw: Callable[[Sequence[Any], Sequence[Music], Options], None]
    height: float
    alone: int
    paired: int


_FIRST = _Panel(panels.draw_first, 2.9, 2, 3)
_WHOLE = _Panel(panels.draw_whole, 2.9, 4, 3)
_PITCHES = _Panel(panels.draw_pitches, 2.5, 2, 6)
_STEPS = _Panel(panels.draw_steps, 2.5, 2, 3)
_DURATIONS = _Panel(panels.draw_durations, 2.5, 2, 3)
_PROFILE = _Panel(panels.draw_profile, 2.5, 3, 6)
_TRANSITIONS = _Panel(panels.draw_transitions, 5.6, 3, 6)
_PANELS = {
    "scatter": (_FIRST, _WHOLE),
    "histograms": (_PITCHES, _STEPS, _DURATIONS),
    "profile": (_PROFILE._replace(height=3.4, alone=6),),
    "transitions": (_TRANSITIONS._replace(height=6.4, alone=6),),
    "all": (_Panel(panels.draw_roll, 2.3, 6, 6), _FIRST, _WHOLE, _PITCHES, _STEPS, _DURATIONS, _PROFILE, _TRANSITIONS),
}
KINDS = ("all", "roll", "scatter", "histograms", "profile", "transitions", "loss")


def check_kind(kind: str) -> None:
    """Check that `kind` is one of KINDS. Raises UnknownNameError, with the near names."""
    if kind not in KINDS:
        raise UnknownNameError("kind of plot", kind, KINDS)


def figure(
    sides: Sequence[type_side], kind: str = "all", *, relative: bool = False, pitches: bool = False
) -> Any:
    """Return a plot of one side, or of two side by side, as a matplotlib Figure.

    sides: one or two Music, or one or two Log.
    kind: one of KINDS; default "all".
    relative: whether pitch classes count from each piece's tonic; default False.
    pitches: whether transitions are of pitches, not of pitch classes; default False.

    Raises UnknownNameError for an unknown kind, ControlError if that kind can't be drawn of these sides.
    """
    check_kind(kind)
    if not 1 <= len(sides) <= 2:
        raise ControlError(f"{len(sides)} things to plot", expected="one or two")
    logs = [side for side in sides if isinstance(side, Log)]
    music = [side for side in sides if isinstance(side, Music)]
    if logs and music:
        raise ControlError("music and a training run don't share a plot", advice="plot each by itself")
    if logs:
        return _log_figure(logs, kind)
    if kind == "loss":
        raise ControlError("music has no training loss", expected="the folder of a run, with log.jsonl in it")
    if kind == "roll":
        return pianoroll.figure(*(side.score for side in music), names=[side.name for side in music])
    return _music_figure(music, _PANELS[kind], Options(relative, pitches))


def render(
    sides: Sequence[type_side], kind: str = "all", suffix: str = ".png", *,
    relative: bool = False, pitches: bool = False,
) -> bytes:  # fmt: skip
    """Return a plot as a file, ".png" or ".svg".

    Options are as for `figure`. Raises as it does, and ControlError for another suffix.
    """
    return figures.render(figure(sides, kind, relative=relative, pitches=pitches), suffix)


def write(
    sides: Sequence[type_side], path: str | Path, kind: str = "all", *,
    relative: bool = False, pitches: bool = False,
) -> None:  # fmt: skip
    """Write a plot to a .png or .svg file, whole or not at all.

    Options are as for `figure`. Raises as `render` does, and OSError.
    """
    data = render(sides, kind, Path(path).suffix.lower(), relative=relative, pitches=pitches)
    write_atomic(Path(path), data)


def matrix_figure(
    matrix: ArrayLike, rows: Sequence[str], columns: Sequence[str] | None = None, *,
    title: str = "", from_: str = "from", to: str = "to",
) -> Any:  # fmt: skip
    """Return a plot of any transition matrix, as a Figure.

    The matrix holds counts or probabilities, [from, to], with a label a row (and column).

    Each row is shown as shares of its sum. Raises ControlError unless it is 2-D, finite, >= 0 and fits the labels.
    """
    fig = _page(7.2, 6.4, title)
    axes = fig.add_subplot()
    draw_matrix(axes, matrix, rows, rows if columns is None else columns)
    panels.name(axes, "", to, from_)
    return fig


def curve_figure(values: ArrayLike, *, title: str = "", x: str = "step", y: str = "") -> Any:
    """Return a plot of a sequence of numbers, the first at 0, as a Figure.

    An example is the fitness of generations. Raises ControlError unless they are 1-D, finite and at least one.
    """
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1 or not len(row) or not np.isfinite(row).all():
        raise ControlError(f"a curve of shape {row.shape}", expected="one or more finite numbers in a row")
    fig = _page(7.2, 4.4, title)
    axes = fig.add_subplot()
    axes.plot(np.arange(len(row)), row, color=panels.INK, linewidth=1.6, marker="." if len(row) < 60 else None)
    axes.grid(True, color="#e0e0e0", linewidth=0.6)
    panels.name(axes, "", x, y)
    return fig


def _log_figure(logs: Sequence[Log], kind: str) -> Any:
    if kind not in ("loss", "all"):
        raise ControlError("a training run has no notes", where=logs[0].name, expected="--kind loss")
    fig = _page(7.2 * len(logs), 4.4, *(log.name for log in logs))
    draw_losses([fig.add_subplot(1, len(logs), at + 1) for at in range(len(logs))], logs)
    return fig


def _music_figure(sides: Sequence[Music], chosen: Sequence[_Panel], options: Options) -> Any:
    """Draw panels from left to right and top to bottom, as words flow on a page."""
    widths = [panel.alone if len(sides) == 1 else panel.paired for panel in chosen]
    rows = [(end - 1) // _COLUMNS for end in accumulate(widths)]
    heights = [max(p.height for p, at in zip(chosen, rows, strict=True) if at == row) for row in range(rows[-1] + 1)]
    narrow = 7.2 if len(chosen) == 1 or len(sides) == 2 else 11.0
    fig = _page(narrow * len(sides), sum(heights) + 0.5, *(side.name for side in sides))
    grid = fig.add_gridspec(len(heights), _COLUMNS * len(sides), height_ratios=heights)
    lefts = [end - width - _COLUMNS * row for end, width, row in zip(accumulate(widths), widths, rows, strict=True)]
    for panel, row, left, width in zip(chosen, rows, lefts, widths, strict=True):
        places = [slice(_COLUMNS * at + left, _COLUMNS * at + left + width) for at in range(len(sides))]
        panel.draw([fig.add_subplot(grid[row, place]) for place in places], sides, options)
    return fig


def _page(width: float, high: float, *names: str) -> Any:
    """Return an empty page with a heading above each side."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    top = 1 - 0.42 / high if any(names) else 1.0
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, top - 0.01))
    fig = Figure(figsize=(width, high), dpi=100, facecolor="white", layout=layout)
    for at, name in enumerate(names):
        text = fonts.plain(name, int(width / len(names) * 8))
        fig.text(at / len(names) + 0.15 / width, 1 - 0.24 / high, text, fontsize=13, va="center",
                   **fonts.text_style(text))  # fmt: skip
    return fig


__all__ = ["FIGURE_SUFFIXES", "KINDS", "Log", "Music", "check_kind", "curve_figure", "figure", "is_log",
           "matrix_figure", "read_log", "render", "write"]  # fmt: skip
