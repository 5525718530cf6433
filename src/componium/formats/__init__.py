"""Files to Scores and back. One file a format; a format is found by the file's suffix.

A format module has
    SUFFIXES: tuple[str, ...]      lower case, with the dot
    read(data: bytes, *, strict=False) -> Score             where it can be read
    read_many(data: bytes, *, strict=False) -> list[Score]  where one file may hold several pieces
    write(score: Score) -> bytes                            where it can be written
    WRITERS: dict[str, write]      suffixes that another function writes (packed files), if there are any
    LOSES: frozenset[str]          what of a Score it can't carry, in words of LOSSES (see _losses)
"""

import sys
from collections.abc import Callable
from functools import cache
from io import FileIO
from os.path import splitext
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, TypeVar

from componium import registry
from componium._files import write_atomic
from componium.errors import ComponiumError, FormatError, LimitError, UnknownNameError
from componium.formats._losses import LOSSES
from componium.music.score import Score

MAX_BYTES = 64 * 1024 * 1024
T = TypeVar("T")


@cache
def suffixes(action: str = "read") -> dict[str, ModuleType]:
    """Each suffix that can be read (or, with "write", written) and the format that does it."""
    modules = [registry.load("formats", name) for name in registry.names("formats")]
    return {suffix: module for module in modules if hasattr(module, action) for suffix in module.SUFFIXES}


def for_suffix(suffix: str, action: str = "read") -> ModuleType:
    """The format for a suffix (".mid" or "mid"). Raises UnknownNameError, naming the known ones."""
    dotted = "." + suffix.lower().lstrip(".")
    known = suffixes(action)
    if dotted not in known:
        raise UnknownNameError(f"format to {action}", dotted, known)
    return known[dotted]


def read(path: str | Path, *, strict: bool = False) -> Score:
    """The score in a file, by its suffix. Repairs are warned of (RepairWarning); `strict` refuses instead.

    A file that holds several pieces (a tune book) gives its first; `read_all` gives them all.
    Raises FormatError (what, where), LimitError over 64 MB, UnknownNameError for an unknown suffix, OSError.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "tune.mid"
    >>> write(Score(title="Empty"), path)
    >>> read(path).title
    'Empty'
    """
    module = for_suffix(_split(path)[1])
    score: Score = _read_with(module.read, path, strict)
    return score


def read_all(path: str | Path, *, strict: bool = False) -> list[Score]:
    """Every score in a file: one, unless it is a tune book. Raises as `read` does."""
    module = for_suffix(_split(path)[1])
    if hasattr(module, "read_many"):
        return _read_with(module.read_many, path, strict)
    return [_read_with(module.read, path, strict)]


def _split(path: str | Path) -> tuple[str, str]:
    return splitext(path)  # noqa: PTH122 - pathlib takes 20 microseconds here, of a chorale's 130


def _read_with(reader: Callable[..., T], path: str | Path, strict: bool) -> T:
    if _split(path)[0] == "-":
        return reader(_limited(sys.stdin.buffer), strict=strict)
    try:
        with open(path, "rb", buffering=0) as file:
            return reader(_limited(file), strict=strict)
    except FormatError as error:
        raise error.within(str(path)) from error


def _limited(file: BinaryIO | FileIO) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := file.read(1 << 16):  # asked for at once, 64 MB of room would be made for every file
        size += len(part)
        if size > MAX_BYTES:
            raise LimitError("the file is too large", expected=f"at most {MAX_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def write(score: Score, path: str | Path) -> None:
    """Write a score to a file in the format of its suffix, whole or not at all. Raises UnknownNameError, OSError."""
    suffix = _split(path)[1].lower()
    module = for_suffix(suffix, "write")
    writer = getattr(module, "WRITERS", {}).get(suffix, module.write)
    write_atomic(Path(path), writer(score))


__all__ = ["LOSSES", "ComponiumError", "for_suffix", "read", "read_all", "suffixes", "write"]
