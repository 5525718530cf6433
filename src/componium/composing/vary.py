"""Vary a piece with a trained model: by Gibbs sampling, or by cells."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Required, Unpack, cast, overload

import numpy as np

from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.filling import fill_takes, state_first_style
from componium.composing.model import Model, resolve_model
from componium.composing.options import ModelOptions
from componium.composing.request import build_request, check_number
from componium.composing.shipped import SHIPPED_MODEL
from componium.composing.take import Take, measure_take, report_originality
from componium.corpora import Corpus
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.measuring import is_monophonic
from componium.errors import ControlError
from componium.methods import Method
from componium.music.score import Score
from componium.music.transform import change_ticks_per_quarter
from componium.progress import type_on_progress

VARIER = "dream"
STRENGTH = 0.5
LINES = 4  # that the shipped "dream" has

type_on_state = Callable[[int, Score], None]


class Varier(Protocol):
    """A method that varies a score."""

    def dream(
        self, score: Score, *, strength: float | None = None, rng: np.random.Generator,
        keep_bars: Collection[int] = (), keep_parts: Collection[int] = (), on_sweep: type_on_state | None = None,
    ) -> Score:  # fmt: skip
        """Return the score resampled: unchanged at strength 0, free at 1."""
        ...


class Options(ModelOptions, total=False):
    """The keyword arguments of `vary` but `n`, for type checkers."""

    strength: float
    keep_bars: Collection[int]
    keep_tracks: Collection[int]
    style: str | None
    on_state: type_on_state | None


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
    style: str | None = None,
    n: int | None = None,
    seed: int | None = None,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    on_state: type_on_state | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Vary a piece with a trained model.

    The method "dream" resamples all notes again and again (Gibbs sampling). A model that draws one id after another
    writes some cells anew, a cell being one voice in one bar; all others are the input itself. By default "dream"
    varies up to four single lines, and the shipped model any other piece: chords, drums, more parts.

    Returns one Take, or a list of `n`.
    piece        a Score, or a Take, which becomes the parent; `componium.read` transcribes a recording to a score
    strength     0 returns the piece unchanged, 1 draws every note anew; 0.5 by default. Of cells it is the share that
                 is written
    keep_bars    bars that keep their notes, from 0
    keep_tracks  tracks that keep their notes, from 0
    style        the style of the piece, for one that doesn't state it; not with "dream"
    n            None (default) returns one Take; a number from 1 returns a list
    seed         from 0; drawn if None, and stated in each take
    method       a fitted method that varies or draws one id after another, the name of one, or a folder; by default
                 the shipped "dream" or, where that hasn't the voices, the shipped model
    corpus       what a method given by name learns from; "dream" if none is named
    on_state     called with the number of each sweep of "dream", and the score after it
    on_progress  called with a Progress while music is read and learned from

    Raises ControlError for a request that can't be met and for a method that can't vary, and as `compose` does.
    """
    score = score_of(piece)
    strength = check_number("strength", strength, 0, 1)
    count, seed = check_takes(n, seed)
    if method is None:
        needs_sweeps = on_state is not None or corpus is not None
        method = VARIER if needs_sweeps or _is_lines(score) else SHIPPED_MODEL
    model = resolve_model(method, corpus, able="dream", or_draws=True, on_progress=on_progress)
    kept = frozenset(keep_bars), frozenset(keep_tracks)
    if not hasattr(model.method, "dream"):
        if on_state:
            raise ControlError(f"on_state for {model.name}, which makes no sweeps", advice="leave it out")
        request = state_first_style(build_request(style=style, score=score), model.method)
        numbers = range(1, count + 1)
        takes = [_by_cells(model, request, strength, *kept, seed, number, on_progress) for number in numbers]
    else:
        if style is not None:
            raise ControlError(f"a style for {model.name}, which takes none", advice="leave it out")
        takes = _by_sweeps(model, score, strength, *kept, seed, count, on_state)
    takes = [replace(take, parent=parent_of(piece)) for take in takes]
    return takes[0] if n is None else takes


def _is_lines(score: Score) -> bool:
    """Return whether a score is of as many single lines as "dream" has."""
    parts = [track for track in score.tracks if len(track.notes)]
    return len(parts) <= LINES and not any(track.is_drum or not is_monophonic(track.notes) for track in parts)


def _by_sweeps(
    model: Model, score: Score, strength: float, keep_bars: Collection[int], keep_tracks: Collection[int], seed: int,
    count: int, on_state: type_on_state | None,
) -> list[Take]:  # fmt: skip
    """Return takes with all notes resampled."""
    varier, rng = cast(Varier, model.method), np.random.default_rng(seed)
    takes, asked = [], Request(score=score)
    for number in range(1, count + 1):
        varied = varier.dream(score, strength=strength, rng=rng, keep_bars=keep_bars, keep_parts=keep_tracks,
                              on_sweep=on_state)
        varied = _as_loud(varied, score)
        takes.append(
            Take(varied, seed, number, asked, {"strength": strength}, measure_take(varied), model.name, model.folder,
                 model.weights, originality=report_originality(model.index, varied, asked))
        )  # fmt: skip
    return takes


def _as_loud(varied: Score, score: Score) -> Score:
    """Return a varied score with the velocities of the piece.

    Each note has that of its part's last note up to there.
    """
    if len(varied.tracks) != len(score.tracks):
        return varied
    tracks = []
    for track, own in zip(varied.tracks, change_ticks_per_quarter(score, varied.ticks_per_quarter).tracks, strict=True):
        notes = track.notes.copy()
        if len(own.notes):
            latest = np.searchsorted(own.notes["onset"], notes["onset"], side="right") - 1
            notes["velocity"] = own.notes["velocity"][np.maximum(latest, 0)]
        tracks.append(replace(track, notes=notes))
    return replace(varied, tracks=tuple(tracks))


def _by_cells(
    model: Model, request: Request, strength: float, keep_bars: Collection[int],
    keep_tracks: Collection[int], seed: int, number: int, on_progress: type_on_progress | None,
) -> Take:  # fmt: skip
    """Return one take with some cells written anew, chosen by the seed and its number."""
    rng = np.random.default_rng(seed).spawn(number)[-1]
    region = _draw_region(request.score or Score(), strength, keep_bars, keep_tracks, rng)
    (take,) = fill_takes(model, replace(request, region=region), 1, int(rng.integers(2**32)), {"strength": strength},
                         lists_changes=True, on_progress=on_progress)  # fmt: skip
    return replace(take, seed=seed, number=number)


def _draw_region(
    score: Score, strength: float, keep_bars: Collection[int], keep_tracks: Collection[int], rng: np.random.Generator
) -> Region:
    """Return a share of the cells that are not kept, at least one unless it is 0."""
    whole = Region.of(score)
    is_open = whole.cells.copy()
    is_open[[bar for bar in keep_bars if bar < len(is_open)]] = False
    is_open[:, [track for track in keep_tracks if track < len(score.tracks)]] = False
    places = np.argwhere(is_open)
    count = min(max(round(strength * len(places)), strength > 0), len(places))
    cells = np.zeros_like(is_open)
    cells[tuple(rng.permutation(places)[:count].T)] = True
    return replace(whole, cells=cells)
