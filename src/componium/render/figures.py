"""Matplotlib figures as PNG and SVG files, the same bytes each time.

The text of an SVG stays text, so it can be searched, and is shown in the reader's fonts. In a PNG it is drawn here:
letters that no installed font has become an ellipsis, and a warning names them.
"""

import io
import re
import warnings
from typing import Any

import numpy as np

from componium.errors import ControlError
from componium.render import _fonts as fonts

FIGURE_SUFFIXES = (".png", ".svg")
_SALT = "componium"  # makes the ids inside an SVG the same each time


def render(figure: Any, suffix: str, about: str = "") -> bytes:
    """Return a matplotlib Figure as a file, ".png" or ".svg".

    `about` is its description, if there is one. Raises ControlError for another suffix.
    """
    if suffix not in FIGURE_SUFFIXES:
        raise ControlError(f"no figure is written as {suffix!r}", expected=" or ".join(FIGURE_SUFFIXES))
    if suffix == ".png":
        _replace_missing_letters(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        _fix_layout(figure)
        return _png(figure, about) if suffix == ".png" else _svg(figure, about)


def _replace_missing_letters(figure: Any) -> None:
    """Replace letters that no font has by an ellipsis, and warn."""
    from matplotlib.text import Text

    texts = [text for text in figure.findobj(Text) if not text.get_text().isascii()]
    lacking = "".join(sorted(set().union(*(fonts.without_font(text.get_text()) for text in texts))))
    for text in texts if lacking else ():
        text.set_text(re.sub(f"[{re.escape(lacking)}]+", "…", text.get_text()))
    if lacking:
        warnings.warn(f"no font here has {lacking}: install one that does, such as Noto Sans CJK, or write an SVG",
                      stacklevel=3)


def _fix_layout(figure: Any) -> None:
    """Fix the layout of a figure, to a ten-thousandth of it.

    Beyond that, a layout solved twice has other digits.
    """
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
        for axes in figure.axes:
            axes.set_position(np.round(axes.get_position(original=True).bounds, 4))


def _png(figure: Any, about: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    metadata = {"Software": None, **({"Description": about} if about else {})}
    FigureCanvasAgg(figure).print_png(file, metadata=metadata)  # type: ignore[no-untyped-call]
    return file.getvalue()


def _svg(figure: Any, about: str) -> bytes:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.BytesIO()
    with rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none"}):
        metadata = {"Date": None, "Creator": None, **({"Description": about} if about else {})}
        FigureCanvasSVG(figure).print_svg(file, metadata=metadata)  # type: ignore[no-untyped-call]
    return file.getvalue()
