"""Real pieces from a file of arrays (scripts/make_arrays.py), as models read them: on the grid, without dynamics."""

import json
from pathlib import Path

import numpy as np

from componium.codecs.base import from_config

ARRAYS = Path("runs/pieces.npz")
TRAINING, HELD_OUT = (0,), (1, 2)  # sides of the split


class Arrays:
    """The pieces of a file of arrays, decoded when they are asked for."""

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as saved:
            about = json.loads(str(saved["about"]))
            self._ids, self._split = np.split(saved["ids"], np.cumsum(saved["n_ids"])[:-1]), saved["split"]
        self._codec, self._styles, self._names = from_config(about["codec"]), about["styles"], about["ids"]

    def pieces(self, style, sides):
        """Return (name, score) of the pieces of a style on some sides of the split."""
        wanted = [at for at, styles in enumerate(self._styles) if style in styles and self._split[at] in sides]
        return [(self._names[at], self._codec.decode(self._ids[at].astype(np.int64))) for at in wanted]
