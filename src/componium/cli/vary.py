"""Vary a piece: some of its cells anew, or all notes resampled."""

from typing import Any

import click

from componium.cli import _changed, _io, _verbs


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--strength", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="0 unchanged, 1 all anew.")
@click.option("--keep-bars", metavar="FIRST-LAST", help="Bars that stay, from 1, both included: 5-6, or 5.")
@click.option("--keep-voices", metavar="NAMES", help="Voices that stay, by name, or by number from 1.")
@click.option("--style", help="The style of IN, where it states none; not with dream.")
@_verbs.count_option
@_verbs.seed_option
@click.option("--method", metavar="DIR|NAME",
              help="dream, or a model that writes cells anew.  [default: dream; shipped for chords and drums]")
@_verbs.corpus_option
@_verbs.file_options
def command(*, source: str, target: str, keep_bars: str | None, keep_voices: str | None,
            from_: str | None, output: _verbs.Output, **options: Any) -> None:
    """Vary the piece IN into OUT.

    By the method dream, the default for up to four single lines, all notes are resampled again and again; any other
    model writes some cells anew, a cell being one voice in one bar, and leaves the others as they are.

    \b
    Examples:
      componium vary tune.mid varied.mid --strength 0.3
      componium vary hymn.mid varied.mid --method shipped --keep-voices soprano -n 4
    """
    from componium.composing.vary import vary
    from componium.decoding.region import find_voice

    _verbs.check_target(target, output, options["n"])
    piece = _changed.read(source, from_)
    score = piece.score
    first, last = _verbs.span(keep_bars, score, "--keep-bars") or (0, 0)
    kept = [find_voice(score, voice) for voice in _verbs.voices(keep_voices) or []]
    with _io.progress() as on_progress:
        made: Any = vary(score, keep_bars=range(first, last), keep_tracks=kept, on_progress=on_progress, **options)
    _verbs.write_takes(made, target, output, source=piece)
