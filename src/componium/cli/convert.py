"""Convert a piece from one format to another."""

import click

from componium.cli import _io


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@_io.from_option
@_io.to_option
@_io.piece_option
@_io.strict_option
def command(*, source: str, target: str, from_: str | None, to: str | None, piece: int, strict: bool) -> None:
    """Convert the piece IN to OUT, by their suffixes; `-` is stdin or stdout.

    A broken file is repaired where that is possible, with a warning for each repair. What the format of OUT cannot
    carry is left out; `componium formats` lists it.

    \b
    Examples:
      componium convert tune.abc tune.mid
      componium convert chorale.mxl - --to mid > chorale.mid
      componium convert book.abc tune.mid --piece 12
    """
    from componium import formats

    suffix = _io.suffix_of(target, to, "--to")
    writer = formats.find_writer(suffix)  # an unknown suffix is refused before anything is read
    score = _io.read_score(source, from_, piece=piece, strict=strict)
    _io.deliver(target, suffix, lambda path: writer(score, path))
