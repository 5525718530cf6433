"""Learn a style from a corpus or a folder of music."""

from pathlib import Path

import click

from componium.cli import _io, _learning


@click.command()
@click.argument("music", metavar="[CORPUS_OR_FOLDER]...", nargs=-1)
@click.option("--method", help="The method that learns; `componium methods` lists them.  [default: transformer]")
@_learning.out_option
@_learning.minutes_option
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same training.  [default: 0]")
@click.option("--start", metavar="MODEL", help='Continue from a model: "default" (the shipped one) or a folder.')
@_learning.set_option
@_learning.resume_option
@click.option("--recipe", type=click.Path(path_type=Path), help="A TOML file with all this; options override it.")
def command(
    *,
    music: tuple[str, ...],
    method: str | None,
    out: Path,
    minutes: float | None,
    seed: int | None,
    start: str | None,
    sets: tuple[str, ...],
    resume: bool,
    recipe: Path | None,
) -> None:
    """Learn from corpora or folders of music, and save the model to a folder.

    Corpora are given by name, such as chorales. The folder is what `componium compose --method FOLDER` takes. Ctrl-C
    stops; --resume continues.

    \b
    Examples:
      componium train my-folder --start default --out runs/mine --minutes 10
      componium train chorales fiddle --method markov --set order=4 --out runs/plain
      componium train --recipe recipes/default.toml --out runs/default
    """
    from componium.learning import recipes
    from componium.learning.train import LEARNER, train

    plan = recipes.read(recipe) if recipe else recipes.Recipe(method or LEARNER, "")
    corpus = ",".join(music) or plan.corpus
    if not corpus:
        raise click.UsageError("nothing to learn from: name a corpus, a folder of music, or a --recipe")
    params = recipes.merge(plan.parameters, *map(_learning.parsed, sets))
    with _io.progress() as on_progress:
        folder = train(corpus, out, method=method or plan.method, params=params, repeats=plan.repeats,
                       minutes=minutes, seed=seed, start=start, resume=resume, on_progress=on_progress)
    click.echo(folder)
