"""Chances of notes: for each note the pitches that it could have had, as bars.

One panel a note, in the order of time; in it the likely pitches, the highest on top. The pale bar is the chance under the
model, the dark one that with which it was drawn; the chosen pitch is boxed. A pitch that was forbidden is hatched. What
forbade or biased it stands beside it. Everything differs in lightness or hatching; color only repeats it.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Any, NamedTuple

from componium.errors import ControlError
from componium.render import _fonts as fonts
from componium.render.plots.panels import EDGE, INK, LIGHT

_COLUMNS = 3  # panels side by side
_WIDE, _HIGH, _ROW = 4.3, 1.5, 0.3  # inches: width of a panel, height without its rows, height of a row
_LONGEST = 46  # letters of a line of text under a panel


class Option(NamedTuple):
    """A pitch that a note could have had, and its bars.

    pale, dark    lengths from 0 to 1; None for no bar
    note          text beside it
    is_chosen     whether it is the one that was taken
    is_forbidden  whether it could not be taken
    """

    name: str
    pale: float | None
    dark: float | None
    note: str = ""
    is_chosen: bool = False
    is_forbidden: bool = False


class Panel(NamedTuple):
    """A note: its heading, its options from the highest down, and text below."""

    heading: str
    options: Sequence[Option]
    below: Sequence[str] = ()


def chances_figure(panels: Sequence[Panel], *, title: str = "", x: str = "chance (%)", legend: Sequence[str] = ()) -> Any:
    """Return a plot of the options of notes, as a matplotlib Figure.

    legend  names of the pale and the dark bars; none for no legend

    Raises ControlError without a panel.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if not panels:
        raise ControlError("no notes to plot", expected="at least one")
    n_columns = min(len(panels), _COLUMNS)
    n_rows = -(-len(panels) // n_columns)
    most = max(len(panel.options) for panel in panels)
    n_lines = max(_text_below(panel, x).count("\n") for panel in panels)
    size = _WIDE * n_columns, n_rows * (_HIGH + _ROW * most + 0.17 * n_lines) + 0.5
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 1 - 0.5 / size[1]))
    fig = Figure(figsize=size, dpi=100, facecolor="white", layout=layout)
    text = fonts.plain(title, int(size[0] * 9))
    fig.text(0.15 / size[0], 1 - 0.24 / size[1], text, fontsize=13, va="center", **fonts.text_style(text))
    for at, panel in enumerate(panels):
        _draw(fig.add_subplot(n_rows, n_columns, at + 1), panel, most, x)
    if legend:
        _add_legend(fig, legend)
    return fig


def _draw(axes: Any, panel: Panel, most: int, x: str) -> None:
    for row, option in enumerate(panel.options):
        _draw_bar(axes, row, option.pale, 0.78, option, LIGHT)
        _draw_bar(axes, row, option.dark, 0.36, option, INK)
        if option.is_chosen:
            axes.axhspan(row - 0.46, row + 0.46, fill=False, edgecolor=EDGE, linewidth=1.4)
        longest = 100 * max(option.pale or 0, option.dark or 0)
        axes.text(longest + 1.5, row, fonts.plain(option.note, 60), va="center", fontsize=7.5, color=EDGE)
    axes.set_yticks(range(len(panel.options)), [option.name for option in panel.options])
    for label, option in zip(axes.get_yticklabels(), panel.options, strict=True):
        label.set_fontweight("bold" if option.is_chosen else "normal")
    axes.set_ylim(most - 0.45, -0.55)
    axes.set_xlim(0, 100)
    axes.tick_params("y", length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(fonts.plain(panel.heading, 60), fontsize=10, loc="left")
    axes.set_xlabel(_text_below(panel, x), fontsize=8, loc="left")


def _draw_bar(axes: Any, row: int, length: float | None, height: float, option: Option, color: str) -> None:
    if length is not None:
        axes.barh(row, 100 * length, height, color="white" if option.is_forbidden else color, edgecolor=EDGE,
                  linewidth=0.6, hatch="////" if option.is_forbidden else None)  # fmt: skip


def _text_below(panel: Panel, x: str) -> str:
    return "\n".join([x, *(fill(line, _LONGEST, subsequent_indent="   ") for line in panel.below)])


def _add_legend(fig: Any, legend: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    marks = [Patch(facecolor=color, edgecolor=EDGE, label=label) for color, label in zip((LIGHT, INK), legend,
                                                                                         strict=False)]
    marks.append(Patch(facecolor="white", edgecolor=EDGE, hatch="////", label="forbidden"))
    fig.legend(handles=marks, loc="upper right", ncols=3, fontsize=8, frameon=False)
