"""Music that stands in several corpora, kept on one side of the split.

Each corpus splits its own families. Where corpora are joined, a piece to train on is left out if a piece held out in
another corpus begins with the same contour, or if it is a movement of a work that another corpus has whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from componium.corpora._families import family_features
from componium.corpora.base import Corpus, Piece


def without_overlaps(parts: Sequence[Corpus]) -> list[Corpus]:
    """Return corpora without training pieces that overlap with another one.

    `left_out` lists them with the reasons.
    """
    held_out: dict[str, list[tuple[str, Piece]]] = {}  # an opening -> the pieces held out that have it
    for part in parts:
        for piece in part:
            for opening in _openings(piece) if piece.split != "train" else ():
                held_out.setdefault(opening, []).append((part.name, piece))
    return [_without(part, {**_movements(part, parts), **_alike(part, held_out)}) for part in parts]


def _openings(piece: Piece) -> Iterator[str]:
    """Yield the features that tell two pieces begin alike, note by note."""
    yield from (feature for feature in family_features(piece.score) if feature.startswith("contour "))


def _alike(part: Corpus, held_out: dict[str, list[tuple[str, Piece]]]) -> dict[str, str]:
    """Return which training pieces begin like one held out elsewhere, with reasons."""
    reasons = {}
    for piece in part.train:
        for opening in _openings(piece):
            for name, other in held_out.get(opening, ()):
                if name != part.name:
                    reasons[piece.id] = f"begins like {other.id} of {name}, which is held out"
    return reasons


def _movements(part: Corpus, parts: Sequence[Corpus]) -> dict[str, str]:
    """Return the movements to train on that stand in openquartets, with reasons."""
    from componium.corpora.openquartets import SHARED

    if part.name != "quartets" or all(other.name != "openquartets" for other in parts):
        return {}
    works = tuple(work for work, _ in SHARED.values())
    return {piece.id: "stands in openquartets" for piece in part.train if piece.id.startswith(works)}


def _without(part: Corpus, reasons: dict[str, str]) -> Corpus:
    kept = part.with_pieces(piece for piece in part if piece.id not in reasons)
    return replace(kept, left_out=(*part.left_out, *reasons.items()))
