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


def mention(what: str, *, where: str) -> None:
    """Warn of something sound that no score holds, which `strict` does not refuse."""
    repair(what, strict=False, where=where)


def drop_zeros(data: bytes, *, strict: bool) -> bytes:
    """Return text without stray zero bytes.

    Data with too many of them for a text are returned as they are.
    """
    count = data.count(0)
    if not count or count * 20 > len(data):
        return data
    repair(f"zero bytes, {count} in all, were left out", strict=strict, offset=data.index(0))
    return data.replace(b"\0", b"")
