"""Losses of training runs, drawn on matplotlib Axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from componium.render.plots.data import running_mean
from componium.render.plots.log import Log, type_curve
from componium.render.plots.panels import EDGE, INK, name

_SMOOTHED = 40  # a curve is smoothed over one part in as many
_RARE = ("validation", "coverage of validation bars")  # curves of few points, each of them marked
_LINES = {"training": (INK, "-"), "discriminator": (INK, "-"), "generator": ("#b35900", "--")}


def draw_losses(axes: Sequence[Any], logs: Sequence[Log]) -> None:
    """Draw losses by step, as logged and smoothed, and what validation measured."""
    points = np.concatenate([curve for log in logs for curve in log.curves.values()])
    steps, losses = points.T
    top = min(float(losses.max()), 2 * float(np.quantile(losses, 0.99)))  # one burst doesn't flatten everything else
    for ax, log in zip(axes, logs, strict=True):
        for label, curve in log.curves.items():
            if label in _RARE:
                ax.plot(*curve.T, "o--", color=EDGE, markerfacecolor="white", label=label)
            else:
                _draw_smoothed(ax, label, curve)
        ax.set_xlim(0, max(float(steps.max()) * 1.02, 1))
        ax.set_ylim(min(0.0, float(losses.min())), max(1.05 * top, 0.1))
        ax.grid(True, color="#e0e0e0", linewidth=0.6)
        ax.legend(fontsize=8, frameon=False)
        name(ax, "Loss in training", "step", f"loss ({log.unit})")


def _draw_smoothed(ax: Any, label: str, curve: type_curve) -> None:
    step, loss = curve.T
    color, line = _LINES[label]
    ax.plot(step, loss, line, color="#b0b0b0", linewidth=0.7, label=f"{label}, as logged")
    window = 2 * (len(loss) // _SMOOTHED // 2) + 1
    ax.plot(step, running_mean(loss, window), line, color=color, linewidth=1.6, label=f"{label}, smoothed")
