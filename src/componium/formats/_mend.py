"""How a reader mends a broken file: with a RepairWarning that says where, or, when strict, not at all."""

import warnings

from componium.errors import FormatError, RepairWarning


def mend(what: str, *, strict: bool, where: str = "", offset: int | None = None) -> None:
    """Warn that `what` was mended, at `where` or at byte `offset`. Raises FormatError instead if `strict`."""
    place = where if offset is None else f"byte {offset}"
    if strict:
        raise FormatError(what, where=place, advice="read it without strict to have it mended")
    warnings.warn(RepairWarning(f"{what}, at {where}" if where else what, offset), stacklevel=3)
