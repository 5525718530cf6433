"""Compare methods on one corpus, side by side."""

from pathlib import Path

import click

from componium.cli import _io


@click.command()
@click.option("--methods", "names", required=True, metavar="NAMES",
              help="Methods, with parameters if wished (markov:order=3; order=1..4 for each), recipes (.toml), folders "
                   "of models, or shipped.")
@click.option("--corpus", required=True, metavar="NAMES", help="Corpora or folders to learn from.")
@click.option("-n", "--takes", type=click.IntRange(min=2), default=50, show_default=True, help="Pieces of each style.")
@click.option("--bars", type=click.IntRange(4, 1024), default=16, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same for every method.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=2.0, show_default=True,
              help="Time that each neural method trains at most.")
@click.option("--no-likelihood", is_flag=True, help="Leave out the nats of held-out pieces, which take longest.")
@click.option("--pieces", type=click.IntRange(min=1), default=40, show_default=True,
              help="Held-out pieces of each style to measure nats on.")
@click.option("--html", type=click.Path(path_type=Path), help="Write everything as a page to this file.")
@_io.json_option
def command(
    *, names: str, corpus: str, takes: int, bars: int, seed: int, minutes: float, no_likelihood: bool, pieces: int,
    html: Path | None, as_json: bool
) -> None:
    """Fit methods to one corpus, compose with the same seed, and measure alike.

    What a method can't do is n/a, with the reason below the tables.

    \b
    Examples:
      componium compare --methods markov,ensemble,shipped --corpus chorales,fiddle
      componium compare --methods uniform,markov:order=1..4,recipes/notechord-lstm.toml --corpus chorales --minutes 5
      componium compare --methods markov,runs/mine --corpus my-folder --html compared.html
    """
    from componium.evaluation import report
    from componium.evaluation.comparison import compare
    from componium.learning.recipes import entries

    methods = entries(names)
    with _io.progress() as on_progress:
        rows = compare(methods, corpus, n=takes, bars=bars, seed=seed, minutes=minutes, likelihood=not no_likelihood,
                       pieces=pieces, on_progress=on_progress)
    if html:
        from componium._files import write_atomic

        write_atomic(html, report.to_html(rows, f"{takes} takes of {bars} bars, seed {seed}, {corpus}").encode())
    if as_json:
        _io.print_json([row.to_json() for row in rows])
        return
    for style, table in report.tables(rows).items():
        click.echo(f"{style}\n")
        _io.print_table(table)
        click.echo()
    click.echo(report.ABOUT)
    for line in report.reasons(rows):
        _io.print_message(line)
