"""A film of piano rolls: scores that follow each other, as one animated GIF, as numbered PNG files, or as one picture.

A GIF needs Pillow, which comes with matplotlib. All frames show the same pitches and bars.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from componium._files import write_atomic
from componium.errors import ControlError
from componium.music.score import Score
from componium.render.pianoroll import Page, draw_system, layouts
from componium.render.plots import file as _plot_file

FRAMES_A_SECOND = 4
IN_A_STRIP = 6


def write_film(scores: Sequence[Score], path: str | Path, names: Sequence[str] = ()) -> None:
    """Write a film: FILE.gif, FILE.png (up to six states, one below the other), or a folder of PNG files.

    Raises ControlError if there is nothing to show, OSError.
    """
    if not scores:
        raise ControlError("a film of nothing", expected="at least one score")
    path, names = Path(path), names or [str(at) for at in range(len(scores))]
    pages = layouts(scores)
    if path.suffix.lower() == ".gif":
        _write_gif(scores, pages, names, path)
    elif path.suffix.lower() == ".png":
        chosen = np.unique(np.linspace(0, len(scores) - 1, min(IN_A_STRIP, len(scores))).round().astype(int)).tolist()
        write_atomic(path, _plot_file.render(_figure(scores, pages, names, chosen), ".png"))
    else:
        path.mkdir(parents=True, exist_ok=True)
        for at in range(len(scores)):
            write_atomic(path / f"{at:04d}.png", _plot_file.render(_figure(scores, pages, names, [at]), ".png"))


def _figure(scores: Sequence[Score], pages: Sequence[Page], names: Sequence[str], chosen: Sequence[int]) -> Any:
    """The first bars of the chosen states, one below the other."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(9, 1.9 * len(chosen) + 0.4), dpi=70, facecolor="white", layout="constrained")
    rows = drawn.subplots(len(chosen), 1, squeeze=False)[:, 0]
    for axes, at in zip(rows, chosen, strict=True):
        draw_system(axes, scores[at], pages[at], 0)
        axes.set_title(_plot_file.plain(names[at], 60), fontsize=9, loc="left")
    return drawn


def _write_gif(scores: Sequence[Score], pages: Sequence[Page], names: Sequence[str], path: Path) -> None:
    from io import BytesIO

    from PIL import Image

    frames = [Image.open(BytesIO(_plot_file.render(_figure(scores, pages, names, [at]), ".png"))).convert("P")
              for at in range(len(scores))]
    made = BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=1000 // FRAMES_A_SECOND, loop=0)
    write_atomic(path, made.getvalue())
