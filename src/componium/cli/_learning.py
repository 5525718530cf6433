"""Shared options of the commands that train, and `--set NAME=VALUE`."""

import tomllib
from pathlib import Path
from typing import Any

import click

out_option = click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the model.")
minutes_option = click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after this time, keeping the best."
)
set_option = click.option(
    "--set", "sets", metavar="NAME=VALUE", multiple=True, help="A parameter: order=3, training.steps=500."
)
resume_option = click.option("--resume", is_flag=True, help="Continue a training stopped in the same folder.")


def parsed(text: str) -> dict[str, Any]:
    """Return `order=3` or `training.steps=500`, in TOML, as a table."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise click.UsageError(f"--set {text}: expected NAME=VALUE in TOML, such as order=3") from error
