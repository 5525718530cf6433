"""Render a piece as sound or a picture."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.music.score import Score

SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
PAGES = (".svg", ".pdf")
SUFFIXES = (*SOUNDS, *PAGES, ".png")


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
@click.option("--loudness", type=click.FloatRange(-60, -6), default=-18.0, show_default=True, help="Target in LUFS.")
@click.option("--tail", type=click.FloatRange(0, 60), help="Seconds kept after the last note; all by default.")
@click.option("--stems", is_flag=True, help="Also a file of each part, beside OUT.")
def command(
    *, source: str, target: str, from_: str | None, to: str | None, piece: int, strict: bool, stems: bool, **sound: Any
) -> None:
    """Render the piece IN as sound (OUT.wav, .flac, .ogg, .mp3), as pages (.svg, .pdf) or as a piano roll (.png).

    `-` is stdin or stdout. With --stems each part becomes a file too: tune-1-violin.wav beside tune.wav.

    \b
    Examples:
      componium render tune.mid tune.wav
      componium render tune.mid tune.mp3 --loudness -16 --stems
      componium render tune.abc tune.pdf
      componium convert tune.abc - --to mid | componium render - tune.wav --from mid
    """
    suffix = _io.suffix_of(target, to, "--to")
    if suffix not in SUFFIXES:
        raise click.UsageError(f"can't render to {suffix or 'a file without a suffix'}: {', '.join(SUFFIXES)}")
    if stems and (suffix not in SOUNDS or Path(target).suffix.lower() != suffix):
        raise click.UsageError(f"--stems needs a sound file to lie beside: OUT{', OUT'.join(SOUNDS)}")
    score = _io.read_score(source, from_, piece=piece, strict=strict)
    if suffix in SOUNDS:
        _io.deliver(target, suffix, lambda path: _play(score, path, {**sound, "stems": stems}))
    else:
        _io.deliver(target, suffix, lambda path: _draw(score, path))


def _draw(score: "Score", path: Path) -> None:
    if path.suffix.lower() == ".png":
        from componium.render.pianoroll import write_png

        write_png(score, path)
    else:
        import_module("componium.render.pages").write_pages(score, path)


def _play(score: "Score", path: Path, options: dict[str, Any]) -> None:
    from componium.render import sound as audio
    from componium.render import soundfont

    if audio.choose(options["synth"], options["soundfont"]) == "additive" and options["synth"] == "auto":
        _io.said(f"the built-in synthesiser plays: {soundfont.lacking()} is not installed")
    made = audio.write(score, path, **options)
    for stem in made.stems:
        _io.said(f"stem {stem}")
    if score.n_notes and abs(made.loudness - options["loudness"]) > 0.5:
        _io.said(f"{made.loudness:.1f} LUFS reached: for {options['loudness']:g} its peaks would be crushed")
