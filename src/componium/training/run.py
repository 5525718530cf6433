"""The settings of one long fit."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """How a long fit happens: the folder for its state, whether to go on from there, whom to tell of progress.

    `on_report(step, steps, words)` is called now and then.
    """

    folder: Path | None = None
    resume: bool = False
    on_report: Callable[[int, int, str], None] | None = None
