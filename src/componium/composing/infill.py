"""Write some bars or voices of a piece anew; everything else stays as it is.

    take = componium.infill(score, bars=(4, 6), voices=["alto"])
    original, *others = componium.infill(score, bars=(4, 6), n=3)
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Required, TypedDict, Unpack, overload

import numpy as np

from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.model import Model, resolve_model
from componium.composing.request import TEMPERATURE, TOP_P, build_request, check_count, type_style
from componium.composing.take import Take, measure_take, report_originality
from componium.corpora import Corpus
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.names import split_styles
from componium.errors import ControlError
from componium.methods import Autoregressive, Method
from componium.music.pitch import pitch_to_name
from componium.music.score import Score, type_notes
from componium.music.time import bar_lines
from componium.music.transform import slice_bars
from componium.progress import Progress, type_on_progress

MOST_NOTES = 64
AROUND = 2  # bars before and behind the region by which alternatives are ranked


class Options(TypedDict, total=False):
    """The keyword arguments of `infill` but `n`, for type checkers."""

    bars: tuple[int, int] | None
    voices: Sequence[int | str] | None
    chords: bool
    density: int | None
    rhythm: str | None
    style: type_style
    seed: int | None
    temperature: float
    top_p: float
    method: Method | str | Path | None
    corpus: Corpus | str | Path | None
    constraints: Mapping[str, bool] | None
    on_progress: type_on_progress | None


class _Several(Options):
    n: Required[int]


@overload
def infill(piece: Score | Take, **options: Unpack[Options]) -> Take: ...
@overload
def infill(piece: Score | Take, **options: Unpack[_Several]) -> list[Take]: ...
def infill(
    piece: Score | Take,
    *,
    bars: tuple[int, int] | None = None,
    voices: Sequence[int | str] | None = None,
    chords: bool = False,
    density: int | None = None,
    rhythm: str | None = None,
    style: type_style = None,
    n: int | None = None,
    seed: int | None = None,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    constraints: Mapping[str, bool] | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Write some bars and voices of a piece anew.

    Returns one Take, or the original and `n` others, the likeliest first. What lies outside the bars and voices is the
    input itself, note for note.

    piece        a Score, or a Take, which becomes the parent of the new ones
    bars         first and last, 0-based and half-open: (4, 6) is the fifth and the sixth; all by default
    voices       tracks, by number from 0 or by name; all by default
    chords       whether the chord symbols of these bars are written too
    density      notes that each voice shall have in each bar, 0 to 64; by a model that states regions
    rhythm       "keep" writes pitches alone, and leaves onsets and durations; by a model that states regions
    style        the style of the piece, for one that doesn't state it; several as in `compose`
    n            None (default) returns one Take; a number from 1 returns a list
    seed         from 0; drawn if None, and stated in each take

    The other arguments are those of `compose`. Raises ControlError for bars or voices that the piece doesn't have and
    for a method that can't fill in, and as `compose` does.
    """
    score = score_of(piece)
    region = replace(_region(score, bars, voices, chords, density), rhythm=_keeps(rhythm))
    request = build_request(style=style, score=score, temperature=temperature, top_p=top_p, constraints=constraints)
    count, seed = check_takes(n, seed)
    model = resolve_model(method, corpus, request=request, on_progress=on_progress)
    _check_wishes(model.method, {"density": density, "rhythm": rhythm})
    request = _in_style(request, model.method)
    if on_progress:
        on_progress(Progress("filling in", 0, count))
    rng = np.random.default_rng(seed)
    filled = model.method.generate(replace(request, region=region), count, rng=rng)
    given = (("density", density), ("rhythm", rhythm), ("style", request.controls.style))
    wishes = {name: value for name, value in given if value is not None}
    asked = {"bars": _span(region), "voices": _names(score, region), **wishes}
    takes = [_take(made, piece, model, request, seed, asked, number, region) for number, made in enumerate(filled, 1)]
    return takes[0] if n is None else [_original(piece, score), *_ranked(takes, model, request, region)]


def _region(
    score: Score, bars: tuple[int, int] | None, voices: Sequence[int | str] | None, chords: bool, density: int | None
) -> Region:
    region = Region.of(score, bars=bars, voices=voices, chords=chords)
    if density is None:
        return region
    count = check_count("density", density, 0, MOST_NOTES)
    return replace(region, counts=np.where(region.cells, count, region.counts))


def _keeps(rhythm: str | None) -> bool:
    """Return whether the rhythm is to be kept. Raises ControlError for another word."""
    if rhythm not in (None, "keep"):
        raise ControlError(f"rhythm={rhythm!r}", expected='"keep", or None to write it anew')
    return rhythm is not None


def _check_wishes(method: Method, wishes: Mapping[str, object]) -> None:
    """Raise ControlError for wishes that only a codec with regions can meet."""
    given = [name for name, value in wishes.items() if value is not None]
    if given and not (isinstance(method, Autoregressive) and "region" in method.codec_.supported_controls):
        raise ControlError(f"{' and '.join(given)} by {method.name}, whose codec states no regions",
                           advice="leave it out, or name a model that was trained with regions")


def _in_style(request: Request, method: Method) -> Request:
    """Return a request whose score states the style that is asked for.

    Of several it is the first.
    """
    if request.score is None or request.controls.style is None:
        return request
    first = split_styles(request.controls.style, method.profiles_ if isinstance(method, Autoregressive) else ())[0]
    others = (entry for entry in request.score.info if entry[0] != "style")
    return replace(request, score=replace(request.score, info=(("style", first), *others)))


def _take(
    score: Score, piece: Score | Take, model: Model, request: Request, seed: int, asked: Mapping[str, object],
    number: int, region: Region,
) -> Take:  # fmt: skip
    measured = {**measure_take(score), "changed": changes(score_of(piece), score, region)}
    sampling = {"temperature": request.sampling.temperature, "top_p": request.sampling.top_p}
    return Take(score, seed, number, request, asked, measured, model.name, model.folder, model.weights,
                sampling=sampling, originality=report_originality(model.index, score, request),
                parent=parent_of(piece))  # fmt: skip


def _original(piece: Score | Take, score: Score) -> Take:
    return piece if isinstance(piece, Take) else Take(score, measured=measure_take(score))


def _ranked(takes: list[Take], model: Model, request: Request, region: Region) -> list[Take]:
    """Return the takes, the likeliest first where the method has a likelihood.

    It is that of the bars that were written and some around them; all others are the same.
    """
    if not isinstance(model.method, Autoregressive) or len(takes) < 2:
        return takes
    asked = np.flatnonzero(region.cells.any(axis=1))
    first, last = max(int(asked[0]) - AROUND, 0), min(int(asked[-1]) + 1 + AROUND, len(region.cells))
    likelihood = model.method.conditioned(request).log_prob([slice_bars(take.score, first, last) for take in takes])
    return [takes[at] for at in np.argsort(-likelihood, kind="stable")]


def changes(before: Score, after: Score, region: Region) -> list[str]:
    """Return a line a changed cell: bar, voice, notes before and after.

    Bars are 1-based, as on a page.
    """
    lines = bar_lines(before)
    fifths = before.keys[0].fifths if before.keys else 0
    found = []
    for bar, voice in np.argwhere(region.cells).tolist():
        texts = [_notes(score.tracks[voice].notes, int(lines[bar]), int(lines[bar + 1]), fifths)
                 for score in (before, after)]
        if texts[0] != texts[1]:
            found.append(f"bar {bar + 1}, {_name(before, voice)}: {texts[0]} -> {texts[1]}")
    return found


def _notes(notes: type_notes, start: int, stop: int, fifths: int) -> str:
    inside = notes[(notes["onset"] >= start) & (notes["onset"] < stop)]
    return " ".join(pitch_to_name(int(pitch), fifths) for pitch in inside["pitch"]) or "silence"


def _name(score: Score, voice: int) -> str:
    return score.tracks[voice].name or f"voice {voice + 1}"


def _names(score: Score, region: Region) -> list[str]:
    return [_name(score, voice) for voice in np.flatnonzero(region.cells.any(axis=0)).tolist()]


def _span(region: Region) -> str:
    """Return the bars of a region as on a page: "5-6"."""
    bars = np.flatnonzero(region.cells.any(axis=1))
    return f"{bars[0] + 1}-{bars[-1] + 1}" if len(bars) > 1 else str(int(bars[0]) + 1)
