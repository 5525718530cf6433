"""Show a piece where the user is: in a notebook, or in a terminal."""

import os
import sys
from typing import Protocol

from componium.errors import ControlError
from componium.music.score import Score


class Scored(Protocol):
    """Anything that has a score, such as a Take."""

    @property
    def score(self) -> Score:
        """The music."""


def show(piece: Score | Scored, *, width: int | None = None, color: bool | None = None) -> None:
    """Show a piece: with a player in a notebook, else as a piano roll in text.

    piece  a Score, or a Take
    width  characters of a line in the terminal, at least 40; its own width by default
    color  whether to color the parts there; by default if it is a terminal and NO_COLOR isn't set

    Raises ControlError for anything else than a piece.
    """
    score = piece if isinstance(piece, Score) else getattr(piece, "score", None)
    if not isinstance(score, Score):
        raise ControlError(f"a piece of type {type(piece).__name__}", expected="a Score or a Take",
                           advice="componium.read(path) reads a score from a file")
    if _in_notebook():
        sys.modules["IPython"].display.display(piece)
        return
    from componium.render.terminal import roll

    if color is None:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(roll(score, width=width, color=color) + "\n")


def _in_notebook() -> bool:
    """Return whether this runs in a kernel that displays HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
