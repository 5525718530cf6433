"""`componium harmonize [IN] OUT`: lower parts under a melody, by hidden Markov chords or by rules."""

from typing import Any

import click

from componium.cli import _io, _learning


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="[IN] OUT")
@click.option("--method", default="hmm", show_default=True, metavar="NAME|DIR",
              help="hmm, rules, or an hmm saved by `train`.")
@click.option("--corpus", default="chorales", show_default=True, help="What hmm learns from: a corpus or folder.")
@click.option("--given", type=click.Choice(["soprano", "bass"]), help="Rules: which part IN is.  [default: soprano]")
@click.option("--numerals", help='Rules: the chords, such as "I vi ii6 V I", one a beat; then IN may be left out.')
@click.option("--key", help="The key of IN, where it states none or another; or that of the numerals.")
@click.option("--seed", type=click.IntRange(min=0), help="Draw the chords; without, the same are taken each time.")
@_io.from_option
@_io.to_option
def command(*, paths: tuple[str, ...], method: str, corpus: str, given: str | None, numerals: str | None,
            key: str | None, seed: int | None, from_: str | None, to: str | None) -> None:
    """Put lower parts under the melody IN (its first part, kept note for note); `-` is stdin or stdout.

    The rules are those of four-part textbooks; where a melody can't be set by them, they say which clash.

    \b
    Examples:
      componium harmonize tune.musicxml hymn.musicxml
      componium harmonize tune.abc hymn.mid --seed 3
      componium harmonize tune.musicxml hymn.mid --method rules
      componium harmonize hymn.mid --method rules --numerals "I vi ii6 V I" --key "D major"
    """
    import numpy as np

    from componium import formats

    told = {name: value for name, value in (("given", given), ("numerals", numerals)) if value is not None}
    if len(paths) > 2 or (len(paths) == 1 and not numerals):
        raise click.UsageError("IN and OUT are needed, or OUT alone with --numerals")
    if told and method != "rules":
        raise click.UsageError(f"--{' and --'.join(told)}: only with --method rules")
    suffix = _io.suffix_of(paths[-1], to, "--to")
    writer = formats.find_writer(suffix)  # known before anything is read
    melody = _keyed(_io.read_score(paths[0], from_), key) if len(paths) == 2 else None
    model = _model(method, corpus, told)
    with _io.progress_bar("setting the parts"):  # how long a search by rules takes can't be foretold
        score = _harmonized(melody, model, key, None if seed is None else np.random.default_rng(seed))

    _io.deliver(paths[-1], suffix, lambda path: writer(score, path))


def _model(method: str, corpus: str, told: dict[str, Any]) -> Any:
    """The method, fitted. Raises ControlError if it harmonises nothing."""
    from componium import registry
    from componium.errors import ControlError
    from componium.methods import load, make

    named = method in registry.names("methods")
    model: Any = make(method, **told) if named else load(method)
    if not hasattr(model, "harmonize"):
        raise ControlError(f"{method} harmonises nothing", expected="hmm, rules, or a folder with an hmm")
    return _learning.fitted(model, corpus) if named and "needs_music" in model.tags else model


def _keyed(melody: Any, key: str | None) -> Any:
    """The melody in the key that is told, if one is."""
    from dataclasses import replace

    from componium.music.pitch import parse_key

    return replace(melody, keys=(parse_key(key),)) if key else melody


def _harmonized(melody: Any, model: Any, key: str | None, rng: Any) -> Any:
    """The melody in parts, or the parts that the numerals alone tell."""
    import numpy as np

    from componium.decoding.controls import Controls
    from componium.music.pitch import parse_key

    if melody is not None:
        return model.harmonize(melody, rng=rng)
    from componium.decoding.request import Request

    wishes = Controls(key=parse_key(key) if key else None)
    return model.generate(Request(wishes), rng=rng or np.random.default_rng(0))[0]
