"""Pieces as written and as played: a Score is both."""

from typing import Protocol

from componium.music.score import Score


class Played(Protocol):
    """Anything with a score as written and as it sounds, such as a Performance."""

    @property
    def score(self) -> Score:
        """The music as written."""

    @property
    def sounding(self) -> Score:
        """The music as played: its notes, and its tempo curve."""


def written(piece: Score | Played) -> Score:
    """Return the score of a piece as written."""
    return piece if isinstance(piece, Score) else piece.score


def sounding(piece: Score | Played) -> Score:
    """Return the score of a piece as it sounds."""
    return piece if isinstance(piece, Score) else piece.sounding
