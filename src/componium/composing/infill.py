"""Write some bars or voices of a piece anew; everything else stays as it is.

    take = componium.infill(score, bars=(4, 6), voices=["alto"])
    original, *others = componium.infill(score, bars=(4, 6), n=3)
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Required, Unpack, overload

import numpy as np

from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.filling import check_regions, fill_takes, name_of_voice, state_first_style
from componium.composing.model import Model, resolve_model
from componium.composing.options import SamplingOptions
from componium.composing.request import TEMPERATURE, TOP_P, build_request, check_count, type_style
from componium.composing.take import Take, measure_take
from componium.corpora import Corpus
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods import Autoregressive, Method
from componium.music.pitch import name_to_pitch
from componium.music.score import Score
from componium.music.time import bar_number
from componium.music.transform import copy_bars, slice_bars
from componium.progress import type_on_progress

MOST_NOTES, MOST_AT_ONCE = 64, 16
AROUND = 2  # bars before and behind the region by which alternatives are ranked


class Options(SamplingOptions, total=False):
    """The keyword arguments of `infill` but `n`, for type checkers."""

    bars: tuple[int, int] | None
    voices: Sequence[int | str] | None
    chords: bool
    density: int | None
    rhythm: str | None
    register: tuple[int | str, int | str] | None
    polyphony: int | None
    repeats: Sequence[int] | None
    style: type_style


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
    register: tuple[int | str, int | str] | None = None,
    polyphony: int | None = None,
    repeats: Sequence[int] | None = None,
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
    density      notes that each voice shall have in each bar, 0 to 64
    rhythm       "keep" writes pitches alone, and leaves onsets and durations
    register     the lowest and the highest pitch that may be written, as names or MIDI pitches: ("C4", "A5")
    polyphony    the most notes that each voice may sound at once where it is written, 1 to 16
    repeats      the measure that each bar plays, such as [0, 1, 0, 1]: all bars of a measure are written, and have the
                 notes of the first that is among `bars`; by default each bar is a measure of its own
    style        the style of the piece, for one that doesn't state it; several as in `compose`
    n            None (default) returns one Take; a number from 1 returns a list
    seed         from 0; drawn if None, and stated in each take

    The other arguments are those of `compose`. Density, rhythm, register and polyphony are for a model that states
    regions; but for density they hold exactly. Raises ControlError for bars or voices that the piece doesn't have and
    for a method that can't fill in, and as `compose` does.
    """
    score = score_of(piece)
    wishes = {"density": density, "rhythm": rhythm, "register": register, "polyphony": polyphony}
    wishes = {name: value for name, value in wishes.items() if value is not None}
    named = Region.of(score, bars=bars, voices=voices, chords=chords)
    sources = _sources(named, repeats)
    region = _with_limits(_counted(_widened(named, sources), density), rhythm, register, polyphony)
    request = build_request(style=style, score=score, temperature=temperature, top_p=top_p, constraints=constraints)
    count, seed = check_takes(n, seed)
    model = resolve_model(method, corpus, request=request, regions=True, on_progress=on_progress)
    check_regions(model.method, wishes)
    request = state_first_style(request, model.method)
    stated = {} if request.controls.style is None else {"style": request.controls.style}
    asked = {"bars": _span(score, named), "voices": _names(score, region), **wishes, **stated}
    takes = fill_takes(model, replace(request, region=region), count, seed, asked, parent=parent_of(piece),
                       finish=partial(copy_bars, sources=sources), lists_changes=True, on_progress=on_progress)
    return takes[0] if n is None else [_original(piece, score), *_ranked(takes, model, request, region)]


def _sources(region: Region, repeats: Sequence[int] | None) -> dict[int, int]:
    """Return the bar that is copied to each other pass of the measures in a region.

    Raises ControlError for repeats of another number of bars.
    """
    if repeats is None:
        return {}
    n_bars = len(region.cells)
    if len(repeats) != n_bars:
        raise ControlError(f"repeats of {len(repeats)} bars", expected=f"{n_bars}, those of the piece")
    first: dict[int, int] = {}
    for bar in np.flatnonzero(region.cells.any(axis=1)).tolist():
        first.setdefault(repeats[bar], bar)
    return {bar: first[measure] for bar, measure in enumerate(repeats) if first.get(measure, bar) != bar}


def _widened(region: Region, sources: Mapping[int, int]) -> Region:
    """Return a region with further bars, each like the one that is copied to it."""
    cells = region.cells.copy()
    for bar, source in sources.items():
        cells[bar] = cells[source]
    return replace(region, cells=cells)


def _counted(region: Region, density: int | None) -> Region:
    if density is None:
        return region
    count = check_count("density", density, 0, MOST_NOTES)
    return replace(region, counts=np.where(region.cells, count, region.counts))


def _with_limits(
    region: Region, rhythm: str | None, register: tuple[int | str, int | str] | None, polyphony: int | None
) -> Region:
    """Return a region that keeps a rhythm, a register and a polyphony."""
    n_voices = region.cells.shape[1]
    most = 0 if polyphony is None else check_count("polyphony", polyphony, 1, MOST_AT_ONCE)
    ranges = (_range(register),) * n_voices if register is not None else ()
    return replace(region, rhythm=_keeps(rhythm), ranges=ranges, polyphony=(most,) * n_voices if most else ())


def _range(register: tuple[int | str, int | str]) -> tuple[int, int]:
    """Return the pitches of a register. Raises ControlError for one that is none."""
    if isinstance(register, str) or len(register) != 2:
        raise ControlError(f"register={register!r}", expected='the lowest and the highest pitch, such as ("C4", "A5")')
    low, high = (name_to_pitch(each) if isinstance(each, str) else check_count("register", each, 0, 127)
                 for each in register)  # fmt: skip
    if low > high:
        raise ControlError(f"register={register!r}", expected="the lower pitch first")
    return low, high


def _keeps(rhythm: str | None) -> bool:
    """Return whether the rhythm is to be kept. Raises ControlError for another word."""
    if rhythm not in (None, "keep"):
        raise ControlError(f"rhythm={rhythm!r}", expected='"keep", or None to write it anew')
    return rhythm is not None


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


def _names(score: Score, region: Region) -> list[str]:
    return [name_of_voice(score, voice) for voice in np.flatnonzero(region.cells.any(axis=0)).tolist()]


def _span(score: Score, region: Region) -> str:
    """Return the bars of a region as on a page: "5-6"."""
    first, *others = [bar_number(score, bar) for bar in np.flatnonzero(region.cells.any(axis=1)).tolist()]
    return f"{first}-{others[-1]}" if others else str(first)
