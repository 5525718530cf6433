"""`componium harmonize IN OUT`: lower parts under a melody, by hidden Markov chords."""

from pathlib import Path

import click

from componium.cli import _io


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--corpus", default="chorales", show_default=True, help="What to learn harmony from: a corpus or folder.")
@click.option("--method", "folder", metavar="DIR", help="An hmm saved by `train`, instead of a corpus.")
@click.option("--seed", type=click.IntRange(min=0), help="Draw the chords; without, the likeliest are taken.")
@_io.from_option
@_io.to_option
def command(*, source: str, target: str, corpus: str, folder: str | None, seed: int | None, from_: str | None,
            to: str | None) -> None:
    """Put lower parts under the melody IN (its first part, kept note for note); `-` is stdin or stdout.

    \b
    Examples:
      componium harmonize tune.musicxml hymn.musicxml
      componium harmonize tune.abc hymn.mid --seed 3
    """
    import numpy as np

    from componium import corpora, formats
    from componium.errors import ControlError
    from componium.methods import load
    from componium.methods.hmm import HMM

    suffix = _io.suffix_of(target, to, "--to")
    writer = formats.for_suffix(suffix, "write")  # known before anything is read
    melody = _io.read_score(source, from_)
    model = load(folder) if folder else HMM().fit(corpora.load(corpus))
    if not isinstance(model, HMM):
        raise ControlError(f"the method in {folder} harmonises nothing", expected="an hmm")
    score = model.harmonize(melody, rng=None if seed is None else np.random.default_rng(seed))

    def write(path: Path) -> None:
        from componium._files import write_atomic

        write_atomic(path, writer.write(score))

    _io.deliver(target, suffix, write)
