"""Formats: scores from files and to files, one module a format, by suffix.

A format is a module or package of this folder, or of another package by the entry point `componium.formats`. It has
    SUFFIXES: tuple[str, ...]    a literal; lower case, with the dot; no other format reads or writes them
    loads(data: bytes, *, strict=False) -> Score             if it can be read
    loads_many(data: bytes, *, strict=False) -> list[Score]  if one file may hold several pieces
    dumps(score: Score) -> bytes                             if it can be written
    PLAYS = True                 if `dumps` takes a performance too (`music.played`); other formats get its score
    LOSES: dict[str, Loss]       if it can be written: what a file does not carry (see losses.py)
    LOSES_WHEN_READ: dict[str, str]   optional: what of a file a Score does not hold, a word and its explanation
    patch(data: bytes, score: Score, cells=None, chords=None) -> bytes   optional: the file `data` with other notes and
        chord symbols, where (bars, tracks) and (bars,) say so; everything else in it as it stood
    canonicalize(score: Score) -> Score   if it loses something: the score that is read back; idempotent

Sound, pages and piano rolls are written too, by the writers of the room `render`, which the registry finds by suffix.
"""

import sys
from collections.abc import Callable
from functools import partial
from io import FileIO
from os.path import splitext
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium._files import write_atomic
from componium.errors import FormatError, LimitError, PatchError, UnknownNameError
from componium.music.played import Played, written
from componium.music.score import Score

MAX_BYTES = 64 * 1024 * 1024
T = TypeVar("T")


def read(path: str | Path, *, strict: bool = False) -> Score:
    """Read the score in a file, in the format of its suffix.

    Repairs of a broken file are warned of (RepairWarning); `strict` refuses it instead. A file that holds several
    pieces (a tune book) gives its first; `read_all` gives them all. The path "-.mid" is MIDI from the standard input.

    Raises FormatError (what, where), LimitError over 64 MB, UnknownNameError for an unknown suffix, OSError.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "tune.mid"
    >>> write(Score(title="Empty"), path)
    >>> read(path).title
    'Empty'
    """
    score: Score = _read_with(find_reader(_suffix(path)).loads, path, strict)
    return score


def read_all(path: str | Path, *, strict: bool = False) -> list[Score]:
    """Read every score in a file: one, unless it is a tune book.

    Raises as `read` does.
    """
    module = find_reader(_suffix(path))
    if hasattr(module, "loads_many"):
        return _read_with(module.loads_many, path, strict)
    return [_read_with(module.loads, path, strict)]


def write(piece: Score | Played, path: str | Path, **options: Any) -> None:
    """Write a score or a performance to a file by its suffix, whole or not at all.

    A suffix is that of a format, or of sound, pages or a piano roll. A performance is played in sound and in MIDI;
    in anything else its score is written.

    `options` are those of the writer in `componium.render` (such as `synth` for sound); formats have none.
    Raises UnknownNameError for an unknown suffix, FormatError, OSError, MissingExtraError.
    """
    find_writer(_suffix(path))(piece, path, **options)


def patch(
    data: bytes, suffix: str, score: Score, cells: NDArray[np.bool_] | None = None,
    chords: NDArray[np.bool_] | None = None,
) -> bytes:  # fmt: skip
    """Return the bytes of a file with other notes and chord symbols, all else kept.

    Lyrics, slurs, articulations, layout, controllers and all that a Score doesn't hold stay wherever nothing changed.

    data    the bytes of a file
    suffix  its suffix, ".mid" or "mid"
    score   a score of the same tracks, meters and bars; its tempos, keys and title aren't looked at
    cells   (bars, tracks), bool: where its notes are taken; everywhere if None
    chords  (bars,), bool: where its chord symbols are taken; everywhere if None

    Raises PatchError if the format has no patch, or this file can't be patched, UnknownNameError for an unknown
    suffix, FormatError for a file that can't be read. Warns (RoundingWarning) of times that the file doesn't hold.

    >>> from componium.music.score import Track, notes
    >>> data = find_reader("mid").dumps(Score((Track(notes([(0, 480, 60), (480, 480, 62)])),)))
    >>> other = Score((Track(notes([(0, 480, 60), (480, 480, 64)])),))
    >>> find_reader("mid").loads(patch(data, "mid", other)).tracks[0].notes["pitch"].tolist()
    [60, 64]
    """
    module = find_reader(suffix)
    if not hasattr(module, "patch"):
        raise PatchError(f"files with the suffix {_dotted(suffix)!r} can't be patched",
                         expected=f"one of {', '.join(patched_suffixes())}", advice="write the file anew")  # fmt: skip
    patched: bytes = module.patch(data, score, cells, chords)
    return patched


def measures_played(data: bytes, suffix: str) -> list[int]:
    """Return the measure, from 0, that each bar of a file's score plays.

    What is repeated is in the score as often as it is played. Empty where the format doesn't tell.

    data    the bytes of a file
    suffix  its suffix, ".musicxml" or "musicxml"

    Raises UnknownNameError for an unknown suffix, FormatError for a file that can't be read.
    """
    module = find_reader(suffix)
    order: list[int] = module.measures_played(data) if hasattr(module, "measures_played") else []
    return order


def patched_suffixes() -> tuple[str, ...]:
    """Return the suffixes of files that `patch` takes, each with its dot."""
    return registry.suffixes("formats", "patch")


def played_suffixes() -> tuple[str, ...]:
    """Return the suffixes of MIDI and sound, which hold a performance, with dots."""
    return (*registry.suffixes("formats", "PLAYS"), *registry.suffixes("writers", "PLAYS"))


def readable_suffixes() -> tuple[str, ...]:
    """Return the suffixes that `read` takes, each with its dot."""
    return registry.suffixes("formats", "loads")


def writable_suffixes() -> tuple[str, ...]:
    """Return the suffixes that `write` takes, each with its dot."""
    return tuple(dict.fromkeys((*registry.suffixes("formats", "dumps"), *registry.suffixes("writers", "write"))))


def find_reader(suffix: str) -> ModuleType:
    """Return the format module, with `loads`, for a suffix (".mid" or "mid").

    Raises UnknownNameError.
    """
    module = registry.with_suffix(_dotted(suffix), "formats", defines="loads")
    if module is None:
        raise UnknownNameError("format to read", suffix, readable_suffixes())
    return module


def find_writer(suffix: str) -> Callable[..., Any]:
    """Return the function `(piece, path, **options)` that writes a suffix.

    The suffix is ".mid" or "mid"; a piece is a score or a performance. Raises UnknownNameError.

    A format comes before a writer of the same suffix. No other format and no other writer is imported.
    """
    module = registry.with_suffix(_dotted(suffix), "formats", defines="dumps")
    if module is not None:
        return partial(_write_with, _taking_either(module, module.dumps))
    module = registry.with_suffix(_dotted(suffix), "writers", defines="write")
    if module is None:
        raise UnknownNameError("format to write", suffix, writable_suffixes())
    return _taking_either(module, module.write)


def _taking_either(module: ModuleType, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a score that takes a performance too.

    Of a performance it takes the score, unless the module plays it.
    """
    if getattr(module, "PLAYS", False):
        return function
    return lambda piece, *args, **options: function(written(piece), *args, **options)


def _split(path: str | Path) -> tuple[str, str]:
    return splitext(path)  # noqa: PTH122 - pathlib takes 20 microseconds here, of a chorale's 130


def _suffix(path: str | Path) -> str:
    return _split(path)[1]


def _dotted(suffix: str) -> str:
    return "." + suffix.lower().lstrip(".")


def _read_with(loads: Callable[..., T], path: str | Path, strict: bool) -> T:
    if _split(path)[0] == "-":
        return loads(_read_limited(sys.stdin.buffer), strict=strict)
    try:
        with open(path, "rb", buffering=0) as file:
            return loads(_read_limited(file), strict=strict)
    except FormatError as error:
        raise error.within(str(path)) from error


def _read_limited(file: BinaryIO | FileIO) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := file.read(1 << 16):  # asked for at once, 64 MB of room would be made for every file
        size += len(part)
        if size > MAX_BYTES:
            raise LimitError("the file is too large", expected=f"at most {MAX_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _write_with(dumps: Callable[..., bytes], piece: Score | Played, path: str | Path, **options: Any) -> None:
    if options:
        what = f"options {', '.join(options)} for the suffix {_suffix(path)!r}"
        raise FormatError(what, expected="none", advice="options are for sound and pictures")
    write_atomic(Path(path), dumps(piece))


__all__ = [
    "MAX_BYTES", "find_reader", "find_writer", "patch", "patched_suffixes", "played_suffixes", "read", "read_all",
    "readable_suffixes", "writable_suffixes", "write",
]  # fmt: skip
