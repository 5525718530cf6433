"""Effect sizes of features, drawn as points with intervals, a panel a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from componium.errors import ControlError
from componium.render import _fonts as fonts
from componium.render import figures
from componium.render.plots.panels import EDGE, INK, name

SMALL = 0.33  # a delta of at most this size is small (Romano et al., 2006)
ROW, TOP, LEFT, WIDTH = 0.19, 1.15, 2.3, 2.3  # inches: of a feature, above and below, of the names, of a panel


@dataclass(frozen=True, slots=True)
class Effects:
    """One comparison of generated with real pieces: a heading, and rows.

    rows  of each feature: its group, its name, Cliff's delta, and the ends of its interval
    """

    heading: str
    rows: Sequence[tuple[str, str, float, float, float]]


def effects_figure(comparisons: Sequence[Effects], *, title: str = "") -> Any:
    """Return Cliff's delta of each feature in each comparison, as a matplotlib Figure.

    A panel a comparison, side by side; a row a feature, in the order of the first that has it. The band holds small
    deltas; a filled point is one whose interval lies outside 0. Raises ControlError for no rows.

    >>> rows = [("melody", "step_rate", -0.4, -0.6, -0.2)]
    >>> len(effects_figure([Effects("markov", rows), Effects("shipped", rows)]).axes)
    2
    """
    features = list(dict.fromkeys((row[0], row[1]) for one in comparisons for row in one.rows))
    groups = list(dict.fromkeys(group for group, _ in features))
    features.sort(key=lambda feature: groups.index(feature[0]))
    if not features:
        raise ControlError("no features to plot", expected="at least one row")
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    size = LEFT + WIDTH * len(comparisons), TOP + ROW * (len(features) + len(groups))
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 0.98))
    fig = Figure(figsize=size, dpi=100, facecolor="white", layout=layout)
    if title:
        fig.suptitle(title, fontsize=11, x=0.02, ha="left", **fonts.text_style(title))
    axes = fig.subplots(1, len(comparisons), sharey=True, squeeze=False)[0]
    places = _places(features)
    for ax, one in zip(axes, comparisons, strict=True):
        _draw(ax, one, places)
    _name_rows(axes[0], features, places)
    return fig


def render_effects(comparisons: Sequence[Effects], suffix: str = ".png", *, title: str = "") -> bytes:
    """Return the plot of `effects_figure` as a file, ".png" or ".svg".

    Raises as it does, and ControlError for another suffix.
    """
    return figures.render(effects_figure(comparisons, title=title), suffix)


def _places(features: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return the height of each feature's row, one left free above each group."""
    places, at, before = {}, 0, ""
    for group, feature in features:
        at += 1 + (group != before)
        places[feature], before = float(-at), group
    return places


def _draw(ax: Any, one: Effects, places: dict[str, float]) -> None:
    ax.axvspan(-SMALL, SMALL, color="#eeeeee", linewidth=0, zorder=0)
    ax.axvline(0, color=EDGE, linewidth=0.8, zorder=1)
    for _, feature, delta, low, high in one.rows:
        is_clear = low > 0 or high < 0
        ax.plot([low, high], [places[feature]] * 2, color=INK, linewidth=1.1, zorder=2)
        ax.plot([delta], [places[feature]], "o", markersize=4.5, markerfacecolor=INK if is_clear else "white",
                markeredgecolor=INK, zorder=3)  # fmt: skip
    ax.set_xlim(-1.06, 1.06)
    ax.set_xticks([-1, -0.5, 0, 0.5, 1], ["-1", "", "0", "", "1"])
    ax.grid(True, axis="y", color="#e4e4e4", linewidth=0.5)
    name(ax, one.heading, "real ones higher  |  takes higher", "")


def _name_rows(ax: Any, features: Sequence[tuple[str, str]], places: dict[str, float]) -> None:
    firsts = {group: places[feature] + 1 for group, feature in reversed(features)}
    ax.set_ylim(min(places.values()) - 0.7, max(firsts.values()) + 0.4)
    ax.set_yticks(list(places.values()), [feature.replace("_", " ") for feature in places])
    ax.tick_params(axis="y", labelsize=7.5, length=0)
    for group, place in firsts.items():
        ax.text(-0.02, place, group, transform=ax.get_yaxis_transform(), ha="right", va="center", fontsize=8,
                fontweight="bold")  # fmt: skip
