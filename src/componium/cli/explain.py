"""Explain why the notes of a bar were chosen."""

from pathlib import Path

import click

from componium.cli import _io, _verbs


@click.command()
@click.argument("take", metavar="TAKE")
@click.option("--bar", type=click.IntRange(min=0), required=True,
              help="The bar, numbered as on a page: a pickup is 0.")
@click.option("--voice", default="1", show_default=True, metavar="N|NAME",
              help="The voice, from 1 at the top, or by name: soprano, alto, tenor, bass, or a track's.")
@click.option("--method", "--model", "method", metavar="DIR|NAME",
              help="A model saved by `train`, or a method by name.  [default: the take's, else shipped]")
@click.option("--corpus", metavar="NAME|DIR", help="What a method given by name learns from first: a corpus or folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="A file to write instead: .txt, .json, .png, .svg.")
@_io.json_option
def command(
    *, take: str, bar: int, voice: str, method: str | None, corpus: str | None, output: Path | None, as_json: bool
) -> None:
    """Explain the notes of one bar and voice of TAKE.

    TAKE is a take's .json, whose notes are read from the file of music beside it, or any file of music. For each note:
    the chances of each pitch, of the model alone and as it was drawn; its surprise in bits; the constraints that
    forbade pitches or changed their chances, in nats; and the nearest passage learned from. Rules name those that each
    pitch would break, a grammar the productions that were expanded.

    \b
    Examples:
      componium explain takes/chorales-D_minor-3-4-seed3-1.json --bar 5 --voice alto
      componium explain tune.mid --bar 2 -o why.png
      componium explain tune.mid --bar 2 --method markov --corpus my-folder --json
    """
    from componium.composing.record import read_take
    from componium.evaluation.explanation import explain

    read = read_take(take)
    with _io.progress() as on_progress:
        why = explain(read, _verbs.bar_index(read.score, bar, "--bar"),
                      int(voice) - 1 if voice.isdecimal() else voice, method=method, corpus=corpus,
                      on_progress=on_progress)
    if output:
        why.write(output)
        click.echo(output)
    elif as_json:
        _io.print_json(why.to_json())
    else:
        click.echo(why)
