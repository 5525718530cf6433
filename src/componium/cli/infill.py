"""Write some bars or voices of a piece anew."""

import re
from typing import Any

import click

from componium.cli import _changed, _io, _verbs


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--bars", metavar="FIRST-LAST",
              help="Bars to write, both included, numbered as on a page, a pickup as 0: 5-6, or 5.  [default: all]")
@click.option("--voices", metavar="NAMES", help="Voices to write, by name, or by number from 1.  [default: all]")
@click.option("--chords", is_flag=True, help="Write the chord symbols of these bars too.")
@click.option("--density", type=click.IntRange(min=0), help="Notes that each voice shall have in each bar.")
@click.option("--rhythm", type=click.Choice(["keep"]), help="Write pitches alone.")
@click.option("--register", metavar="LOW-HIGH", help="Pitches that may be written: C4-A5.")
@click.option("--polyphony", type=click.IntRange(min=1), help="Most notes that a voice may sound at once.")
@_verbs.take_options
def command(*, source: str, target: str, bars: str | None, voices: str | None, register: str | None,
            from_: str | None, output: _verbs.Output, **options: Any) -> None:
    """Write some bars or voices of IN anew into OUT.

    All else stays as it is, note for note. Where IN and OUT are both MIDI, or both MusicXML, OUT is IN with other notes
    in those bars: lyrics, slurs, articulations, layout and controllers stay. Bars are counted as they are played; a
    measure that a MusicXML file repeats gets the same notes in each of its bars. Density, rhythm, register and
    polyphony are for a model with regions.

    \b
    Examples:
      componium infill hymn.musicxml new.musicxml --bars 5-6 --voices alto
      componium infill hymn.mid new.mid --voices 2,3 -n 3 --seed 1
      componium infill tune.abc new.abc --bars 8 --style jig
    """
    from componium import formats
    from componium.composing.infill import infill

    _verbs.check_target(target, output, options["n"])
    piece = _changed.read(source, from_)
    score, repeats = piece.score, formats.measures_played(piece.data, piece.suffix)
    with _io.progress() as on_progress:
        made: Any = infill(score, bars=_verbs.span(bars, score), voices=_verbs.voices(voices),
                      register=_register(register), repeats=repeats or None, on_progress=on_progress, **options)
    _verbs.write_takes(made[1:] if isinstance(made, list) else made, target, output, source=piece)


def _register(text: str | None) -> tuple[str, str] | None:
    """Return the lowest and the highest pitch of text such as "C4-A5"."""
    if text is None:
        return None
    match = re.fullmatch(r"(.+)-([A-Ga-g].*)", text)
    if not match:
        raise click.BadParameter(f"{text!r}: lowest and highest pitch such as C4-A5", param_hint="--register")
    return match[1], match[2]
