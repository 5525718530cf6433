"""Tell how far generated music can be told from real music."""

from pathlib import Path

import click

from componium.cli import _io


@click.command()
@click.argument("generated", nargs=-1, required=True, metavar="GENERATED...")
@click.option("--corpus", required=True, metavar="NAMES", help="Corpora or folders with the real pieces.")
@click.option("--style", "styles", multiple=True, metavar="STYLE", help="May be given again.  [default: the corpus']")
@click.option("--bars", type=click.IntRange(4, 1024), default=16, show_default=True, help="Of all pieces compared.")
@click.option("-n", "--takes", type=click.IntRange(min=10), default=100, show_default=True, help="Takes of each style.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--against", type=click.Choice(["held-out", "validation", "test", "all"]), default="held-out",
              show_default=True, help="Real pieces: validation and test, one of them, or all.")
@click.option("--without", metavar="FEATURE", multiple=True, help="Leave out a feature, or a group of them.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the features to this .png or .svg.")
@_io.json_option
def command(
    *, generated: tuple[str, ...], corpus: str, styles: tuple[str, ...], bars: int, takes: int, seed: int,
    against: str, without: tuple[str, ...], picture: Path | None, as_json: bool
) -> None:
    """Compare generated pieces with real ones, feature by feature and by classifiers.

    GENERATED are methods, which learn from the corpus first, models (a folder, or shipped), and folders of takes.

    \b
    Examples:
      componium realism shipped --corpus fiddle --style jig --bars 32
      componium realism markov shipped --corpus chorales --picture realism.png
      componium realism my-takes --corpus fiddle --style reel
    """
    from componium.evaluation import realism_report as report
    from componium.evaluation.verdict import judge

    with _io.progress() as on_progress:
        verdicts = judge(generated, corpus, styles=styles, bars=bars, n=takes, seed=seed, against=against,
                         without=without, on_progress=on_progress)  # fmt: skip
    if picture:
        report.draw(verdicts, picture)
    if as_json:
        _io.print_json([verdict.to_json() for verdict in verdicts])
        return
    for verdict in verdicts:
        click.echo("\n".join(report.heading(verdict)) + "\n")
        for table in report.tables(verdict):
            _io.print_table(table)
            click.echo()
