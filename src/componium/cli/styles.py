"""List the styles to compose in."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.composing.ratings import Rating


@click.command()
@_io.json_option
def command(as_json: bool) -> None:
    """List the styles to compose in, with how much music each was learned from.

    Each has its name, its model, the numbers of pieces and of notes, and how well its takes can be told from real
    pieces (AUC: 0.5 is chance, 1 is always), where that is measured; those that are always told are experiments. Then
    the more general styles that the pieces are in.

    \b
    Examples:
      componium styles
      componium compose --style waltz
      componium compose --style jig,reel
    """
    from componium.composing.shipped import styles

    found = styles()
    if as_json:
        _io.print_json([asdict(style) for style in found])
    elif found:
        pieces = max(len(f"{style.n_pieces:,}") for style in found)
        notes = max(len(_notes(style.n_notes)) for style in found)
        _io.print_table([
            (style.name, style.model, f"{style.n_pieces:>{pieces},} pieces", f"{_notes(style.n_notes):>{notes}} notes",
             fared(style.rating), f"of {', '.join(style.within)}" if style.within else "")
            for style in found
        ])
    else:
        _io.print_message("no trained model is here; train one: componium train chorales --out runs/mine")


def fared(rating: "Rating | None") -> str:
    """Return how a style fared in a few words."""
    from componium.composing.ratings import in_words

    return "not measured" if rating is None else f"{rating.auc:.2f} {in_words(rating.auc)}"


def _notes(n_notes: int | None) -> str:
    return "?" if n_notes is None else f"{n_notes:,}"
