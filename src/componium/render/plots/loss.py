"""Losses of training runs, drawn on matplotlib Axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from componium.render.plots.data import running_mean
from componium.render.plots.log import Log
from componium.render.plots.panels import EDGE, INK, name

_SMOOTHED = 40  # a curve is smoothed over one part in as many


def draw_losses(axes: Sequence[Any], logs: Sequence[Log]) -> None:
    """Draw training loss, as logged and smoothed, and validation loss, by step."""
    losses = np.concatenate([curve[:, 1] for log in logs for curve in (log.training, log.validation)])
    steps = np.concatenate([curve[:, 0] for log in logs for curve in (log.training, log.validation)])
    top = min(float(losses.max()), 2 * float(np.quantile(losses, 0.99)))  # one burst doesn't flatten everything else
    for ax, log in zip(axes, logs, strict=True):
        step, loss = log.training.T
        ax.plot(step, loss, color="#b0b0b0", linewidth=0.7, label="training, as logged")
        window = 2 * (len(loss) // _SMOOTHED // 2) + 1
        ax.plot(step, running_mean(loss, window), color=INK, linewidth=1.6, label="training, smoothed")
        ax.plot(*log.validation.T, "o--", color=EDGE, markerfacecolor="white", label="validation")
        ax.set_xlim(0, max(float(steps.max()) * 1.02, 1))
        ax.set_ylim(min(0.0, float(losses.min())), max(1.05 * top, 0.1))
        ax.grid(True, color="#e0e0e0", linewidth=0.6)
        ax.legend(fontsize=8, frameon=False)
        name(ax, "Loss in training", "step", "loss (nats a token)")
