"""Plot a piece, a corpus or a training run, or two side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.render.plots.log import Log
    from componium.render.plots.panels import Music


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="IN [IN2] OUT")
@click.option(
    "--kind", default="all", show_default=True, metavar="KIND",
    help="roll, scatter, histograms, profile, transitions, loss, or all that apply.",
)  # fmt: skip
@click.option("--relative", is_flag=True, help="Count pitch classes from each piece's tonic.")
@click.option("--pitches", is_flag=True, help="Transitions of pitches, not of pitch classes.")
@click.option("--name", "names", multiple=True, help="The heading, once for each input. Default: its title or file.")
@_io.from_option
@_io.to_option
@click.option(
    "--piece", type=click.IntRange(min=1), default=1, show_default=True,
    help="Which piece of a tune book; of a corpus, the one in roll and scatter.",
)  # fmt: skip
@_io.strict_option
def command(
    *,
    paths: tuple[str, ...],
    kind: str,
    relative: bool,
    pitches: bool,
    names: tuple[str, ...],
    from_: str | None,
    to: str | None,
    piece: int,
    strict: bool,
) -> None:
    """Plot IN to OUT, a .png or .svg; with IN2, both side by side on shared scales.

    An input is a file of music, a folder of them, a corpus by name, or the folder of a training run; `-` is stdin or
    stdout.

    \b
    Examples:
      componium plot tune.mid tune.png
      componium plot takes chorales compared.svg --kind histograms
      componium plot fiddle tunes.png --kind transitions --relative
      componium plot runs/mine loss.png
    """
    from componium.render import plots

    *inputs, target = paths
    if not 1 <= len(inputs) <= 2:
        raise click.UsageError("give one input or two, and then the file to write: IN [IN2] OUT")
    if len(names) not in (0, len(inputs)):
        raise click.UsageError(f"{len(names)} names for {len(inputs)} inputs: give --name once for each, or not at all")
    suffix = _io.suffix_of(target, to, "--to")
    if suffix not in plots.FIGURE_SUFFIXES:
        known = " or ".join(plots.FIGURE_SUFFIXES)
        raise click.UsageError(f"can't plot to {suffix or 'a file without a suffix'}: {known}")
    plots.check_kind(kind)
    sides = [_side(path, _at(names, at), from_, piece, strict) for at, path in enumerate(inputs)]
    data = plots.render(sides, kind, suffix, relative=relative, pitches=pitches)
    _io.deliver(target, suffix, lambda path: write(path, data))


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    from componium._files import write_atomic

    write_atomic(path, data)


def _at(names: Sequence[str], at: int) -> str:
    return names[at] if names else ""


def _side(path: str, name: str, from_: str | None, piece: int, strict: bool) -> "Music | Log":
    """Return what to plot of one input, under a name.

    It is a run's log, a piece, or a corpus. Raises ComponiumError, OSError.
    """
    from dataclasses import replace

    from componium.render.plots import Music, is_log, read_log

    if path != "-" and is_log(Path(path)):
        log = read_log(path)
        return replace(log, name=name or log.name)
    if path == "-" or _is_file(path):
        score = _io.read_score(path, from_, piece=piece, strict=strict)
        return Music(name or score.title or ("Untitled" if path == "-" else Path(path).stem), (score,))
    return _corpus(path, name, piece)


def _is_file(path: str) -> bool:
    """Return True if a path is meant as a file of music, not a corpus.

    It is a file, or it isn't there but is named like one.
    """
    from componium import corpora, formats

    if path in corpora.names() or Path(path).is_dir():
        return False
    return Path(path).is_file() or Path(path).suffix.lower() in formats.readable_suffixes()


def _corpus(path: str, name: str, piece: int) -> "Music":
    from componium.composing.model import resolve_corpus
    from componium.errors import CorpusError
    from componium.render.plots import Music

    with _io.progress() as on_progress:
        corpus = resolve_corpus(path, on_progress)
    if piece > len(corpus):
        raise CorpusError(f"there is no piece {piece}", where=path, expected=f"1 to {len(corpus)}")
    count = f"{len(corpus):,} piece{'s' if len(corpus) > 1 else ''}"
    return Music(name or f"{Path(path).name or path} ({count})", corpus.scores, piece - 1)
