"""Vary a piece or a recording with a trained model."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol, Required, TypedDict, Unpack, cast, overload

import numpy as np

from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.model import resolve_model
from componium.composing.request import check_number
from componium.composing.take import Take, measure_take, report_originality
from componium.corpora import Corpus
from componium.decoding.request import Request
from componium.methods import Method
from componium.music.score import Score
from componium.progress import type_on_progress

VARIER = "dream"
STRENGTH = 0.5

type_on_state = Callable[[int, Score], None]


class Varier(Protocol):
    """A method that varies a score."""

    def dream(
        self, score: Score, *, strength: float | None = None, rng: np.random.Generator,
        keep_bars: Collection[int] = (), keep_parts: Collection[int] = (), on_sweep: type_on_state | None = None,
    ) -> Score:  # fmt: skip
        """Return the score resampled: unchanged at strength 0, free at 1."""
        ...


class Options(TypedDict, total=False):
    """The keyword arguments of `vary` but `n`, for type checkers."""

    strength: float
    keep_bars: Collection[int]
    keep_tracks: Collection[int]
    seed: int | None
    method: Method | str | Path | None
    corpus: Corpus | str | Path | None
    on_state: type_on_state | None
    on_progress: type_on_progress | None


class _Several(Options):
    n: Required[int]


@overload
def vary(piece: Score | Take, **options: Unpack[Options]) -> Take: ...
@overload
def vary(piece: Score | Take, **options: Unpack[_Several]) -> list[Take]: ...
def vary(
    piece: Score | Take,
    *,
    strength: float = STRENGTH,
    keep_bars: Collection[int] = (),
    keep_tracks: Collection[int] = (),
    n: int | None = None,
    seed: int | None = None,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    on_state: type_on_state | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Vary a piece with a trained model (Gibbs sampling).

    Returns one Take, or a list of `n`.
    piece        a Score, or a Take, which becomes the parent; `componium.read` transcribes a recording to a score
    strength     0 returns the piece unchanged, 1 draws every note anew; 0.5 by default
    keep_bars    bars that keep their notes, from 0
    keep_tracks  tracks that keep their notes, from 0
    n            None (default) returns one Take; a number from 1 returns a list
    seed         from 0; drawn if None, and stated in each take
    method       a fitted method that varies, the name of one, or a folder; the shipped one by default
    corpus       what a method given by name learns from; "dream" if none is named
    on_state     called with the number of each sweep and the score after it
    on_progress  called with a Progress while music is read and learned from

    Raises ControlError for a request that can't be met and for a method that can't vary, and as `compose` does.
    """
    score = score_of(piece)
    strength = check_number("strength", strength, 0, 1)
    count, seed = check_takes(n, seed)
    model = resolve_model(VARIER if method is None else method, corpus, able="dream", on_progress=on_progress)
    varier, rng = cast(Varier, model.method), np.random.default_rng(seed)
    takes, asked = [], Request(score=score)
    for number in range(1, count + 1):
        varied = varier.dream(score, strength=strength, rng=rng, keep_bars=keep_bars, keep_parts=keep_tracks,
                              on_sweep=on_state)
        takes.append(
            Take(varied, seed, number, asked, {"strength": strength}, measure_take(varied), model.name, model.folder,
                 model.weights, originality=report_originality(model.index, varied, asked), parent=parent_of(piece))
        )  # fmt: skip
    return takes[0] if n is None else takes
