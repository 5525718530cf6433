"""`componium render IN OUT`: sound (.wav) or a picture (.png) of a piece."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.score import Score

SUFFIXES = (".wav", ".png")


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@_io.from_option
@_io.to_option
@_io.piece_option
@_io.strict_option
@click.option("--synth", default="auto", show_default=True, help="Who plays: auto, additive (built in), soundfont.")
@click.option("--soundfont", type=click.Path(path_type=Path), help="A SoundFont (.sf2) to play with.")
@click.option("--sample-rate", type=click.IntRange(8000, 192_000), default=44_100, show_default=True)
def command(
    *,
    source: str,
    target: str,
    from_: str | None,
    to: str | None,
    piece: int,
    strict: bool,
    synth: str,
    soundfont: Path | None,
    sample_rate: int,
) -> None:
    """Render the piece IN as sound (OUT.wav) or as a piano roll (OUT.png); `-` is stdin or stdout.

    \b
    Examples:
      componium render tune.mid tune.wav
      componium render tune.abc tune.png
      componium convert tune.abc - --to mid | componium render - tune.wav --from mid
    """
    suffix = _io.suffix_of(target, to, "--to")
    if suffix not in SUFFIXES:
        raise click.UsageError(f"can't render to {suffix or 'a file without a suffix'}: .wav or .png")
    score = _io.read_score(source, from_, piece=piece, strict=strict)
    if suffix == ".png":
        _io.deliver(target, suffix, lambda path: _draw(score, path))
    else:
        _io.deliver(target, suffix, lambda path: _play(score, path, synth, soundfont, sample_rate))


def _draw(score: "Score", path: Path) -> None:
    from componium.render.pianoroll import write_png

    write_png(score, path)


def _play(score: "Score", path: Path, synth: str, soundfont: Path | None, sample_rate: int) -> None:
    from componium.render import audio

    audio.stream_wav(score, path, synth=synth, soundfont=soundfont, sample_rate=sample_rate)
