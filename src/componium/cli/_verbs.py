"""Shared options of the commands that make takes of a piece, and what they write."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from componium.cli import _changed, _io

if TYPE_CHECKING:
    from componium.composing.take import Take

F = TypeVar("F", bound=Callable[..., Any])

_MODEL = (
    click.option("--seed", type=click.IntRange(min=0), help="Same seed, same music; one is drawn if not given."),
    click.option("--method", metavar="DIR|NAME",
                 help="A model saved by `train`, or a method by name.  [default: shipped]"),
    click.option("--corpus", metavar="NAME|DIR", help="What a method given by name learns from first."),
    _io.from_option, _io.to_option, _io.json_option,
)  # fmt: skip
_SAMPLING = (
    click.option("--style", help="The style of IN, where it states none."),
    click.option("-n", "--takes", "n", type=click.IntRange(min=1), help="Several alternatives: OUT-1, OUT-2 ..."),
    click.option("--temperature", type=float, default=1.0, show_default=True, help="Lower is more predictable."),
)


def model_options(function: F) -> F:
    """Add the options of the seed, the model and the forms of the files to a command."""
    return _with(function, _MODEL)


def take_options(function: F) -> F:
    """Add `model_options`, the style, the number of takes and the temperature."""
    return _with(function, (*_SAMPLING, *_MODEL))


def _with(function: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def check_target(target: str, to: str | None, n: int | None) -> None:
    """Refuse an unknown format, and several takes to stdout, before anything is read."""
    if n is not None and target == "-":
        raise click.UsageError("stdout takes one piece: no -n")
    _io.writer(target, to)


def write_takes(
    made: "Take | list[Take]", target: str, to: str | None, *, source: _changed.Source | None = None, as_json: bool
) -> None:
    """Write one take to a file, or several to numbered ones, and print what they are.

    That is the cells that changed, where the take states them, else what was asked and measured. The file that `source`
    came from is patched where that can be.
    """
    takes = made if isinstance(made, list) else [made]
    paths = [_numbered(target, number) for number in range(1, len(takes) + 1)] if isinstance(made, list) else [target]
    for take, path in zip(takes, paths, strict=True):
        if source is None:
            _io.writer(path, to)(take.annotated())
        else:
            _changed.write(source, take.annotated(), path, to)
    if as_json:
        _io.print_json([{**take.to_json(), "file": path} for take, path in zip(takes, paths, strict=True)])
        return
    for take, path in zip(takes, paths, strict=True):
        changed = take.measured.get("changed")
        _io.print_message(f"{path}\n{take}" if changed is None else "\n  ".join([path, *changed]))


def span(text: str | None, n_bars: int, option: str = "--bars") -> tuple[int, int] | None:
    """Return bars, 0-based and half-open, of text such as "5-6"."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise click.BadParameter(f"{text!r}: a bar, or first and last such as 5-6", param_hint=option)
    if not 1 <= int(first) <= int(last or first) <= n_bars:
        raise click.BadParameter(f"{text}: the piece has bars 1 to {n_bars}", param_hint=option)
    return int(first) - 1, int(last or first)


def voices(text: str | None) -> list[int | str] | None:
    """Return voices of text such as "alto" or "2,3", numbers counted from 0."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [int(name) - 1 if name.isdecimal() else name for name in names]


def _numbered(target: str, number: int) -> str:
    path = Path(target)
    return str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
