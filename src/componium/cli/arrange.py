"""Arrange a piece for other instruments."""

from typing import Any

import click

from componium.cli import _io, _verbs


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--instruments", required=True, help='One a part from the top, by name: "violin,viola,cello".')
@click.option("--keep", type=click.Choice(["outer", "melody"]), default="outer", show_default=True,
              help="The voices that stay: highest and lowest, or highest alone.")
@_verbs.take_options
def command(*, source: str, target: str, instruments: str, from_: str | None,
            output: _verbs.Output, **options: Any) -> None:
    """Arrange the piece IN for other instruments, into OUT.

    Its outer voices are kept, moved by octaves into the ranges of the first and the last instrument; all others are
    written anew. A keyboard has two parts, its hands.

    \b
    Examples:
      componium arrange hymn.mid trio.mid --instruments "violin,viola,cello"
      componium arrange tune.abc song.musicxml --instruments piano --keep melody
    """
    from componium.composing.arrange import arrange

    _verbs.check_target(target, output, options["n"])
    score = _io.read_score(source, from_)
    with _io.progress() as on_progress:
        made: Any = arrange(score, instruments, on_progress=on_progress, **options)
    _verbs.write_takes(made, target, output)
