"""Shared options of the commands that train, and `--set NAME=VALUE`."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import click

out_option = click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the model.")
minutes_option = click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after this time, keeping the best."
)
set_option = click.option(
    "--set", "sets", metavar="NAME=VALUE", multiple=True, help="A parameter: order=3, cell=rnn, training.steps=500."
)
resume_option = click.option("--resume", is_flag=True, help="Continue a training stopped in the same folder.")


_PLAIN = re.compile(r"[^\W\d][^\s\"'\[\]{}#=,]*|\.?\.?/[^\s\"'\[\]{}#=,]*")  # a word, a name or a path


def parsed(text: str) -> dict[str, Any]:
    """Return `order=3` or `training.steps=500`, in TOML, as a table.

    Plain words need no quotes.
    """
    name, is_pair, value = text.partition("=")
    is_plain = is_pair and _PLAIN.fullmatch(value.strip())
    for line in (text, f"{name} = {json.dumps(value.strip())}" if is_plain else text):
        try:
            return tomllib.loads(line)
        except tomllib.TOMLDecodeError:
            continue
    raise click.UsageError(f"--set {text}: expected NAME=VALUE, such as order=3 or cell=rnn")
