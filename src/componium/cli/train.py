"""`componium train`: learn a style from corpora or folders of music, or repeat a recipe (see componium.recipes)."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.corpora import Corpus
    from componium.methods import Method
    from componium.recipes import Recipe


@click.command()
@click.argument("music", metavar="[CORPUS_OR_FOLDER]...", nargs=-1)
@click.option("--method", help="What learns; `componium methods` lists them.  [default: transformer]")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the model.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long, keeping the best.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same training.  [default: 0]")
@click.option("--start", metavar="MODEL", help='Go on from a model: "default" (the shipped one) or a folder.')
@click.option("--set", "sets", metavar="NAME=VALUE", multiple=True, help="A parameter: order=3, training.steps=500.")
@click.option("--resume", is_flag=True, help="Go on where a stopped training in the same folder was.")
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
    from componium import recipes

    plan = _planned(recipe, music, method)
    begun = {"start": start} if start else {}
    parameters = _merged(plan.parameters, _settings(plan.method, minutes, seed), begun, *map(_parsed, sets))
    plan = replace(plan, parameters=parameters)
    learner = plan.build()
    if not resume and out.is_dir() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty: --resume goes on there, or choose another folder")
    with _io.progress_bar(f"reading {plan.corpus}") as progress:
        corpus = plan.load_corpus(progress)
    _io.said(f"{plan.method} learns from {len(corpus.train):,} pieces, chooses by {len(corpus.validation):,} others")
    _fit(learner, corpus, out, resume)
    learner.save(out, about=recipes.describe(plan, corpus))
    click.echo(out)


def _planned(path: Path | None, music: tuple[str, ...], method: str | None) -> "Recipe":
    """The recipe in a file, or one without settings, with what is named instead. UsageError if no music is."""
    from componium import recipes

    plan = recipes.read(path) if path else recipes.Recipe("transformer", "")
    plan = replace(plan, method=method or plan.method, corpus=",".join(music) or plan.corpus)
    if not plan.corpus:
        raise click.UsageError("nothing to learn from: name a corpus, a folder of music, or a --recipe")
    return plan


def _fit(learner: "Method", corpus: "Corpus", out: Path, resume: bool) -> None:
    from componium.methods import Run

    with _io.progress_bar("training") as progress:
        learner.fit(corpus, Run(out, resume, progress))


def _settings(method: str, minutes: float | None, seed: int | None) -> dict[str, Any]:
    """Minutes and seed where this method has them. Raises UsageError for minutes where it has none."""
    from componium import methods

    known = methods.make(method).parameters()
    given = {name: value for name, value in (("minutes", minutes), ("seed", seed)) if value is not None}
    if "training" in known:
        return {"training": given} if given else {}
    if minutes is not None:
        raise click.UsageError(f"{method} has no use for --minutes: it learns in one pass")
    return given if "seed" in known else {}


def _parsed(text: str) -> dict[str, Any]:
    """What TOML makes of `order=3` or `training.steps=500`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise click.UsageError(f"--set {text}: expected NAME=VALUE in TOML, such as order=3") from error


def _merged(first: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """The later win, table by table."""
    merged = dict(first)
    for other in others:
        for name, value in other.items():
            both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
            merged[name] = _merged(merged[name], value) if both else value
    return merged
