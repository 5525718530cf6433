"""Results as plain values for JSON."""

import math
from dataclasses import asdict
from typing import Any


def plain(result: Any) -> dict[str, Any]:
    """Return a dataclass as plain values; None for nan, which isn't JSON."""
    known: dict[str, Any] = _without_nan(asdict(result))
    return known


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
