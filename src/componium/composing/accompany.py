"""Accompany a tune: write parts for further instruments beside it.

    take = componium.accompany(tune, instruments=["piano"])
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Required, Unpack, overload

from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.filling import fill_takes, state_first_style, states_regions
from componium.composing.model import resolve_model
from componium.composing.options import SamplingOptions
from componium.composing.parts import named, parts_of, region_of_parts
from componium.composing.request import TEMPERATURE, TOP_P, build_request, parse_instruments, type_instruments
from componium.composing.take import Take
from componium.corpora import Corpus
from componium.errors import ControlError
from componium.methods import Method
from componium.music.score import Score
from componium.progress import type_on_progress

INSTRUMENTS = ("piano",)


class Options(SamplingOptions, total=False):
    """The keyword arguments of `accompany` but `n`, for type checkers."""

    style: str | None


class _Several(Options):
    n: Required[int]


@overload
def accompany(
    tune: Score | Take, instruments: type_instruments = INSTRUMENTS, **options: Unpack[Options]
) -> Take: ...
@overload
def accompany(
    tune: Score | Take, instruments: type_instruments = INSTRUMENTS, **options: Unpack[_Several]
) -> list[Take]: ...
def accompany(
    tune: Score | Take,
    instruments: type_instruments = INSTRUMENTS,
    *,
    style: str | None = None,
    n: int | None = None,
    seed: int | None = None,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    constraints: Mapping[str, bool] | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Write parts for further instruments beside a tune, which is kept note for note.

    Returns one Take, or a list of `n`. The new parts follow the tune's own; a keyboard has two, right hand and left
    hand. Chord symbols of the tune are followed.

    tune         a Score, or a Take, which becomes the parent of the new ones
    instruments  by name or General MIDI number (0 to 127), or "drums"; a piano by default
    style        the style of the accompaniment, such as "lieder"; by default the one that the tune states
    n            None (default) returns one Take; a number from 1 returns a list
    method       a model that states regions; the shipped one by default

    The other arguments are those of `compose`. Raises ControlError for a model that states no regions, and as
    `compose` does.
    """
    score, programs = score_of(tune), parse_instruments(instruments)
    if not programs:
        raise ControlError("no instruments", expected='one or more, such as ["piano"]')
    parts = parts_of(programs)
    joined = named(replace(score, tracks=(*score.tracks, *(part.track for part in parts))), parts)
    request = build_request(style=style, score=joined, temperature=temperature, top_p=top_p, constraints=constraints)
    count, seed = check_takes(n, seed)
    model = resolve_model(method, corpus, request=request, regions=True, on_progress=on_progress)
    request = state_first_style(request, model.method)
    _check(model.method)
    request = replace(request, region=region_of_parts(joined, parts, [True] * len(parts)))
    asked = {"accompaniment": [part.name for part in joined.tracks[len(score.tracks) :]]}
    takes = fill_takes(model, request, count, seed, asked, parent=parent_of(tune), on_progress=on_progress)
    return takes[0] if n is None else takes


def _check(method: Method) -> None:
    """Raise ControlError for a method that states no regions."""
    if not states_regions(method):
        raise ControlError(f"the method {method.name} can't accompany, since its codec states no regions",
                           expected="a model that was trained with regions", advice="harmonize sets parts by rules")
