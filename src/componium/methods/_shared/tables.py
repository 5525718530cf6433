"""Checks of saved tables: a damaged model is refused when it is loaded."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import CheckpointError


def check_shape(name: str, array: NDArray[Any], *shape: int | None, kinds: str = "biuf") -> NDArray[Any]:
    """Return an array that has a shape and one of numpy's kinds; None is any size.

    Raises CheckpointError.
    """
    fits = array.ndim == len(shape) and all(
        size in (None, given) for size, given in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in kinds:
        raise CheckpointError(f"the table {name} has the shape {array.shape} and the type {array.dtype}",
                              expected=f"the shape {shape}".replace("None", "any"))
    return array


def check_range_of(name: str, values: NDArray[Any], low: int, end: int) -> None:
    """Raise CheckpointError for values outside low to below `end`."""
    if values.size and not (values.min() >= low and values.max() < end):
        raise CheckpointError(f"a value out of range in the table {name}", expected=f"{low} to {end - 1}")


def check_pointers(name: str, first: NDArray[Any], n_groups: int, n_rows: int) -> None:
    """Raise CheckpointError unless `first` rises from 0 to the number of rows."""
    check_shape(name, first, n_groups + 1, kinds="iu")
    signed = first.astype(np.int64)
    if signed[0] != 0 or signed[-1] != n_rows or (np.diff(signed) < 0).any():
        raise CheckpointError(f"the table {name} doesn't divide {n_rows} rows", expected="what save wrote")
