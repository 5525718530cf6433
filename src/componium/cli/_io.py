"""What the commands share: scores from files or stdin, results to files or stdout, and JSON."""

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from componium.music.score import Score

TEXTS = {".abc", ".json", ".krn", ".ly", ".musicxml", ".txt", ".xml"}  # what may be written to a terminal

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
    """The suffix, with its dot, that says the format: `format_` if it is given, else the path's own.

    Raises UsageError for stdin or stdout without a format.
    """
    if format_:
        return "." + format_.lower().lstrip(".")
    if path == "-":
        raise click.UsageError(f"'-' has no suffix: say its format with {option}, such as {option} mid")
    return Path(path).suffix.lower()


def read_score(path: str, from_: str | None, *, piece: int = 1, strict: bool = False) -> "Score":
    """The score in a file, or in stdin for `-`. Raises as `componium.read` does, or FormatError."""
    from componium import formats
    from componium.errors import FormatError, LimitError

    module = formats.find_reader(suffix_of(path, from_, "--from"))
    with click.open_file(path, "rb") as file:
        data = file.read(formats.MAX_BYTES + 1)
    try:
        if len(data) > formats.MAX_BYTES:
            raise LimitError("the file is too large", expected=f"at most {formats.MAX_BYTES} bytes")
        if piece == 1 or not hasattr(module, "loads_many"):
            return _piece([module.loads(data, strict=strict)], piece)
        return _piece(module.loads_many(data, strict=strict), piece)
    except FormatError as error:
        raise error.within("stdin" if path == "-" else path) from error


def _piece(scores: list["Score"], piece: int) -> "Score":
    from componium.errors import FormatError

    if piece > len(scores):
        raise FormatError(f"there is no piece {piece}", expected=f"1 to {len(scores)}")
    return scores[piece - 1]


def deliver(path: str, suffix: str, write: Callable[[Path], None]) -> None:
    """Have `write` write a file of that suffix at `path`, or send it to stdout for `-`."""
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
    """Write bytes to stdout; raises UsageError if they aren't text and stdout is a terminal."""
    if suffix not in TEXTS and sys.stdout.isatty():
        raise click.UsageError(f"{suffix} is not text: send stdout to a file or a program")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def said(text: str) -> None:
    """Say something on stderr."""
    click.echo(text, err=True)


type_progress = Callable[..., None]  # (done, total, words="")
LINE_EVERY = 30.0  # seconds, off a terminal


@contextmanager
def progress_bar(label: str) -> Iterator[type_progress]:
    """What is yielded tells of progress on stderr: by a bar on a terminal, else by a line now and then."""
    if not sys.stderr.isatty():
        yield _liner(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, words="")
        yield lambda done, total, words="": bar.update(task, completed=done, total=total, words=words)


def stages(stack: ExitStack) -> Callable[..., None]:
    """What tells of several things in turn, (what, done, total, words=""), each by a bar of its own, which the next
    one, or closing the stack, ends."""
    tellers: dict[str, type_progress] = {}

    def tell(what: str, done: int, total: int, words: str = "") -> None:
        if what not in tellers:
            stack.close()
            tellers[what] = stack.enter_context(progress_bar(what))
        tellers[what](done, total, words)

    return tell


def _liner(label: str) -> type_progress:
    told = time.monotonic()

    def tell(done: int, total: int, words: str = "") -> None:
        nonlocal told
        if time.monotonic() - told >= LINE_EVERY:
            told = time.monotonic()
            said(f"{label}: {done} of {total} {words}".rstrip())

    return tell


def summary(doc: str | None) -> str:
    """The first sentence of a docstring.

    >>> summary("Dice: bars drawn by lot. After Mozart.")
    'Dice: bars drawn by lot.'
    """
    first = " ".join((doc or "").strip().partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z)]\.) (?=[A-Z])", first, maxsplit=1)[0]
