"""LSTM over triples in numpy: the composing half of nn/triples.py."""

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.inference.recurrent import CELLS
from componium.music.types import type_weights

HEADS = {"pitch": 128, "step": 1, "duration": 1}


class TriplesNet:
    """LSTM of `n_hidden` cells with three heads.

    Raises CheckpointError for weights that don't fit.
    """

    def __init__(self, weights: type_weights, n_hidden: int) -> None:
        n = self.n_hidden = n_hidden
        self.from_note = np.ascontiguousarray(weight(weights, "lstm.weight_ih_l0", (4 * n, 4)).T)
        self.from_hidden = np.ascontiguousarray(weight(weights, "lstm.weight_hh_l0", (4 * n, n)).T)
        self.matrix = np.concatenate([weight(weights, f"{name}.weight", (size, n)) for name, size in HEADS.items()])
        self.bias = np.concatenate([weight(weights, f"{name}.bias", (size,)) for name, size in HEADS.items()])

    def predict(self, window: NDArray[np.float32]) -> tuple[NDArray[np.float64], float, float]:
        """Return the logits of the next pitch (128,), its step and its duration.

        Step and duration are in quarters.

        `window` (T, 3) are the notes before: pitch in parts of 128, step and duration.
        """
        logits, step, duration = self.predict_all(window[None])
        return logits[0], float(step[0]), float(duration[0])

    def predict_all(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
        """Return logits (B, 128), steps (B,) and durations (B,) after windows (B, T, 3)."""
        h = c = np.zeros((len(windows), self.n_hidden), dtype=np.float32)
        for rows in np.pad(windows, ((0, 0), (0, 0), (0, 1)), constant_values=1.0).swapaxes(0, 1):
            h, c = CELLS["lstm"](rows @ self.from_note, h @ self.from_hidden, h, c)
        outputs = (h @ self.matrix.T + self.bias).astype(np.float64)
        return outputs[:, :128], outputs[:, 128], outputs[:, 129]
