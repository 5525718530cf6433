"""Vary a piece or a recording with a trained model."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.music.score import Score

FRAMES = 24  # states in a film


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--method", metavar="NAME|DIR", help="A dream saved by `train`.  [default: the shipped one]")
@click.option("--corpus", help="A corpus or folder to learn from first, instead.")
@click.option("--strength", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="0 unchanged, 1 free.")
@click.option("--film", metavar="PATH", help="Piano rolls of the states between: a .gif, a .png or a folder.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@_io.from_option
@_io.to_option
def command(
    *, source: str, target: str, method: str | None, corpus: str | None, strength: float, film: str | None, seed: int,
    from_: str | None, to: str | None,
) -> None:  # fmt: skip
    """Vary IN, a score or a recording; `-` is stdin or stdout.

    A recording is transcribed first.
    \b
    Examples:
      componium dream tune.mid dream.mid --strength 0.3
      componium dream song.wav dream.musicxml --film film.gif
    """
    from componium.composing.vary import vary

    write = _io.writer(target, to)  # an unknown format is refused before anything is read
    score = _io.read_score(source, from_)
    states: list[Score] = [score]
    with _io.progress() as on_progress:
        take = vary(score, strength=strength, seed=seed, method=method, corpus=corpus, on_progress=on_progress,
                    on_state=(lambda at, state: states.append(state)) if film else None)
    write(take.annotated())
    _io.print_message(str(take))
    if film:
        from componium.render.film import write_film

        last = len(states) - 1
        shown = sorted({round(at * last / max(FRAMES - 1, 1)) for at in range(FRAMES)})
        write_film([states[at] for at in shown], Path(film), [f"sweep {at}" if at else "input" for at in shown])
