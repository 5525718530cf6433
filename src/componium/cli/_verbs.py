"""Shared options of the commands that make takes of a piece, and what they write."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import click

from componium.cli import _changed, _expression, _io

if TYPE_CHECKING:
    from componium.composing.take import Take
    from componium.music.score import Score

UNCHANGED = "no note is another: the model wrote the same again; try another --seed or a higher --temperature"
F = TypeVar("F", bound=Callable[..., Any])

count_option = click.option("-n", "--takes", "n", type=click.IntRange(min=1),
                            help="Several alternatives: OUT-1, OUT-2 ...")  # fmt: skip
seed_option = click.option("--seed", type=click.IntRange(min=0),
                           help="Same seed, same music; one is drawn if not given.")  # fmt: skip
corpus_option = click.option("--corpus", metavar="NAME|DIR", help="What a method given by name learns from first.")
_TAKES = (
    click.option("--style", help="The style of IN, where it states none."),
    count_option,
    click.option("--temperature", type=float, default=1.0, show_default=True, help="Lower is more predictable."),
    seed_option,
    click.option("--method", metavar="DIR|NAME",
                 help="A model saved by `train`, or a method by name.  [default: shipped]"),
    corpus_option,
)  # fmt: skip


class Output(NamedTuple):
    """Options of the output: format, expression, and whether JSON goes to stdout."""

    to: str | None
    expression: float | None
    as_json: bool


def file_options(function: F) -> F:
    """Add the options of the files: `from_`, and those of the argument `output`."""

    @wraps(function)
    def gathered(*, to: str | None, expression: float | None, as_json: bool, **options: Any) -> Any:
        return function(output=Output(to, expression, as_json), **options)

    return _with(cast("F", gathered), (_io.from_option, _io.to_option, _expression.option, _io.json_option))


def take_options(function: F) -> F:
    """Add `file_options`, and those of style, takes, temperature, seed and model."""
    return _with(file_options(function), _TAKES)


def _with(function: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def check_target(target: str, output: Output, n: int | None = None) -> None:
    """Refuse an unknown format, and several takes to stdout, before anything is read."""
    if target == "-" and (n is not None or output.as_json):
        raise click.UsageError("stdout takes one piece: no -n, no --json")
    _io.writer(target, output.to)


def write_takes(
    made: "Take | list[Take]", target: str, output: Output, *, source: _changed.Source | None = None
) -> None:
    """Write one take to a file, or several to numbered ones, and print what they are.

    That is the cells that changed, where the take states them, else what was asked and measured. The file that `source`
    came from is patched where that can be; what is written anew is performed.
    """
    takes = made if isinstance(made, list) else [made]
    paths = [_numbered(target, number) for number in range(1, len(takes) + 1)] if isinstance(made, list) else [target]
    for take, path in zip(takes, paths, strict=True):
        if source is None:
            _expression.write(take, path, output.to, output.expression)
        else:
            _changed.write(source, take, path, output.to, output.expression)
    if output.as_json:
        _io.print_json([{**take.to_json(), "file": path} for take, path in zip(takes, paths, strict=True)])
        return
    for take, path in zip(takes, paths, strict=True):
        changed = take.measured.get("changed")
        lines = [f"{path}\n{take}"] if changed is None else [path, *(changed or [UNCHANGED])]
        _io.print_message("\n  ".join(lines))


def span(text: str | None, score: "Score", option: str = "--bars") -> tuple[int, int] | None:
    """Return bars, 0-based and half-open, of text such as "5-6".

    The text numbers them as on a page.
    """
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise click.BadParameter(f"{text!r}: a bar, or first and last such as 5-6", param_hint=option)
    begin, end = bar_index(score, int(first), option), bar_index(score, int(last or first), option)
    if end < begin:
        raise click.BadParameter(f"{text!r}: the first bar before the last, such as 5-6", param_hint=option)
    return begin, end + 1


def bar_index(score: "Score", number: int, option: str) -> int:
    """Return the bar, from 0, that has a number on a page: a pickup is 0."""
    from componium.music.time import bar_number

    first = bar_number(score, 0)
    if not first <= number < first + score.n_bars:
        raise click.BadParameter(f"{number}: the piece has bars {first} to {first + score.n_bars - 1}",
                                 param_hint=option)  # fmt: skip
    return number - first


def voices(text: str | None) -> list[int | str] | None:
    """Return voices of text such as "alto" or "2,3", numbers counted from 0."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [int(name) - 1 if name.isdecimal() else name for name in names]


def _numbered(target: str, number: int) -> str:
    path = Path(target)
    return str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
