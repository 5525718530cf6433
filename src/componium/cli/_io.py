"""Shared parts of the commands: input, output, JSON, tables and progress."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from componium.music.played import Played
    from componium.music.score import Score
    from componium.progress import Progress, type_on_progress

TEXTS = {".abc", ".csd", ".json", ".krn", ".ly", ".musicxml", ".tab", ".txt", ".xml"}  # for a terminal too

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
from_option = click.option("--from", "from_", metavar="FORMAT", help="Format of the input, where its suffix isn't one.")
to_option = click.option("--to", metavar="FORMAT", help="Format of the output, where its suffix isn't one.")
piece_option = click.option(
    "--piece", type=click.IntRange(min=1), default=1, show_default=True, help="Which piece of a tune book."
)
strict_option = click.option("--strict", is_flag=True, help="Refuse a broken file instead of mending it.")


def print_json(value: Any) -> None:
    """Write a value to stdout as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Write rows to stdout in columns, left-aligned; all rows have the same length."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def suffix_of(path: str, format_: str | None, option: str) -> str:
    """Return the suffix, with its dot, of a format: `format_`, else the path's own.

    Raises UsageError for stdin or stdout without a format.
    """
    if format_:
        return "." + format_.lower().lstrip(".")
    if path == "-":
        raise click.UsageError(f"'-' has no suffix: say its format with {option}, such as {option} mid")
    return Path(path).suffix.lower()


def read_score(path: str, from_: str | None, *, piece: int = 1, strict: bool = False) -> "Score":
    """Return the score in a file, or in stdin for `-`.

    Raises as `componium.read` does, and FormatError.
    """
    return read_piece(path, from_, piece=piece, strict=strict)[0]


def read_piece(path: str, from_: str | None, *, piece: int = 1, strict: bool = False) -> "tuple[Score, bytes]":
    """Return the score and the bytes of a file, or of stdin for `-`.

    Raises as `read_score` does.
    """
    from componium import formats
    from componium.errors import FormatError

    suffix = suffix_of(path, from_, "--from")
    module = formats.find_reader(suffix)
    try:
        data = read_bytes(path)
        if piece == 1 or not hasattr(module, "loads_many"):
            return _piece([_with_coverage(module.loads(data, strict=strict), suffix)], piece), data
        return _piece(module.loads_many(data, strict=strict), piece), data
    except FormatError as error:
        raise error.within("stdin" if path == "-" else path) from error


def _with_coverage(score: "Score", suffix: str) -> "Score":
    """Return the score; print its coverage, if the file is a recording."""
    if score.about("recording_seconds"):
        from componium.formats import recording
        from componium.transcription import coverage

        if suffix not in recording.SUFFIXES:  # transcribed at an earlier time
            return score
        print_message("; ".join(filter(None, (f"transcribed: {coverage.measure([score])}", coverage.advice()))))
    return score


def read_bytes(path: str) -> bytes:
    """Return the bytes of a file, or of stdin for `-`.

    Raises FormatError for a closed stdin, LimitError for a file that is too large, OSError.
    """
    from componium import formats
    from componium.errors import FormatError, LimitError

    if path == "-" and sys.stdin is None:
        raise FormatError("it is closed", expected="a file or a program that is sent to it")
    with click.open_file(path, "rb") as file:
        data: bytes = file.read(formats.MAX_BYTES + 1)
    if len(data) > formats.MAX_BYTES:
        raise LimitError("the file is too large", expected=f"at most {formats.MAX_BYTES} bytes")
    return data


def _piece(scores: list["Score"], piece: int) -> "Score":
    from componium.errors import FormatError

    if piece > len(scores):
        raise FormatError(f"there is no piece {piece}", expected=f"1 to {len(scores)}")
    return scores[piece - 1]


def writer(target: str, to: str | None) -> "Callable[[Score | Played], None]":
    """Return a function that writes a piece to a file, or to stdout for `-`.

    Raises UsageError for `-` without a format, UnknownNameError for a format that isn't written.
    """
    from componium import formats

    suffix = suffix_of(target, to, "--to")
    write = formats.find_writer(suffix)
    return lambda piece: deliver(target, suffix, lambda path: write(piece, path))


def deliver(path: str, suffix: str, write: Callable[[Path], None]) -> None:
    """Call `write` to write a file of a suffix to `path`, or to stdout for `-`."""
    if path != "-" and Path(path).suffix.lower() == suffix:
        write(Path(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"out{suffix}"
        write(made)
        data = made.read_bytes()
    if path == "-":
        to_stdout(data, suffix)
    else:
        from componium._files import write_atomic

        write_atomic(Path(path), data)


def to_stdout(data: bytes, suffix: str) -> None:
    """Write bytes to stdout. Raises UsageError for anything but text on a terminal."""
    if suffix not in TEXTS and sys.stdout.isatty():
        raise click.UsageError(f"{suffix} is not text: send stdout to a file or a program")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_message(text: str) -> None:
    """Print a message on stderr."""
    click.echo(text, err=True)


LINE_EVERY = 30.0  # seconds, off a terminal


@contextmanager
def progress() -> "Iterator[type_on_progress]":
    """Yield a callback that reports progress on stderr.

    Each stage gets a bar on a terminal, and off it a line now and then.
    """
    with ExitStack() as stack:
        yield reporter(stack)


def reporter(stack: ExitStack) -> "type_on_progress":
    """Return a callback that reports each stage by a bar of its own.

    The next stage, or closing the stack, ends a bar.
    """
    stages: dict[str, type_on_progress] = {}

    def report(progress: "Progress") -> None:
        if progress.stage not in stages:
            stack.close()
            stages.clear()
            stages[progress.stage] = stack.enter_context(progress_bar(progress.stage))
        stages[progress.stage](progress)

    return report


@contextmanager
def progress_bar(stage: str) -> "Iterator[type_on_progress]":
    """Yield a callback that reports one stage."""
    if not sys.stderr.isatty():
        yield _line_reporter(stage)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.table import Column

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[text]}", table_column=Column(no_wrap=True, overflow="ellipsis")))  # fmt: skip
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(stage, total=None, text="")
        yield lambda progress: bars.update(task, completed=progress.done, total=progress.total, text=progress.text)


def _line_reporter(stage: str) -> "type_on_progress":
    printed = time.monotonic()

    def report(progress: "Progress") -> None:
        nonlocal printed
        if time.monotonic() - printed >= LINE_EVERY:
            printed = time.monotonic()
            print_message(", ".join(filter(None, (f"{stage}: {progress.done} of {progress.total}", progress.text))))

    return report
