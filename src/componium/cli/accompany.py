"""Write parts for further instruments beside a tune."""

from typing import Any

import click

from componium.cli import _io, _verbs


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--instruments", default="piano", show_default=True, help='By name: "piano", "cello,drums".')
@_verbs.take_options
def command(*, source: str, target: str, instruments: str, from_: str | None,
            output: _verbs.Output, **options: Any) -> None:
    """Write parts for further instruments beside the tune IN, into OUT.

    The tune is kept note for note, and its chord symbols are followed. A keyboard has two parts, its hands.

    \b
    Examples:
      componium accompany tune.musicxml song.musicxml
      componium accompany tune.mid song.mid --instruments "guitar,bass,drums" -n 2
    """
    from componium.composing.accompany import accompany

    _verbs.check_target(target, output, options["n"])
    score = _io.read_score(source, from_)
    with _io.progress() as on_progress:
        made: Any = accompany(score, instruments, on_progress=on_progress, **options)
    _verbs.write_takes(made, target, output)
