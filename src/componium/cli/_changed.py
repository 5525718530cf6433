"""Output of the commands that change a piece: a file patched or written anew."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from componium.cli import _expression, _io

if TYPE_CHECKING:
    from componium.composing.take import Take
    from componium.music.score import Score

LOST = "lyrics, slurs, controllers and all else that a score doesn't hold are left out"


class Source(NamedTuple):
    """Piece that came in: its path, the suffix of its format, its bytes and its score."""

    path: str
    suffix: str
    data: bytes
    score: "Score"


def read(path: str, from_: str | None) -> Source:
    """Return the piece in a file, or in stdin for `-`.

    Raises as `_io.read_score` does.
    """
    score, data = _io.read_piece(path, from_)
    return Source(path, _io.suffix_of(path, from_, "--from"), data, score)


def write(source: Source, take: "Take", target: str, to: str | None, expression: float | None) -> None:
    """Write a take of a piece: patched into its file where that can be, else anew.

    What is written anew is performed. One line on stderr says which it was, and why. Raises as `_io.writer` does.
    """
    suffix = _io.suffix_of(target, to, "--to")
    patched, reason = _patch(source, take.annotated(), suffix)
    if patched is None:
        _expression.write(take, target, to, expression)
        _io.print_message(f"{target}: written anew; {LOST} ({reason})")
        return
    _io.deliver(target, suffix, lambda path: _write_bytes(path, patched))
    _io.print_message(f"{target}: patched; all that hasn't changed is as it was in {source.path}")


def _patch(source: Source, score: "Score", suffix: str) -> tuple[bytes | None, str]:
    """Return the patched bytes, or None and the reason."""
    from componium import formats
    from componium.errors import FormatError

    if source.suffix not in formats.patched_suffixes():
        return None, f"{source.suffix} files can't be patched"
    if suffix not in formats.find_reader(source.suffix).SUFFIXES:
        return None, f"from {source.suffix} to {suffix}"
    try:
        return formats.patch(source.data, source.suffix, score), ""
    except FormatError as error:
        return None, str(error)


def _write_bytes(path: Path, data: bytes) -> None:
    from componium._files import write_atomic

    write_atomic(path, data)
