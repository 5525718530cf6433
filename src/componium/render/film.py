"""Films of piano rolls: scores in sequence as an animated GIF or PNG files.

A GIF needs Pillow, which comes with matplotlib. All frames show the same pitches and bars.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from componium._files import write_atomic
from componium.errors import ControlError
from componium.music.score import Score
from componium.render import _fonts as fonts
from componium.render import figures
from componium.render.pianoroll import Page, draw_system, layouts

FRAMES_PER_SECOND = 4
MAX_ROWS = 6


def write_film(scores: Sequence[Score], path: str | Path, names: Sequence[str] = ()) -> None:
    """Write a film: FILE.gif, FILE.png or a folder of PNG files.

    One PNG file shows up to six of the scores, one below the other.

    Raises ControlError without a score, OSError.
    """
    if not scores:
        raise ControlError("a film of nothing", expected="at least one score")
    path, names = Path(path), names or [str(at) for at in range(len(scores))]
    pages = layouts(scores)
    if path.suffix.lower() == ".gif":
        _write_gif(scores, pages, names, path)
    elif path.suffix.lower() == ".png":
        chosen = np.unique(np.linspace(0, len(scores) - 1, min(MAX_ROWS, len(scores))).round().astype(int)).tolist()
        write_atomic(path, figures.render(_figure(scores, pages, names, chosen), ".png"))
    else:
        path.mkdir(parents=True, exist_ok=True)
        for at in range(len(scores)):
            write_atomic(path / f"{at:04d}.png", figures.render(_figure(scores, pages, names, [at]), ".png"))


def _figure(scores: Sequence[Score], pages: Sequence[Page], names: Sequence[str], chosen: Sequence[int]) -> Any:
    """Return a figure of the first bars of the chosen scores, one below the other."""
    from matplotlib.figure import Figure

    fig = Figure(figsize=(9, 1.9 * len(chosen) + 0.4), dpi=70, facecolor="white", layout="constrained")
    rows = fig.subplots(len(chosen), 1, squeeze=False)[:, 0]
    for axes, at in zip(rows, chosen, strict=True):
        draw_system(axes, scores[at], pages[at], 0)
        axes.set_title(fonts.plain(names[at], 60), fontsize=9, loc="left")
    return fig


def _write_gif(scores: Sequence[Score], pages: Sequence[Page], names: Sequence[str], path: Path) -> None:
    from io import BytesIO

    from PIL import Image

    frames = [Image.open(BytesIO(figures.render(_figure(scores, pages, names, [at]), ".png"))).convert("P")
              for at in range(len(scores))]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=1000 // FRAMES_PER_SECOND, loop=0)
    write_atomic(path, file.getvalue())
