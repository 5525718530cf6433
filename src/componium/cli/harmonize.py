"""Set further parts under a melody, or chord symbols over it."""

from typing import Any

import click

from componium.cli import _changed, _io, _verbs


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="[IN] OUT")
@click.option("--voices", type=click.IntRange(min=2), default=4, show_default=True, help="Parts in all.")
@click.option("--chords-only", is_flag=True, help="Write chord symbols, and no parts.")
@click.option("--tries", type=click.IntRange(min=1, max=64), default=1, show_default=True,
              help="By a model: set the parts N times, then once to the chords that most have.")
@click.option("--style", help="The style of the parts; not with hmm and rules.  [default: that of IN, else chorales]")
@click.option("--method", metavar="NAME|DIR",
              help="hmm, rules, or a model saved by `train`.  [default: hmm]")
@click.option("--corpus", help="What a method by name learns from: a corpus or folder.  [default: chorales]")
@click.option("--given", type=click.Choice(["soprano", "bass"]), help="Rules: the part that IN is.  [default: soprano]")
@click.option("--numerals", help='Rules: the chords, such as "I vi ii6 V I", one a beat; then IN may be left out.')
@click.option("--key", help="The key of IN, where it states none or another; or that of the numerals.")
@click.option("--seed", type=click.IntRange(min=0), help="Draw the chords; without, the same are taken each time.")
@_verbs.file_options
def command(
    *, paths: tuple[str, ...], numerals: str | None, from_: str | None, output: _verbs.Output, **options: Any
) -> None:
    """Set further parts under the melody IN; `-` is stdin or stdout.

    The melody is the first part, and is kept note for note. The rules are those of four-part textbooks; where they
    can't set a melody, the rules that clash are named.

    \b
    Examples:
      componium harmonize tune.musicxml hymn.musicxml
      componium harmonize tune.abc hymn.mid --seed 3
      componium harmonize tune.musicxml song.musicxml --chords-only
      componium harmonize tune.abc hymn.mid --method shipped --tries 8
      componium harmonize tune.musicxml hymn.mid --method rules
      componium harmonize hymn.mid --method rules --numerals "I vi ii6 V I" --key "D major"
    """
    from componium.composing.harmonize import harmonize

    if len(paths) > 2 or (len(paths) == 1 and not numerals):
        raise click.UsageError("IN and OUT are needed, or OUT alone with --numerals")
    _verbs.check_target(paths[-1], output)
    piece = _changed.read(paths[0], from_) if len(paths) == 2 else None
    melody = piece.score if piece else None
    with _io.progress() as on_progress:
        take = harmonize(melody, numerals=numerals, on_progress=on_progress, **options)
    _verbs.write_takes(take, paths[-1], output, source=piece)
