"""Tune a method's parameters on validation pieces."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from componium.cli import _io, _learning

if TYPE_CHECKING:
    from componium.learning.tune import Tuned


@click.command()
@click.argument("music", metavar="[CORPUS_OR_FOLDER]...", nargs=-1)
@click.option("--method", help="A method with a likelihood.  [default: transformer]")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder of the study and the recipe.")
@click.option("--set", "sets", metavar="NAME=VALUES", multiple=True,
              help="Values to search: n_layer=2..6, training.learning_rate=1e-4..1e-2, smoothing=ppm,kneser-ney; "
                   "or one value for every trial: training.steps=500.")
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True,
              help="Finished trials that the study is to have.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Training time of a trial.")
@click.option("--pieces", type=click.IntRange(min=1), default=40, show_default=True,
              help="Validation pieces to measure nats on, at most.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the search.")
@click.option("--recipe", type=click.Path(path_type=Path), help="A TOML file to begin from; options override it.")
@_io.json_option
def command(
    *, music: tuple[str, ...], method: str | None, out: Path, sets: tuple[str, ...], trials: int, minutes: float | None,
    pieces: int, seed: int, recipe: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Search for the parameters under which validation takes the fewest nats a note.

    Without a range the sizes of the method, its shares and its learning rate are searched around their defaults. The
    same command goes on with the study in the folder; Ctrl-C keeps the trials that are finished. The best parameters
    are written as a recipe, best.toml, which `componium train --recipe` takes. Test pieces are never read.

    \b
    Examples:
      componium tune chorales --method markov --set order=2..12 --set smoothing=ppm,kneser-ney --out runs/tuned
      componium tune my-folder --set n_layer=2..6 --set training.learning_rate=5e-4..5e-3 --minutes 5 --out runs/tuned
      componium train --recipe runs/tuned/best.toml --out runs/best
    """
    from componium.learning import recipes, space
    from componium.learning.train import LEARNER
    from componium.learning.tune import tune

    plan = recipes.read(recipe) if recipe else recipes.Recipe(method or LEARNER, "")
    corpus = ",".join(music) or plan.corpus
    if not corpus:
        raise click.UsageError("nothing to learn from: name a corpus, a folder of music, or a --recipe")
    pairs = dict(_pair(text) for text in sets)
    searched = {name: values for name, text in pairs.items() if (values := space.read_values(text)) is not None}
    fixed = [_learning.parsed(f"{name}={text}") for name, text in pairs.items() if name not in searched]
    with _io.progress() as on_progress:
        tuned = tune(corpus, out, method=method or plan.method, space=searched, trials=trials, minutes=minutes,
                          params=recipes.merge(plan.parameters, *fixed), repeats=plan.repeats, pieces=pieces, seed=seed,
                          on_progress=on_progress)  # fmt: skip
    if as_json:
        _io.print_json(tuned.to_json())
    else:
        _print(tuned)


def _pair(text: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"--set {text}: expected NAME=VALUES, such as order=2..8")
    return name.strip(), values.strip()


def _print(tuned: "Tuned") -> None:
    """Write the trials, the best first, and the recipe's file, to stdout."""
    names = list(dict.fromkeys(name for each in tuned.trials for name in each.values))
    ordered = sorted(tuned.trials, key=lambda each: (each.nll_per_note is None, each.nll_per_note or 0.0))
    rows = [("nats a note", *names, "")]
    rows += [("failed" if each.nll_per_note is None else f"{each.nll_per_note:.4f}",
              *(_short(each.values.get(name, "")) for name in names), each.reason) for each in ordered]
    _io.print_table(rows)
    click.echo(f"\nbest: {tuned.nll_per_note:.4f} nats a note, {tuned.path}")


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
