"""Choice of the engine that runs a net: numpy or ONNX Runtime.

The environment variable COMPONIUM_ENGINE decides:

    auto         the default: ONNX Runtime for nets in 8 bits of 8 million weights and more, where it is installed
    numpy        always numpy, which multiplies in float32
    onnxruntime  ONNX Runtime for nets in 8 bits of any size; an error where it isn't installed

Both give the same distributions up to rounding, so that a seed may give other notes.
"""

import os
from importlib import metadata

import numpy as np

from componium.errors import ControlError, MissingExtraError
from componium.inference.graph import GRAPH
from componium.music.types import type_weights

VARIABLE = "COMPONIUM_ENGINE"
AUTO, NUMPY, ONNXRUNTIME = ENGINES = ("auto", "numpy", "onnxruntime")
LARGE = 8_000_000  # weights from which ONNX Runtime is worth its start


def asked_engine() -> str:
    """Return the engine that COMPONIUM_ENGINE names, "auto" by default.

    Raises ControlError for another word.
    """
    asked = os.environ.get(VARIABLE) or AUTO
    if asked not in ENGINES:
        raise ControlError(f"{VARIABLE}={asked}", expected=f"one of {', '.join(ENGINES)}")
    return asked


def installed_version() -> str | None:
    """Return the version of ONNX Runtime, None where it isn't installed."""
    try:
        return metadata.version("onnxruntime")
    except metadata.PackageNotFoundError:
        return None


def choose_engine(weights: type_weights) -> str:
    """Return the engine for a net: "numpy" or "onnxruntime".

    Raises ControlError for an engine that isn't known, MissingExtraError for one that isn't installed.
    """
    asked = asked_engine()
    if asked == NUMPY or GRAPH not in weights:
        return NUMPY
    if asked == ONNXRUNTIME and installed_version() is None:
        raise MissingExtraError("ONNX Runtime", "fast")
    n_weights = sum(array.size for array in weights.values() if array.dtype == np.uint8)
    is_fast = asked == ONNXRUNTIME or (n_weights >= LARGE and installed_version() is not None)
    return ONNXRUNTIME if is_fast else NUMPY
