"""Extend a piece: keep what is there, and compose further bars."""

from collections.abc import Mapping
from pathlib import Path
from typing import Required, Unpack, overload

from componium.composing.compose import check_takes, compose_takes
from componium.composing.model import resolve_model
from componium.composing.options import SamplingOptions
from componium.composing.request import N_ENDINGS, TEMPERATURE, TOP_P, build_request, check_count, type_style
from componium.composing.take import Take
from componium.corpora import Corpus
from componium.decoding.controls import MAX_BARS
from componium.errors import ControlError
from componium.methods import Method
from componium.methods.base import type_on_bar
from componium.music.score import Score
from componium.music.time import n_bars
from componium.progress import type_on_progress

FURTHER_BARS = 8


class Options(SamplingOptions, total=False):
    """The keyword arguments of `extend` but `n`, for type checkers."""

    style: type_style
    ending: str | None
    endings: int
    on_bar: type_on_bar | None


class _Several(Options):
    n: Required[int]


@overload
def extend(piece: Score | Take, bars: int = FURTHER_BARS, **options: Unpack[Options]) -> Take: ...
@overload
def extend(piece: Score | Take, bars: int = FURTHER_BARS, **options: Unpack[_Several]) -> list[Take]: ...
def extend(
    piece: Score | Take,
    bars: int = FURTHER_BARS,
    *,
    style: type_style = None,
    ending: str | None = None,
    n: int | None = None,
    seed: int | None = None,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    constraints: Mapping[str, bool] | None = None,
    endings: int = N_ENDINGS,
    on_bar: type_on_bar | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Continue a piece by further bars.

    Returns a Take that begins with the piece, or a list of `n`. The piece states meter, key, tempo and instruments; it
    is kept as the method's codec keeps it.

    piece        a Score, or a Take, which becomes the parent of the new ones
    bars         further bars, from 1; 8 by default
    style        the style of the piece, for one that doesn't state it; several as in `compose`
    ending       "closed" or "open"
    n            None (default) returns one Take; a number from 1 returns a list

    The other arguments are those of `compose`; errors are raised as there.

    >>> from componium.composing.compose import compose
    >>> begun = compose("jig", bars=4, upbeat=0, seed=1)
    >>> extend(begun, 2, seed=2).measured["bars"]
    6
    """
    score = score_of(piece)
    further = check_count("bars", bars, 1, MAX_BARS)
    request = build_request(style=style, bars=n_bars(score) + further, ending=ending, temperature=temperature,
                            top_p=top_p, score=score, constraints=constraints, endings=endings)
    count, seed = check_takes(n, seed)
    model = resolve_model(method, corpus, request=request, on_progress=on_progress)
    takes = compose_takes(model, request, count, seed, on_bar, parent_of(piece))
    return takes[0] if n is None else takes


def score_of(piece: Score | Take) -> Score:
    """Return the score of a piece. Raises ControlError for anything else."""
    score = piece.score if isinstance(piece, Take) else piece
    if not isinstance(score, Score):
        raise ControlError(f"a piece of type {type(score).__name__}", expected="a Score or a Take",
                           advice="componium.read(path) reads a score from a file")
    return score


def parent_of(piece: Score | Take) -> Take | None:
    """Return the take that a piece is, or None for a score."""
    return piece if isinstance(piece, Take) else None
