"""`componium train`: learn a style from corpora or folders of music, or repeat a recipe."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io, _learning

if TYPE_CHECKING:
    from componium.corpora import Corpus
    from componium.learning.recipes import Recipe
    from componium.methods import Method


@click.command()
@click.argument("music", metavar="[CORPUS_OR_FOLDER]...", nargs=-1)
@click.option("--method", help="What learns; `componium methods` lists them.  [default: transformer]")
@_learning.out_option
@_learning.minutes_option
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same training.  [default: 0]")
@click.option("--start", metavar="MODEL", help='Go on from a model: "default" (the shipped one) or a folder.')
@_learning.set_option
@_learning.resume_option
@click.option("--recipe", type=click.Path(path_type=Path), help="A TOML file that says all this; options win over it.")
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
    """Learn from corpora by name ("chorales") or folders of music, and save the model to a folder.

    The folder is what `componium compose --method FOLDER` takes. Ctrl-C stops; --resume goes on.

    \b
    Examples:
      componium train my-folder --start default --out runs/mine --minutes 10
      componium train chorales fiddle --method markov --set order=4 --out runs/plain
      componium train --recipe recipes/default.toml --out runs/default
    """
    from componium.learning import recipes

    plan = _planned(recipe, music, method)
    begun = {"start": start} if start else {}
    given = _settings(plan.method, minutes, seed)
    parameters = _learning.merged(plan.parameters, given, begun, *map(_learning.parsed, sets))
    plan = replace(plan, parameters=parameters)
    learner = plan.build()
    _learning.check_free(out, resume)
    with _io.progress_bar(f"reading {plan.corpus}") as progress:
        corpus = plan.load_corpus(progress)
    _io.said(f"{plan.method} learns from {len(corpus.train):,} pieces, chooses by {len(corpus.validation):,} others")
    _fit(learner, corpus, out, resume)
    learner.save(out, about=recipes.describe(plan, corpus))
    click.echo(out)


def _planned(path: Path | None, music: tuple[str, ...], method: str | None) -> "Recipe":
    """The recipe in a file, or one without settings, with what is named instead. UsageError if no music is."""
    from componium.learning import recipes

    plan = recipes.read(path) if path else recipes.Recipe("transformer", "")
    plan = replace(plan, method=method or plan.method, corpus=",".join(music) or plan.corpus)
    if not plan.corpus:
        raise click.UsageError("nothing to learn from: name a corpus, a folder of music, or a --recipe")
    return plan


def _fit(learner: "Method", corpus: "Corpus", out: Path, resume: bool) -> None:

    with _io.progress_bar("training") as progress:
        learner.fit(corpus, run_dir=out, resume=resume, on_progress=progress)


def _settings(method: str, minutes: float | None, seed: int | None) -> dict[str, Any]:
    """Minutes and seed where this method has them. Raises UsageError for minutes where it has none."""
    from componium import methods

    known = methods.make(method).get_params()
    given = {name: value for name, value in (("minutes", minutes), ("seed", seed)) if value is not None}
    if "training" in known:
        return {"training": given} if given else {}
    if minutes is not None:
        raise click.UsageError(f"{method} has no use for --minutes: it learns in one pass")
    return given if "seed" in known else {}
