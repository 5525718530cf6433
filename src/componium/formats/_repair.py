"""Repairs of broken files: a RepairWarning each, or a FormatError if strict.

After ten repairs of a kind in a file, more are only counted, so that no file makes more than a few warnings.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from componium.errors import FormatError, RepairWarning

MAX_REPAIRS = 100_000  # in a file; beyond this nothing that could be read would be music
WARNED = 10  # repairs of one kind that are warned of one by one
SHOWN = 40  # characters of a file that a message quotes

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
_counts: ContextVar[Counter[str] | None] = ContextVar("_counts", default=None)

T = TypeVar("T")


def repair(what: str, *, strict: bool, where: str = "", offset: int | Callable[[], int] | None = None) -> None:
    """Warn of a repair at `where`, or at byte `offset`.

    An offset that takes time to find is given as a function. Within a reader that is `count_repairs`, only the first
    ten of a kind are warned of. Repairs are of one kind if their texts are the same but for numbers and what is in
    quotes.

    Raises FormatError instead if `strict`, and after 100,000 repairs.
    """
    counts = _counts.get()
    if counts is not None and not strict:
        kind = _QUOTED.sub("", what)
        counts[kind] += 1
        if counts.total() > MAX_REPAIRS:
            raise FormatError(f"too damaged to repair: {what}", where=where)
        if counts[kind] > WARNED:
            return
    at = offset() if callable(offset) else offset
    if strict:
        place = where if at is None else f"byte {at}"
        raise FormatError(what, where=place, advice="read it without strict to have it repaired")
    warnings.warn(RepairWarning(f"{what}, at {where}" if where else what, at), stacklevel=3)


def count_repairs(read: Callable[..., T]) -> Callable[..., T]:
    """Decorate a reader so that it warns of ten repairs of a kind, and counts more."""

    @wraps(read)
    def counting(*args: Any, **options: Any) -> T:
        counts: Counter[str] = Counter()
        token = _counts.set(counts)
        try:
            result = read(*args, **options)
        finally:
            _counts.reset(token)
        for kind, count in counts.items():
            if count > WARNED:
                what = " ".join(kind.split())
                warnings.warn(RepairWarning(f"{what}: {count - WARNED} more such places"), stacklevel=2)
        return result

    return counting


def quote(text: str) -> str:
    """Return the beginning of a text in quotes, for a message.

    >>> quote("ab"), quote("x" * 99)[-5:]
    ("'ab'", "x...'")
    """
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}...")


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
