"""Chances of notes: for each note the pitches that it could have had, as bars.

One panel a note, in the order of time; in it the likely pitches, the highest on top. The pale bar is the chance under
the model, the dark one that with which it was drawn; the chosen pitch is boxed. A pitch that was forbidden is hatched;
its constraints and biases stand beside it. Everything differs in lightness or hatching; color only repeats it.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Any, NamedTuple

from componium.errors import ControlError
from componium.render import _fonts as fonts
from componium.render.plots.panels import EDGE, INK, LIGHT

_COLUMNS = 3  # panels side by side
_WIDE, _HIGH, _ROW, _LINE = 4.3, 0.95, 0.27, 0.14  # inches: width of a panel; height of its frame, a row, a line below
_LONGEST_NOTE = 74  # letters of an option's note
_LONGEST = 60  # letters of a line of text under a panel


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


def chances_figure(
    panels: Sequence[Panel], *, title: str = "", x: str = "chance (%)", legend: Sequence[str] = (), limit: float = 100.0
) -> Any:
    """Return a plot of the options of notes, as a matplotlib Figure.

    legend  names of the pale and the dark bars; none for no legend
    limit   end of the scale, at which a bar of length 1 has 100

    Raises ControlError without a panel.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if not panels:
        raise ControlError("no notes to plot", expected="at least one")
    n_columns = min(len(panels), _COLUMNS)
    rows = [panels[at : at + n_columns] for at in range(0, len(panels), n_columns)]
    heights = [_HIGH + max(_ROW * len(panel.options) + _LINE * _text_below(panel, x).count("\n") for panel in row)
               for row in rows]  # fmt: skip
    top = 0.7 if legend else 0.45
    size = _WIDE * n_columns, sum(heights) + top
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 1 - top / size[1] - 0.01))
    fig = Figure(figsize=size, dpi=100, facecolor="white", layout=layout)
    text = fonts.plain(title, int(size[0] * 8))
    fig.text(0.15 / size[0], 1 - 0.24 / size[1], text, fontsize=13, va="center", **fonts.text_style(text))
    grid = fig.add_gridspec(len(rows), n_columns, height_ratios=heights)
    for at, row in enumerate(rows):
        most = max(len(panel.options) for panel in row)
        for column, panel in enumerate(row):
            _draw(fig.add_subplot(grid[at, column]), panel, most, x, limit)
    if legend:
        _add_legend(fig, legend, (0.05 / size[0], 1 - 0.36 / size[1]))
    return fig


def _draw(axes: Any, panel: Panel, most: int, x: str, limit: float) -> None:
    for row, option in enumerate(panel.options):
        _draw_bar(axes, row, option.pale, 0.78, option, LIGHT)
        _draw_bar(axes, row, option.dark, 0.36, option, INK)
        if option.is_chosen:
            axes.axhspan(row - 0.46, row + 0.46, fill=False, edgecolor=EDGE, linewidth=1.4)
        _annotate(axes, row, option, limit)
    axes.set_yticks(range(len(panel.options)), [option.name for option in panel.options])
    for label, option in zip(axes.get_yticklabels(), panel.options, strict=True):
        label.set_fontweight("bold" if option.is_chosen else "normal")
    axes.set_ylim(most - 0.45, -0.55)
    axes.set_xlim(0, limit)
    axes.tick_params("y", length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(fonts.plain(panel.heading, 60), fontsize=10, loc="left")
    axes.set_xlabel(_text_below(panel, x), fontsize=8, loc="left")


def _annotate(axes: Any, row: int, option: Option, limit: float) -> None:
    """Write an option's note after its bars, or over their end where there is no room."""
    if not option.note:
        return
    text, longest = fonts.plain(option.note, _LONGEST_NOTE), 100 * max(option.pale or 0, option.dark or 0) / limit
    style = {"va": "center", "fontsize": 7.5, "color": EDGE}
    if longest + 0.013 * len(text) < 0.98:
        axes.text((longest + 0.015) * limit, row, text, **style)
    else:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axes.text(0.985 * limit, row, text, ha="right", bbox=box, **style)


def _draw_bar(axes: Any, row: int, length: float | None, height: float, option: Option, color: str) -> None:
    if length is not None:
        axes.barh(row, 100 * length, height, color="white" if option.is_forbidden else color, edgecolor=EDGE,
                  linewidth=0.6, hatch="////" if option.is_forbidden else None)  # fmt: skip


def _text_below(panel: Panel, x: str) -> str:
    return "\n".join([x, *(fill(line, _LONGEST, subsequent_indent="   ") for line in panel.below)])


def _add_legend(fig: Any, legend: Sequence[str], place: tuple[float, float]) -> None:
    """Add the legend with its upper left corner at a place, in shares of the page."""
    from matplotlib.patches import Patch

    colors = zip((LIGHT, INK), legend, strict=False)
    marks = [Patch(facecolor=color, edgecolor=EDGE, label=label) for color, label in colors]
    marks.append(Patch(facecolor="white", edgecolor=EDGE, hatch="////", label="forbidden"))
    fig.legend(handles=marks, loc="upper left", bbox_to_anchor=place, ncols=3, fontsize=8.5, frameon=False)
