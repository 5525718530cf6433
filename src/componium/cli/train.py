"""`componium train`: learn a style from corpora or folders of music, or repeat a recipe."""

from pathlib import Path
from typing import Any

import click

from componium.cli import _io


@click.command()
@click.argument("music", metavar="[CORPUS_OR_FOLDER]...", nargs=-1)
@click.option("--method", default="transformer", show_default=True, help="What learns; `componium methods` lists them.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for the model.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long, with the best so far.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same training.")
@click.option("--resume", is_flag=True, help="Go on where a stopped training of the same folder was.")
@click.option("--recipe", type=click.Path(path_type=Path), help="A TOML file that says all this; options win over it.")
def command(**options: Any) -> None:
    """Learn from corpora by name ("chorales") or folders of music, and save the model to a folder.

    The model is what `componium compose --method FOLDER` takes. Ctrl-C stops; --resume goes on.

    \b
    Examples:
      componium train my-folder --out runs/mine --minutes 30
      componium train chorales fiddle --method markov --out runs/plain
      componium train --recipe recipes/default.toml --out runs/default
    """
    raise NotImplementedError
