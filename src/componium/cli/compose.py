"""Compose new music: MIDI, sound, picture."""

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from componium.cli import _expression, _io, _learning

if TYPE_CHECKING:
    from componium.composing.take import Take
    from componium.music.score import Score

WIDE = 120  # columns of a terminal
FORMATS = ("mid", "wav", "png", "json")
MUSICAL = ("style", "key", "meter", "qpm", "bars", "form", "instruments", "duration", "energy", "chords", "prompt",
           "ending", "method", "corpus", "params")  # arguments that ask for music of some kind


def _number(kind: type[int] | type[float]) -> Callable[[click.Context, click.Parameter, str], Any]:
    """Return a callback that reads a number, or "auto"."""

    def read(ctx: click.Context, param: click.Parameter, value: str) -> Any:
        try:
            return value if value == "auto" else kind(value)
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is neither a number nor auto") from error

    return read


def _formats(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(part.strip().lower().lstrip(".") for part in value.split(",") if part.strip())
    known = FORMATS if set(names) <= set(FORMATS) else _known_formats()
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise click.BadParameter(f"{', '.join(unknown) or 'none given'}: choose from {','.join(known)}")
    return names


def _known_formats() -> tuple[str, ...]:
    """Return the names of all that a take can be written as."""
    from componium import formats

    return tuple(dict.fromkeys((*FORMATS, *(suffix[1:] for suffix in formats.writable_suffixes()))))


@click.command()
@click.option("--style", default="auto", help="One that `componium styles` lists; of two, jig,reel, the mean.")
@click.option("--key", default="auto", help='Such as "D minor", "Eb major", "F#m".')
@click.option("--meter", default="auto", help="Such as 4/4, 3/4, 6/8.")
@click.option("--qpm", default="auto", callback=_number(float), help="Tempo, in quarters a minute.")
@click.option("--bars", default="auto", callback=_number(int), show_default=True, help="Number of bars, 4 to 1024.")
@click.option("--form", default="auto", help="Strains as letters, AABB; a letter that comes back has the same music.")
@click.option("--upbeat", default="auto", metavar="LENGTH",
              help="0, or a note value such as 1/8, that the last bar is shorter by.")
@click.option("--instruments", default="auto", help='One a part, by name: "oboe,clarinet,horn,bassoon".')
@click.option("--duration", metavar="SECONDS|M:SS", help="Of the music, in place of --bars: 90, 1:30.")
@click.option("--energy", default="auto", callback=_number(float), metavar="0..1",
              help="Slow, sparse, long notes to fast, dense, short ones, among the style's pieces.")
@click.option("--chords", metavar="CHART", help='Chords to follow: "C | Am F | G7 | C", or numerals: "I | vi IV".')
@click.option("--prompt", metavar="FILE", help="A piece to continue, in any format that is read; it counts in --bars.")
@click.option("--ending", type=click.Choice(["auto", "closed", "open"]), default="auto", help="closed: on the tonic.")
@click.option("--accompany/--no-accompany", default=True, show_default=True,
              help="Set chords and a bass under a tune, a take of a single line.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same music; one is drawn if not given.")
@click.option("--temperature", type=float, default=1.0, show_default=True,
              help="Lower is more predictable, higher less.")
@click.option("--top-p", type=float, default=0.98, show_default=True, help="Draw among this share of probability.")
@click.option("--endings", type=click.IntRange(min=1), default=8, show_default=True, metavar="N",
              help="Draw the last bars N times, and keep the best close.")
@click.option("--tries", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Compose each take N times, and keep the best.")
@click.option("--critics", metavar="NAMES", help="Critics for --tries: cadence,phrases ...  [default: all]")
@click.option("-n", "--takes", "n", type=click.IntRange(min=1), default=1, show_default=True, help="Number of takes.")
@click.option("-o", "--output", default="takes", show_default=True,
              help="Folder, or one file such as tune.mid; - is stdout: one MIDI.")
@click.option("--method", metavar="DIR|NAME", help="A model saved by `train`, or a method by name.  [default: shipped]")
@click.option("--corpus", metavar="NAME|DIR", help="What a method given by name learns from first: a corpus or folder.")
@_learning.set_option
@click.option("--without", metavar="NAME", multiple=True, help="Switch a constraint off, such as parallels.")
@click.option("--formats", callback=_formats, default=",".join(FORMATS), show_default=True,
              help="What to write; more: flac, mp3, musicxml, abc, svg, pdf, csd, tab ...")
@_expression.option
@click.option("-q", "--quiet", is_flag=True, help="Draw no notes, name no files, print no measures.")
@_io.json_option
def command(
    *, output: str, formats: tuple[str, ...], expression: float | None, quiet: bool, as_json: bool,
    without: tuple[str, ...], sets: tuple[str, ...], prompt: str | None, **request: Any
) -> None:
    """Compose new music. Every control may be left out, or be "auto".

    Where nothing is asked for, it is a whole piece of 40 to 90 seconds, in a style that is drawn by how good its takes
    are: see `componium styles`.

    Each take becomes a MIDI file, a sound file, a picture and a JSON file that records how it was made: the seed, what
    was asked for beside what was measured, the method, and the weights' hash. The same is printed, and stands in the
    other files as far as they can hold text.

    \b
    Examples:
      componium compose
      componium compose --style chorales --key "D minor" --meter 3/4 --bars 16 --seed 3
      componium compose --instruments "oboe,clarinet,horn,bassoon" -n 4 -o winds --formats mid,wav
      componium compose --style jig --energy 0.9 --duration 1:30
      componium compose --style jig,reel --seed 1
      componium compose --style chorales --key C --chords "C | Am F | G7 | C"
      componium compose --prompt begun.mid --bars 24
      componium compose --style chorales -o chorale.musicxml
      componium compose --corpus my-folder --method markov --set order=5
      componium compose -o - > tune.mid
    """
    from componium.learning import recipes

    if output == "-" and (request["n"] != 1 or as_json):
        raise click.UsageError("stdout takes one MIDI file: no -n, no --json")
    file = _file_of(output, formats, request["n"])
    if request["duration"] and click.get_current_context().get_parameter_source("bars") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--bars and --duration: give one of them")
    request["params"] = recipes.merge({}, *map(_learning.parsed, sets)) if sets else None
    request["critics"] = _names(request["critics"])
    request["prompt"] = _io.read_score(prompt, None) if prompt else None
    expression = _expression.chosen(request["prompt"], expression)
    written: dict[tuple[int | None, int], list[str]] = {}

    def keep(take: "Take") -> None:
        """Write a take as soon as it is done, so that it stays if the rest is stopped."""
        paths = [file] if file else [Path(output) / f"{name_of(take)}.{suffix}" for suffix in formats]
        written[take.seed, take.number] = _write(take, paths, expression, quiet or as_json)
        if not (quiet or as_json):
            _io.print_message(str(take))

    request |= {"constraints": dict.fromkeys(without, False), "on_take": None if output == "-" else keep}
    with ExitStack() as bars:
        request["on_progress"] = None if quiet else _io.reporter(bars)
        takes = _composed(request, quiet or as_json, bars.close)
    if output == "-":
        _io.deliver("-", ".mid", lambda path: takes[0].write(path, expression=expression))
    elif as_json:
        _io.print_json([{**take.to_json(), "files": written[take.seed, take.number]} for take in takes])


def _composed(request: dict[str, Any], quiet: bool, begin: Callable[[], None]) -> "list[Take]":
    """Return the takes of a request.

    On a terminal their notes are printed bar by bar, after `begin` is called.
    """
    from componium.composing.compose import compose

    is_drawn = not quiet and sys.stderr.isatty()
    takes: list[Take] = []
    if not _asks_nothing(request):
        takes += compose(**request, on_bar=_drawer(request["n"], begin) if is_drawn else None)
        return takes
    for controls in _first_pieces(request, quiet):
        own = {**request, **controls}
        if is_drawn:
            own |= {"on_bar": _melody_drawer(begin), "on_take": partial(_end_line, request["on_take"])}
        takes += compose(**{"on_bar": None, **own})
    return takes


def _end_line(keep: "Callable[[Take], None] | None", take: "Take") -> None:
    """End the line of bars on stderr before a take is written."""
    click.echo(err=True)
    if keep:
        keep(take)


def _asks_nothing(request: dict[str, Any]) -> bool:
    """Return whether no property of the music is asked for.

    Nor a method, a prompt or a corpus.
    """
    return all(request[name] in (None, "auto") for name in MUSICAL)


def _first_pieces(request: dict[str, Any], quiet: bool) -> Iterator[dict[str, Any]]:
    """Yield the arguments of as many whole pieces as are asked for.

    They are printed as a command.
    """
    from componium.composing.first import first_pieces

    is_given = click.get_current_context().get_parameter_source("tries") is ParameterSource.COMMANDLINE
    for controls in first_pieces(request["n"], request["seed"]):
        controls |= {"tries": request["tries"]} if is_given else {}
        if not quiet and "style" in controls:
            _io.print_message(_again(controls))
        yield {**controls, "n": 1}


def _again(controls: dict[str, Any]) -> str:
    """Return a first piece's style and the command that composes it again.

    It states how takes of the style fared.
    """
    from componium.composing.ratings import ratings

    command = " ".join(f"--{name} {shlex.quote(f'{value:g}' if isinstance(value, float) else str(value))}"
                       for name, value in controls.items() if value is not None)  # fmt: skip
    return f"{controls['style']}: {ratings()[controls['style']]}\ncomponium compose {command}"


def _melody_drawer(begin: Callable[[], None]) -> "Callable[[int, int, Score], None]":
    """Return a callback that prints the highest part on stderr, bar by bar.

    Two bars are a line, four on a wide terminal, a pickup is one of its own. The first bar waits for the second, which
    shows if it is a pickup.
    """
    import numpy as np

    from componium.music.time import bar_lines, bar_numbers
    from componium.render.terminal import line_text

    texts: list[str] = []
    lines = [0]
    per_line = 4 if shutil.get_terminal_size().columns >= WIDE else 2

    def draw(take: int, bar: int, music: "Score") -> None:
        texts.append(line_text(music))
        lines.append(lines[-1] + int(bar_lines(music)[-1]))
        if bar == 0:
            begin()
            return
        number = int(bar_numbers(np.array(lines[:3]))[0])
        for at in range(bar if bar > 1 else 0, bar + 1):
            place = number + at
            begins = place % per_line == 1 or at == 0
            click.echo(f"{f'{place:4}  ' if begins else ' '}{texts[at]} |", err=True, nl=place % per_line == 0)

    return draw


def _names(text: str | None) -> tuple[str, ...] | None:
    """Return the names in a list with commas; None if it isn't given."""
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _drawer(n: int, begin: Callable[[], None]) -> "Callable[[int, int, Score], None]":
    """Return a callback that prints each bar on stderr as it is done.

    It calls `begin` before. Where there are several takes, the take's number is printed too.
    """
    from componium.render.terminal import bar_text

    def draw(take: int, bar: int, music: "Score") -> None:
        begin()
        where = f"{bar + 1:4}" if n == 1 else f"{take + 1}:{bar + 1:<4}"
        _io.print_message(f"{where}  {bar_text(music, 0)}")

    return draw


def _file_of(output: str, formats: tuple[str, ...], n: int) -> Path | None:
    """Return the file that an output names by the suffix of a format.

    None for a folder, or for stdout.

    Raises UsageError for several takes, or other formats, in one file.
    """
    path = Path(output)
    suffix = path.suffix.lower().removeprefix(".")
    if output.endswith("/") or path.is_dir() or suffix not in _known_formats():
        return None
    is_given = click.get_current_context().get_parameter_source("formats") is ParameterSource.COMMANDLINE
    if n != 1 or (is_given and formats != (suffix,)):
        raise click.UsageError(f"{output} is one file: no {'-n' if n != 1 else '--formats'}; or name a folder with -o")
    return path


def _write(take: "Take", paths: list[Path], expression: float, quiet: bool) -> list[str]:
    for path in paths:
        take.write(path, expression=expression)
        if not quiet:
            click.echo(path)
    return [str(path) for path in paths]


def name_of(take: "Take") -> str:
    """Return a file name, without suffix, for a take: chorales-D_minor-3-4-seed3-1."""
    parts = [_value(take, control) for control in ("style", "key", "meter")]
    parts += [f"seed{take.seed}", str(take.number)]
    return "-".join(re.sub(r"[^\w#]+", "-", part.replace(" ", "_")).strip("-") for part in parts if part)


def _value(take: "Take", control: str) -> str:
    """Return what was asked for, else what was measured; empty where that isn't known."""
    asked = take.asked.get(control)
    value = asked if asked not in (None, "auto") else take.measured.get(control)
    return value if isinstance(value, str) and value != "unknown" else ""
