"""Repairs of broken files: a RepairWarning, or a FormatError if strict."""

import warnings

from componium.errors import FormatError, RepairWarning


def repair(what: str, *, strict: bool, where: str = "", offset: int | None = None) -> None:
    """Warn of a repair at `where`, or at byte `offset`.

    Raises FormatError instead if `strict`.
    """
    place = where if offset is None else f"byte {offset}"
    if strict:
        raise FormatError(what, where=place, advice="read it without strict to have it repaired")
    warnings.warn(RepairWarning(f"{what}, at {where}" if where else what, offset), stacklevel=3)
