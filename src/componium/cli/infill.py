"""Write some bars or voices of a piece anew."""

from pathlib import Path

import click

from componium.cli import _changed, _io


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--bars", metavar="FIRST-LAST", help="Bars to write, from 1, both included: 5-6, or 5.  [default: all]")
@click.option("--voices", metavar="NAMES", help="Voices to write, by name, or by number from 1.  [default: all]")
@click.option("--chords", is_flag=True, help="Write the chord symbols of these bars too.")
@click.option("--density", type=click.IntRange(min=0), help="Notes that each voice shall have in each bar.")
@click.option("--rhythm", type=click.Choice(["keep"]), help="Write pitches alone; by a model with regions.")
@click.option("--style", help="The style of IN, where it states none; of two, jig,reel, the mean.")
@click.option("-n", "--takes", "n", type=click.IntRange(min=1), help="Several alternatives: OUT-1, OUT-2 ...")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same music; one is drawn if not given.")
@click.option("--temperature", type=float, default=1.0, show_default=True, help="Lower is more predictable.")
@click.option("--method", metavar="DIR|NAME", help="A model saved by `train`, or a method by name.  [default: shipped]")
@click.option("--corpus", metavar="NAME|DIR", help="What a method given by name learns from first.")
@_io.from_option
@_io.to_option
@_io.json_option
def command(*, source: str, target: str, bars: str | None, voices: str | None, n: int | None, from_: str | None,
            to: str | None, as_json: bool, **options: object) -> None:
    """Write some bars or voices of IN anew into OUT.

    All else stays as it is, note for note. Where IN and OUT are both MIDI, or both MusicXML, OUT is IN with other notes
    in those bars: lyrics, slurs, articulations, layout and controllers stay.

    \b
    Examples:
      componium infill hymn.musicxml new.musicxml --bars 5-6 --voices alto
      componium infill hymn.mid new.mid --voices 2,3 -n 3 --seed 1
      componium infill tune.abc new.abc --bars 8 --style jig
    """
    from componium.composing.infill import infill

    if n is not None and target == "-":
        raise click.UsageError("stdout takes one piece: no -n")
    _io.writer(target, to)  # an unknown format is refused before anything is read
    piece = _changed.read(source, from_)
    score = piece.score
    with _io.progress() as on_progress:
        made = infill(score, bars=_span(bars, score.n_bars), voices=_voices(voices), **({} if n is None else {"n": n}),
                      on_progress=on_progress, **options)  # type: ignore[call-overload]
    takes = [made] if n is None else made[1:]
    paths = [target] if n is None else [_numbered(target, number) for number in range(1, len(takes) + 1)]
    for take, path in zip(takes, paths, strict=True):
        _changed.write(piece, take.annotated(), path, to)
    if as_json:
        _io.print_json([{**take.to_json(), "file": path} for take, path in zip(takes, paths, strict=True)])
    else:
        for take, path in zip(takes, paths, strict=True):
            _io.print_message("\n".join([path, *(f"  {line}" for line in take.measured["changed"])]))


def _span(text: str | None, n_bars: int) -> tuple[int, int] | None:
    """Return bars, 0-based and half-open, of text such as "5-6"."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise click.BadParameter(f"{text!r}: a bar, or first and last such as 5-6", param_hint="--bars")
    if not 1 <= int(first) <= int(last or first) <= n_bars:
        raise click.BadParameter(f"{text}: the piece has bars 1 to {n_bars}", param_hint="--bars")
    return int(first) - 1, int(last or first)


def _voices(text: str | None) -> list[int | str] | None:
    """Return voices of text such as "alto" or "2,3", numbers counted from 0."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [int(name) - 1 if name.isdecimal() else name for name in names]


def _numbered(target: str, number: int) -> str:
    path = Path(target)
    return str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
