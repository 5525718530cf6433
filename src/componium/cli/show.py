"""Draw a piece in the terminal."""

import click

from componium.cli import _io


@click.command()
@click.argument("source", metavar="IN")
@_io.from_option
@_io.piece_option
@_io.strict_option
@click.option("--width", type=click.IntRange(20, 1000), help="Columns. Default: the terminal's.")
@click.option("--color/--no-color", default=None, help="Color the parts. Default: on a terminal.")
def command(
    *, source: str, from_: str | None, piece: int, strict: bool, width: int | None, color: bool | None
) -> None:
    """Draw the piece IN as a piano roll in the terminal; `-` is stdin."""
    from componium.render.show import show

    show(_io.read_score(source, from_, piece=piece, strict=strict), width=width, color=color)
