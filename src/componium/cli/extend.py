"""Continue a piece by further bars."""

from typing import Any

import click

from componium.cli import _io, _verbs


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--bars", type=click.IntRange(min=1), default=8, show_default=True, help="Further bars.")
@click.option("--ending", type=click.Choice(["auto", "closed", "open"]), default="auto", help="closed: on the tonic.")
@_verbs.take_options
def command(*, source: str, target: str, bars: int, from_: str | None, output: _verbs.Output,
            **options: Any) -> None:
    """Continue the piece IN by further bars, into OUT.

    \b
    Examples:
      componium extend tune.mid longer.mid
      componium extend hymn.musicxml longer.musicxml --bars 4 --ending closed
    """
    from componium.composing.extend import extend

    _verbs.check_target(target, output, options["n"])
    score = _io.read_score(source, from_)
    with _io.progress() as on_progress:
        made: Any = extend(score, bars, on_progress=on_progress, **options)
    _verbs.write_takes(made, target, output)
