"""`componium train`: learn a style from corpora or folders of music, or repeat a recipe.

A recipe is a TOML file:

    music = ["chorales", "fiddle"]     # corpora by name, or folders
    method = "transformer"
    [parameters]                       # of the method's constructor
    n_layer = 4
    [parameters.training]              # of training.Settings, where the method is neural
    minutes = 30
    seed = 0
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

import componium
from componium.cli import _io
from componium.errors import ComponiumError, ControlError

if TYPE_CHECKING:
    from componium.corpora import Corpus
    from componium.methods import Method


@dataclass(frozen=True)
class Recipe:
    """What to learn from, what learns, and how."""

    music: tuple[str, ...] = ()
    method: str = "transformer"
    parameters: dict[str, Any] = field(default_factory=dict)

    def make(self) -> "Method":
        """The method, not yet fitted. Raises UnknownNameError, ControlError for a parameter that it can't have."""
        from componium import methods

        known = methods.make(self.method).parameters()
        for name, value in self.parameters.items():
            if name not in known:
                raise ControlError(f"{self.method} has no parameter {name!r}", expected=f"one of {', '.join(known)}")
            if isinstance(known[name], int | float) and not isinstance(value, int | float):
                raise ControlError(f"{name} is {value!r}", expected=f"a number, such as {known[name]}")
        return methods.make(self.method, **self.parameters)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file. Raises ControlError, naming the file, for anything that isn't one; OSError."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ControlError(f"not a recipe: {error}", where=str(path), expected="TOML") from error
    unknown = sorted(found.keys() - {"music", "method", "parameters"})
    if unknown:
        raise ControlError(f"a recipe has no {unknown[0]!r}", where=str(path), expected="music, method, parameters")
    recipe = Recipe(**{**found, "music": tuple(found.get("music", ()))})
    try:
        recipe.make()
    except ComponiumError as error:
        raise error.within(str(path)) from error
    return recipe


@click.command()
@click.argument("music", metavar="[CORPUS_OR_FOLDER]...", nargs=-1)
@click.option("--method", help="What learns; `componium methods` lists them.  [default: transformer]")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the model.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long, keeping the best.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same training.  [default: 0]")
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
    sets: tuple[str, ...],
    resume: bool,
    recipe: Path | None,
) -> None:
    """Learn from corpora by name ("chorales") or folders of music, and save the model to a folder.

    The folder is what `componium compose --method FOLDER` takes. Ctrl-C stops; --resume goes on.

    \b
    Examples:
      componium train my-folder --out runs/mine --minutes 30
      componium train chorales fiddle --method markov --set order=4 --out runs/plain
      componium train --recipe recipes/default.toml --out runs/default
    """
    plan = read_recipe(recipe) if recipe else Recipe()
    plan = replace(plan, music=music or plan.music, method=method or plan.method)
    if not plan.music:
        raise click.UsageError("nothing to learn from: name a corpus, a folder of music, or a --recipe")
    plan = replace(plan, parameters=_merged(plan.parameters, _settings(plan, minutes, seed), *map(_parsed, sets)))
    learner = plan.make()
    if not resume and out.is_dir() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty: --resume goes on there, or choose another folder")
    corpus = _load(plan.music)
    _io.said(f"{plan.method} learns from {len(corpus.train):,} pieces, chooses by {len(corpus.validation):,} others")
    started = monotonic()
    _fit(learner, corpus, out, resume)
    learner.save(out, about=_about(plan, corpus, monotonic() - started))
    click.echo(out)


def _fit(learner: "Method", corpus: "Corpus", out: Path, resume: bool) -> None:
    from componium.methods._base import Run

    try:
        with _io.progress_bar("training") as progress:
            learner.fit(corpus, Run(out, resume, progress))
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):  # Lightning makes an exit with 1 of Ctrl-C
            raise KeyboardInterrupt from end
        raise


def _settings(plan: Recipe, minutes: float | None, seed: int | None) -> dict[str, Any]:
    """Where this method wants to hear of minutes and seed. Raises UsageError if it has no use for the minutes."""
    known = replace(plan, parameters={}).make().parameters()
    given = {name: value for name, value in (("minutes", minutes), ("seed", seed)) if value is not None}
    if "training" in known:
        return {"training": given} if given else {}
    if minutes is not None:
        raise click.UsageError(f"{plan.method} has no use for --minutes: it learns in one pass")
    return given if "seed" in known else {}


def _parsed(text: str) -> dict[str, Any]:
    """`order=3` or `training.steps=500` as what TOML makes of it; a word needs no quotes."""
    name, equals, value = text.partition("=")
    for written in (value, f'"{value}"') if equals else ():
        try:
            return tomllib.loads(f"{name} = {written}")
        except tomllib.TOMLDecodeError:
            continue
    raise click.UsageError(f"--set {text}: expected NAME=VALUE, such as order=3")


def _merged(first: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """The later win, table by table."""
    merged = dict(first)
    for other in others:
        for name, value in other.items():
            both = isinstance(value, dict) and isinstance(merged.get(name), dict)
            merged[name] = _merged(merged[name], value) if both else value
    return merged


def _load(names: Sequence[str]) -> "Corpus":
    from componium import corpora

    found = []
    for name in dict.fromkeys(names):
        with _io.progress_bar(f"reading {name}") as progress:
            found.append(corpora.load(name, progress=progress))
    return corpora.join(found)


def _about(plan: Recipe, corpus: "Corpus", seconds: float) -> dict[str, Any]:
    """What the model's config keeps of how it came about."""
    return {
        "version": componium.__version__,
        "music": list(plan.music),
        "pieces": {side: len(corpus.split(side)) for side in ("train", "validation", "test")},
        "styles": list(corpus.styles),
        "licence": corpus.licence,
        "citation": corpus.citation,
        "seconds": round(seconds, 1),
    }
