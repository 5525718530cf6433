"""Render a piece as sound or a picture."""

from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from componium import registry
from componium.cli import _expression, _io

if TYPE_CHECKING:
    from componium.music.score import Score
    from componium.performance.performance import Performance


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@_io.from_option
@_io.to_option
@_io.piece_option
@_io.strict_option
@click.option("--synth", default="auto", show_default=True, help="Synthesizer: auto, additive (built in), soundfont.")
@click.option("--soundfont", type=click.Path(path_type=Path), help="A SoundFont (.sf2) to play with.")
@click.option("--sample-rate", type=click.IntRange(8000, 192_000), default=44_100, show_default=True)
@click.option("--loudness", type=click.FloatRange(-60, -6), default=-18.0, show_default=True, help="Target in LUFS.")
@click.option("--tail", type=click.FloatRange(0, 60), help="Seconds kept after the last note; all by default.")
@_expression.option
@click.option("--style", help="Whose way of playing, such as chorales.  [default: what the piece states]")
@click.option("--stems", is_flag=True, help="Also write a file for each part, beside OUT.")
def command(
    *, source: str, target: str, from_: str | None, to: str | None, piece: int, strict: bool,
    expression: float | None, style: str | None, **options: Any
) -> None:
    """Render the piece IN as sound, as pages or as a piano roll, by the suffix of OUT.

    Sound is .wav, .flac, .ogg or .mp3; pages are .svg or .pdf; a piano roll is .png. `-` is stdin or stdout. With
    --stems each part becomes a file too: tune-1-violin.wav beside tune.wav. Sound is performed (phrasing, accents,
    tempo; docs/performance.md), but for files that a player recorded: they have dynamics or timing of their own.

    \b
    Examples:
      componium render tune.mid tune.wav
      componium render tune.mid tune.mp3 --loudness -16 --stems
      componium render tune.abc tune.wav --style jig --expression 0.7
      componium render tune.abc tune.pdf
      componium convert tune.abc - --to mid | componium render - tune.wav --from mid
    """
    suffix = _io.suffix_of(target, to, "--to")
    writer = _writer(suffix)
    accepted = signature(writer.write).parameters
    if options["stems"] and ("stems" not in accepted or Path(target).suffix.lower() != suffix):
        raise click.UsageError("--stems needs a sound file to write the parts beside, such as OUT.wav")
    score = _io.read_score(source, from_, piece=piece, strict=strict)
    options = {name: value for name, value in options.items() if name in accepted}
    music = _performed(score, style, expression) if hasattr(writer, "PLAYS") else score
    _io.deliver(target, suffix, lambda path: _write(writer, music, path, options))


def _performed(score: "Score", style: str | None, expression: float | None) -> "Performance":
    """Return a performance of a score."""
    from componium.performance.perform import perform

    return perform(score, style, expression=_expression.chosen(score, expression))


def _writer(suffix: str) -> ModuleType:
    """Return the writer of a suffix, the only one that is imported.

    Raises UsageError, listing the known suffixes.
    """
    writer = registry.with_suffix(suffix, "writers")
    if writer is None:
        known = [other for name in registry.names("writers") for other in registry.load("writers", name).SUFFIXES]
        raise click.UsageError(f"can't render to {suffix or 'a file without a suffix'}: {', '.join(known)}")
    return writer


def _write(writer: ModuleType, music: "Score | Performance", path: Path, options: dict[str, Any]) -> None:
    if "synth" in options:
        _play(writer, music, path, options)
    else:
        writer.write(music, path, **options)


def _play(writer: ModuleType, music: "Score | Performance", path: Path, options: dict[str, Any]) -> None:
    """Write sound, and report on stderr.

    Reported are the synthesizer, the stems, and a loudness that was not reached.
    """
    from componium.music.played import written
    from componium.render import soundfont

    if options["synth"] == "auto" and writer.choose("auto", options["soundfont"]) == "additive":
        _io.print_message(f"the built-in synthesizer plays: {soundfont.lacking()} is not installed")
    done = writer.write(music, path, **options)
    for stem in done.stems:
        _io.print_message(f"stem {stem}")
    if written(music).n_notes and abs(done.loudness - options["loudness"]) > 0.5:
        _io.print_message(f"{done.loudness:.1f} LUFS reached: at {options['loudness']:g} the peaks would be cut")
