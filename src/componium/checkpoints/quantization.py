"""Weights in 8 bits: matrices as blocks of integers, each with its scale.

A matrix (N, K), K a multiple of 64, is kept as `NAME` (N, K) of uint8, 128 being zero, and `NAME.scales` (N, K / 64) of
float32: a quarter of float32's size. This is also how ONNX Runtime's operator MatMulNBits reads it. All other arrays
stay as they are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.music.types import type_weights

BLOCK = 64  # columns that share a scale
ZERO, MOST = 128, 127
SCALES = ".scales"  # after the matrix's name


def quantize(weights: type_weights) -> type_weights:
    """Return the weights with each matrix of floating point in 8 bits.

    >>> sorted(quantize({"a": np.ones((2, 64), dtype=np.float32), "b": np.ones(64, dtype=np.float32)}))
    ['a', 'a.scales', 'b']
    """
    result: type_weights = {}
    for name, array in weights.items():
        result |= _quantized(name, array) if _is_matrix(name, array) else {name: array}
    return result


def dequantized(levels: NDArray[np.uint8], scales: NDArray[Any]) -> NDArray[np.float32]:
    """Return the matrix (N, K) of levels (N, K) and scales (N, K / 64).

    >>> dequantized(np.full((1, 64), 127, dtype=np.uint8), np.full((1, 1), 0.5, dtype=np.float32))[0, :3].tolist()
    [-0.5, -0.5, -0.5]
    """
    blocks = levels.reshape(*scales.shape, BLOCK).astype(np.float32)
    blocks -= ZERO
    blocks *= scales[..., None]
    matrix: NDArray[np.float32] = blocks.reshape(levels.shape)
    return matrix


def is_quantized(weights: type_weights, name: str) -> bool:
    """Return whether a matrix is kept in 8 bits, with scales that fit it."""
    levels, scales = weights.get(name), weights.get(name + SCALES)
    if levels is None or scales is None or levels.ndim != 2 or levels.dtype != np.uint8 or scales.dtype.kind != "f":
        return False
    return scales.shape == (levels.shape[0], levels.shape[1] // BLOCK) and levels.shape[1] % BLOCK == 0


def _is_matrix(name: str, array: NDArray[Any]) -> bool:
    is_divided = array.ndim == 2 and array.shape[1] > 0 and array.shape[1] % BLOCK == 0
    return is_divided and array.dtype.kind == "f" and not name.endswith(SCALES)


def _quantized(name: str, matrix: NDArray[Any]) -> type_weights:
    blocks = matrix.astype(np.float32).reshape(len(matrix), -1, BLOCK)
    scales = np.abs(blocks).max(axis=2) / np.float32(MOST)
    levels = np.rint(blocks / np.where(scales > 0, scales, 1)[..., None]) + ZERO
    return {name: levels.astype(np.uint8).reshape(matrix.shape), name + SCALES: scales}
