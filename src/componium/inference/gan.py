"""Generator in numpy: the composing half of nn/gan.py, with the same weights.

Shapes: B batch, M parts, K rows of a step, W steps, Z noise, Q conditions, C channels.
"""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.music.types import type_weights

type_floats = NDArray[np.float32]


def shapes(
    *, n_parts: int, n_rows: int, width: int, n_conditions: int, n_noise: int, n_channels: int
) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight, by name."""
    both, n_in = 2 * n_channels, 2 * n_noise + n_conditions
    by_name: dict[str, tuple[int, ...]] = {
        "read_0.weight": (n_channels, n_parts * n_rows, 1), "read_0.bias": (n_channels,),
        "read_1.weight": (n_channels, n_channels, 4), "read_1.bias": (n_channels,),
        "read_2.weight": (n_channels, n_channels, 4), "read_2.bias": (n_channels,),
    }
    for at in range(n_parts):
        by_name |= {
            f"parts.{at}.dense.weight": (n_channels * width // 4, n_in),
            f"parts.{at}.dense.bias": (n_channels * width // 4,),
            f"parts.{at}.up_1.weight": (both, n_channels, 4), f"parts.{at}.up_1.bias": (n_channels,),
            f"parts.{at}.up_2.weight": (both, n_channels, 4), f"parts.{at}.up_2.bias": (n_channels,),
            f"parts.{at}.out.weight": (n_rows, both, 3), f"parts.{at}.out.bias": (n_rows,),
        }
    return by_name


class Generator:
    """Generator of a bar, a net a part.

    Raises CheckpointError for weights that don't fit the sizes.
    """

    def __init__(self, weights: type_weights, sizes: Mapping[str, int]) -> None:
        self.weights = {name: weight(weights, name, shape) for name, shape in shapes(**sizes).items()}
        self.n_parts, self.n_channels = sizes["n_parts"], sizes["n_channels"]

    def __call__(
        self, shared: type_floats, private: type_floats, conditions: type_floats, before: type_floats
    ) -> type_floats:
        """Return the logits of a bar, (B, M, K, W).

        Noise shared (B, Z) and private (B, M, Z), conditions (B, Q), the bar before (B, M, K, W).
        """
        fine = _normed(self._conv("read_0", before.reshape(len(before), -1, before.shape[-1]), 1, 0))
        half = _normed(self._conv("read_1", fine, 2, 1))
        context = fine, half, _normed(self._conv("read_2", half, 2, 1))
        bars = [self._part(f"parts.{at}.", np.concatenate([shared, private[:, at], conditions], 1), context)
                for at in range(self.n_parts)]
        return np.stack(bars, 1)

    def _part(self, name: str, seed: type_floats, context: tuple[type_floats, type_floats, type_floats]) -> type_floats:
        dense = seed @ self.weights[f"{name}dense.weight"].T + self.weights[f"{name}dense.bias"]
        x = _normed(dense.reshape(len(seed), self.n_channels, -1))
        x = _normed(self._up(f"{name}up_1", np.concatenate([x, context[2]], 1)))
        x = _normed(self._up(f"{name}up_2", np.concatenate([x, context[1]], 1)))
        return self._conv(f"{name}out", np.concatenate([x, context[0]], 1), 1, 1)

    def _conv(self, name: str, x: type_floats, stride: int, pad: int) -> type_floats:
        return conv(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], stride, pad)

    def _up(self, name: str, x: type_floats) -> type_floats:
        return conv_transpose(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])


def conv(x: type_floats, kernel: type_floats, bias: type_floats, stride: int, pad: int) -> type_floats:
    """Return a convolution over time, (B, O, W / stride).

    x is (B, C, W), kernel (O, C, k).
    """
    seen = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (pad, pad))), kernel.shape[2], axis=2)[:, :, ::stride]
    result: type_floats = np.tensordot(seen, kernel, ((1, 3), (1, 2))).transpose(0, 2, 1) + bias[:, None]
    return result


def conv_transpose(x: type_floats, kernel: type_floats, bias: type_floats) -> type_floats:
    """Return a transposed convolution over time, (B, O, 2 W).

    x is (B, C, W), kernel (C, O, 4); stride 2, padding 1.
    """
    spread = np.tensordot(x, kernel, ((1,), (0,)))  # (B, W, O, 4)
    n = x.shape[2]
    out = np.zeros((len(x), kernel.shape[1], 2 * n + 2), dtype=np.float32)
    for tap in range(4):
        out[:, :, tap : tap + 2 * n : 2] += spread[..., tap].transpose(0, 2, 1)
    return out[:, :, 1:-1] + bias[:, None]


def _normed(x: type_floats) -> type_floats:
    """Return what is above 0, the channels of each step to a mean square of 1."""
    x = np.maximum(x, 0)
    result: type_floats = x / np.sqrt(np.square(x).mean(1, keepdims=True) + 1e-8)
    return result
