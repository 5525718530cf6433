"""What the commands that train share: their options, and how `--set NAME=VALUE` becomes parameters."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.methods import Method

out_option = click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the model.")
minutes_option = click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long, keeping the best."
)
set_option = click.option(
    "--set", "sets", metavar="NAME=VALUE", multiple=True, help="A parameter: order=3, training.steps=500."
)
resume_option = click.option("--resume", is_flag=True, help="Go on where a stopped training in the same folder was.")


def fitted(method: "Method", corpus: str) -> "Method":
    """The method, which has read the corpus and learned from it, telling of both."""
    from componium import corpora
    with _io.progress_bar(f"reading {corpus}") as progress:
        music = corpora.load(corpus, progress=progress)
    with _io.progress_bar("learning") as progress:
        return method.fit(music, on_progress=progress)


def check_free(out: Path, resume: bool) -> None:
    """Raise UsageError for a folder with something in it, unless it is to be gone on from."""
    if not resume and out.is_dir() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty: --resume goes on there, or choose another folder")


def parsed(text: str) -> dict[str, Any]:
    """What TOML makes of `order=3` or `training.steps=500`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise click.UsageError(f"--set {text}: expected NAME=VALUE in TOML, such as order=3") from error


def merged(first: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """The later win, table by table."""
    made = dict(first)
    for other in others:
        for name, value in other.items():
            both = isinstance(value, Mapping) and isinstance(made.get(name), Mapping)
            made[name] = merged(made[name], value) if both else value
    return made
