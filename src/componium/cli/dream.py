"""`componium dream IN OUT`: a recording or a score, resampled toward what a net knows."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from componium.cli import _io, _learning

if TYPE_CHECKING:
    from componium.music.score import Score

STATES = 24  # in a film


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--method", "folder", metavar="DIR", help="A dream saved by `train`; without, the one that came along.")
@click.option("--corpus", help="A corpus or folder to learn from first, instead.")
@click.option("--strength", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="0 unchanged, 1 free.")
@click.option("--film", metavar="PATH", help="Piano rolls of the states between: a .gif, a .png or a folder.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@_io.from_option
@_io.to_option
def command(
    *, source: str, target: str, folder: str | None, corpus: str | None, strength: float, film: str | None, seed: int,
    from_: str | None, to: str | None,
) -> None:  # fmt: skip
    """Dream upon IN, a score or a recording (which is written down first); `-` is stdin or stdout.

    \b
    Examples:
      componium dream tune.mid dream.mid --strength 0.3
      componium dream song.wav dream.musicxml --film film.gif
    """
    import numpy as np

    from componium import formats
    from componium.errors import ControlError
    from componium.methods import load
    from componium.methods.dream import Dream
    from componium.weights import DREAM

    if folder and corpus:
        raise ControlError("a model, and a corpus to learn from", expected="--method or --corpus, not both")
    suffix = _io.suffix_of(target, to, "--to")
    writer = formats.find_writer(suffix)  # known before anything is read
    heard = _io.read_score(source, from_)
    model = load(folder or DREAM) if corpus is None else _learning.fitted(Dream(), corpus)
    if not isinstance(model, Dream):
        raise ControlError(f"the method in {folder} doesn't dream", expected="a dream")
    states: list[Score] = [heard]
    score = model.dream(heard, strength=strength, rng=np.random.default_rng(seed),
                        on_sweep=(lambda at, state: states.append(state)) if film else None)
    _io.deliver(target, suffix, lambda path: writer(score, path))
    if film:
        from componium.render.film import write_film

        kept = np.unique(np.linspace(0, len(states) - 1, min(STATES, len(states))).round().astype(int)).tolist()
        write_film([states[at] for at in kept], Path(film), [f"sweep {at}" if at else "input" for at in kept])
