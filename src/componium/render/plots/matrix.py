"""Transition matrices, drawn on matplotlib Axes.

They may hold counts of a score, or probabilities of a fitted method.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from componium.errors import ControlError
from componium.render._fonts import style_texts
from componium.render.plots.data import row_shares

_LONGEST_LEVEL = 4  # letters of a column's name; longer ones are set upright
_MOST_CELLS_NAMED = 16  # rows and columns of a matrix whose cells have their numbers written in


def draw_matrix(axes: Any, matrix: ArrayLike, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a transition matrix, from (rows, downwards) and to (columns).

    Each row is shown as shares of its sum, on a log scale.

    Darker is more probable, white is never; up to 16 rows and columns have their percents written in. Rows or columns
    labeled "" have no tick. Raises ControlError unless the matrix is 2-D, finite, >= 0 and fits the labels.
    """
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    shares = 100 * row_shares(matrix)
    if shares.shape != (len(rows), len(columns)):
        raise ControlError(f"{len(rows)} x {len(columns)} labels of a matrix", expected="{} x {}".format(*shares.shape))
    norm = LogNorm(0.1, 100, clip=True)
    image = axes.imshow(np.ma.masked_less_equal(shares, 0), norm=norm, cmap=colormaps["viridis_r"],
                        interpolation="nearest", aspect="equal" if len(rows) == len(columns) else "auto")  # fmt: skip
    for set_ticks, names in ((axes.set_yticks, rows), (axes.set_xticks, columns)):
        ticks = [at for at, name in enumerate(names) if name]
        set_ticks(ticks, [names[at] for at in ticks])
    style_texts([*axes.get_xticklabels(), *axes.get_yticklabels()])
    if max((len(name) for name in columns), default=0) > _LONGEST_LEVEL:
        axes.tick_params("x", rotation=90)
    if max(shares.shape) <= _MOST_CELLS_NAMED:
        for row, column in np.argwhere(shares >= 0.5):
            share = shares[row, column]
            axes.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize=7.5,
                      color="white" if share > 3 else "black")  # fmt: skip
    axes.set_anchor("W")
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.03, 0, 0.035, 1)), ticks=[0.1, 1, 10, 100])
    bar.set_label("chance (% of its row; white: never)", fontsize=8)
    bar.ax.set_yticklabels(["0.1", "1", "10", "100"])
    bar.ax.tick_params(labelsize=7)
