"""Filling in by resampling, for methods whose codec states no holes.

Bar by bar, several continuations of what stands before are drawn; of each the cells to be written are put into the
piece, and one is drawn by its importance weight: the likelihood of the piece with them, the bars that follow included,
over that of the continuation itself. Sequential importance resampling: Gordon, Salmond and Smith, "Novel approach to
nonlinear/non-Gaussian Bayesian state estimation" (1993).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from componium.decoding.controls import MIN_BARS, Controls
from componium.decoding.draws import choose_by_log
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.errors import CodecError, ControlError
from componium.music.instruments import programs_of
from componium.music.score import Score, type_notes
from componium.music.time import bar_lines, meters_of, n_bars
from componium.music.transform import slice_bars

type_ticks = NDArray[np.int64]

CANDIDATES = 8
BEFORE, AFTER = 8, 2  # bars that a candidate continues, and that it is judged by


class Sampler(Protocol):
    """The part of an autoregressive method that resampling needs."""

    def generate(self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator) -> list[Score]:
        """Compose `n` scores."""
        ...

    def log_prob(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Return the log-likelihood of each score in nats."""
        ...


def fill_by_resampling(method: Sampler, request: Request, rng: np.random.Generator) -> Score:
    """Return the score of a request with its region written.

    Raises ControlError for chords to be written, and where no candidate fits what is known.
    """
    score, region = request.score, request.region
    if score is None or region is None:
        raise ControlError("nothing to fill in", expected="a score and a region of it")
    if region.chords.any():
        raise ControlError("chord symbols to be written, by a codec that states none")
    if region.rhythm:
        raise ControlError("a rhythm to be kept, by a codec that states no regions")
    for bar in np.flatnonzero(region.cells.any(axis=1)).tolist():
        score = _fill_bar(method, replace(request, score=score), region, bar, rng)
    return score


def _fill_bar(method: Sampler, request: Request, region: Region, bar: int, rng: np.random.Generator) -> Score:
    """Return the score with the cells of one bar written anew."""
    score = request.score
    assert score is not None
    first, last = max(bar - BEFORE, 0), min(bar + 1 + AFTER, len(region.cells))
    if bar:
        prompt: Score | None = slice_bars(score, first, bar)
        further = 1 if bar == len(region.cells) - 1 else 2  # a last bar is written as an ending
        controls = Controls(bars=bar - first + further, style=request.controls.style)
    else:
        prompt, controls = None, _controls_of(score, request.controls)
    asked = Request(controls, prompt, sampling=request.sampling, constraints=request.constraints)
    drawn = method.generate(asked, CANDIDATES, rng=rng)
    filled = [_with_bar(score, region, bar, candidate, bar - first) for candidate in drawn]
    weights = np.array([
        _log_prob(method, slice_bars(piece, first, last)) - _log_prob(method, slice_bars(candidate, 0, bar - first + 1))
        for piece, candidate in zip(filled, drawn, strict=True)
    ])  # fmt: skip
    weights = np.nan_to_num(weights, nan=-np.inf)
    if not np.isfinite(weights).any():
        raise ControlError(f"bar {bar + 1}, in which nothing that was drawn fits what is known",
                           advice="write more voices, or another bar, anew")
    return filled[choose_by_log(weights, rng)]


def _controls_of(score: Score, asked: Controls) -> Controls:
    """Return controls for a piece like a score, to begin it with."""
    programs = programs_of(score.tracks)
    key = replace(score.keys[0], tick=0) if score.keys else None
    meter = replace(meters_of(score)[0], tick=0)
    return Controls(style=asked.style or score.about("style") or None, key=key, meter=meter, bars=MIN_BARS,
                    instruments=programs)  # fmt: skip


def _log_prob(method: Sampler, score: Score) -> float:
    """Return the log-likelihood of a score, -inf for one that the grammar forbids."""
    try:
        return float(method.log_prob([score])[0])
    except CodecError:
        return -np.inf


def _with_bar(score: Score, region: Region, bar: int, candidate: Score, of: int) -> Score:
    """Return the score with the cells of `bar` taken from bar `of` of a candidate."""
    lines, others = bar_lines(score), bar_lines(candidate)
    if of >= n_bars(candidate) or len(candidate.tracks) != len(score.tracks):
        return score
    ratio = score.ticks_per_quarter / candidate.ticks_per_quarter
    of_bar = replace(region, cells=region.cells & (np.arange(len(region.cells)) == bar)[:, None])
    tracks = [replace(track, notes=_moved(track.notes, others[of : of + 2], ratio, lines[bar : bar + 2]))
              for track in candidate.tracks]  # fmt: skip
    return of_bar.splice(score, replace(score, tracks=tuple(tracks)))


def _moved(notes: type_notes, bar: type_ticks, ratio: float, to: type_ticks) -> type_notes:
    """Return the notes of a bar in the time of another, at whose end they stop.

    bar, to  where the bars begin and end
    """
    inside: type_notes = notes[(notes["onset"] >= bar[0]) & (notes["onset"] < bar[1])].copy()
    inside["onset"] = to[0] + np.rint((inside["onset"] - bar[0]) * ratio).astype(np.int64)
    inside = inside[inside["onset"] < to[1]]
    lasting = np.maximum(np.rint(inside["duration"] * ratio), 1).astype(np.int64)
    inside["duration"] = np.minimum(lasting, to[1] - inside["onset"])
    return inside
