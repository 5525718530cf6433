"""Option of the commands that perform what they write, and its default."""

from typing import TYPE_CHECKING

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.composing.take import Take
    from componium.music.score import Score

option = click.option("--expression", type=click.FloatRange(0, 1),
                      help="Of the performance in sound and MIDI: 0 is exactly as written.  "
                           "[default: 1; 0 for a file that is played]")  # fmt: skip


def chosen(score: "Score | None", expression: float | None) -> float:
    """Return the expression, by default that of the piece.

    Report on stderr where that is to play it as it stands.
    """
    from componium.performance.detection import default_expression, played_by

    if expression is not None:
        return expression
    if score is not None and (reason := played_by(score)):
        _io.print_message(f"the file has {reason} of its own: played as it stands (--expression 1 performs it)")
    return default_expression(score)


def write(take: "Take", target: str, to: str | None, expression: float | None) -> None:
    """Write a take: performed in sound and MIDI, in other formats its score.

    Raises as `_io.writer` does.
    """
    from componium import formats

    plays = _io.suffix_of(target, to, "--to") in formats.played_suffixes()
    performed = take.perform(chosen(take.request.score, expression)) if plays else take.annotated()
    _io.writer(target, to)(performed)
