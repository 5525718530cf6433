"""Compose new music.

    take = componium.compose("chorales", key="D minor", bars=16, seed=3)
    take.write("take.mid")

The same seed, settings and version give the same notes.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Required, TypedDict, Unpack, overload

import numpy as np

from componium.analysis.agreement import agreement
from componium.analysis.form import bar_contents, letters_of
from componium.composing.headings import with_heading
from componium.composing.instruments import with_default_instruments
from componium.composing.model import Model, resolve_model
from componium.composing.patterns import accompany_by_pattern, is_tune
from componium.composing.request import (
    MOST_TRIES,
    N_ENDINGS,
    TEMPERATURE,
    TOP_P,
    build_request,
    check_count,
    type_auto,
    type_instruments,
    type_style,
)
from componium.composing.search import best_of, report_tries
from componium.composing.take import Take, measure_take, report_originality
from componium.corpora import Corpus
from componium.decoding.constraints.energy import energy_of
from componium.decoding.critics import Search, check_critics
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling
from componium.decoding.style.names import split_styles
from componium.decoding.style.plan import Plan
from componium.decoding.style.tempo import usual_qpm
from componium.errors import ControlError
from componium.methods import Autoregressive, Method
from componium.methods.base import type_on_bar, type_on_try
from componium.music.score import Key, Meter, Score, Tempo
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from componium.progress import type_on_progress

BATCH = 8  # takes made side by side; more gain little and cost memory

type_on_take = Callable[[Take], None]


class Options(TypedDict, total=False):
    """The keyword arguments of `compose` but `n`, for type checkers."""

    key: str | Key | None
    meter: str | Meter | None
    qpm: float | type_auto
    bars: int | type_auto
    form: str | None
    upbeat: float | str | None
    instruments: type_instruments | None
    ending: str | None
    energy: float | type_auto
    duration: float | str | None
    chords: str | None
    seed: int | None
    temperature: float
    top_p: float
    method: Method | str | Path | None
    corpus: Corpus | str | Path | None
    params: Mapping[str, Any] | None
    prompt: Score | None
    constraints: Mapping[str, bool] | None
    accompany: bool
    endings: int
    tries: int
    critics: Sequence[str] | None
    on_bar: type_on_bar | None
    on_take: type_on_take | None
    on_progress: type_on_progress | None


class _Several(Options):
    n: Required[int]


@overload
def compose(style: type_style = None, **options: Unpack[Options]) -> Take: ...
@overload
def compose(style: type_style = None, **options: Unpack[_Several]) -> list[Take]: ...
def compose(
    style: type_style = None,
    *,
    key: str | Key | None = None, meter: str | Meter | None = None, qpm: float | type_auto = None,
    bars: int | type_auto = "auto", form: str | None = None, upbeat: float | str | None = None,
    instruments: type_instruments | None = None, ending: str | None = None,
    energy: float | type_auto = None, duration: float | str | None = None, chords: str | None = None,
    n: int | None = None, seed: int | None = None, temperature: float = TEMPERATURE, top_p: float = TOP_P,
    method: Method | str | Path | None = None, corpus: Corpus | str | Path | None = None,
    params: Mapping[str, Any] | None = None, prompt: Score | None = None, constraints: Mapping[str, bool] | None = None,
    accompany: bool = False, endings: int = N_ENDINGS, tries: int = 1, critics: Sequence[str] | None = None,
    on_bar: type_on_bar | None = None, on_take: type_on_take | None = None, on_progress: type_on_progress | None = None,
) -> Take | list[Take]:  # fmt: skip
    """Compose one take, or a list of `n`.

    A control that is None, or "auto", is left to the method.
    style        one of the model's styles, such as "chorales" or "jig"; "jig,reel" or ["jig", "reel"] for their mean
    key, meter   as people write them: "D minor", "3/4"
    qpm          quarters a minute, 10 to 400
    bars         4 to 1,024, an upbeat not counted; left open, as a piece of the style has them, up to 64
    form         strains, as equally long letters that come back with their music: "AABB"; "A" for none; drawn by style
    upbeat       in quarters or as a note value, "1/8", that the last bar is shorter by; 0 for none, drawn with the form
    instruments  one a part, from the top, by name or General MIDI number (0 to 127), or "drums"
    ending       "closed": the last and lowest note is the tonic; "open": it is another
    energy       0 to 1: from the style's slowest, sparsest and longest notes to its fastest, densest and shortest
    duration     in seconds or as "1:30", in place of `bars`: the nearest whole bars, an open tempo adjusted to it
    chords       to follow, a bar between bar lines, also Roman numerals: "C | Am F | G7 | C"; repeated if shorter
    n            None (default) returns one Take; a number from 1 returns a list
    seed         from 0; drawn if None, and stated in each take
    temperature  below 1 more predictable, above 1 less; 0 to 10, 1 by default
    top_p        draw among the likeliest ids that have this share of the probability; 0.98 by default
    method       a fitted Method, the name of a method or a model, or a folder; a shipped model of the style by default
    corpus       what a method given by name learns from: a Corpus, the name of one, or a folder of music
    params       parameters of a method given by name: {"order": 3}
    prompt       a score to continue, counted in `bars` and `duration`; key, meter, tempo are for one that states none
    constraints  constraints to switch off, by name: {"parallels": False}
    accompany    set chords and a bass under a take of one line, named as "accompaniment" in its info; False by default
    endings      times that the last bars are drawn for the best close, 1 to 1,024; 8 by default, 1 for plain samples
    tries        whole takes that are composed for each take, of which the critics keep the best; 1 by default
    critics      names of the critics for `tries`, such as "cadence"; all by default
    on_bar       called as each bar is done, or chosen, with the take and the bar, both from 0, and the bar as a Score
    on_take      called with each take as it is done
    on_progress  called with a Progress while music is read and learned from, and while several tries are drawn

    Raises ControlError for what can't be met, UnknownNameError, CheckpointError for a folder without a model.

    >>> compose("chorales", bars=4, seed=1).measured["bars"]
    4
    """
    request = build_request(
        style=style, key=key, meter=meter, qpm=qpm, bars=bars, form=form, upbeat=upbeat, instruments=instruments,
        ending=ending, energy=energy, duration=duration, chords=chords, temperature=temperature, top_p=top_p,
        score=prompt, constraints=constraints, endings=endings,
    )  # fmt: skip
    search = Search(check_count("tries", tries, 1, MOST_TRIES), check_critics(critics))
    count, seed = check_takes(n, seed)
    model = resolve_model(method, corpus, request=request, params=params, on_progress=on_progress)
    takes = compose_takes(model, request, count, seed, on_bar, on_take=on_take, search=search, accompany=accompany,
                          on_progress=on_progress)  # fmt: skip
    return takes[0] if n is None else takes


def check_takes(n: int | None, seed: int | None) -> tuple[int, int]:
    """Return the number of takes (1 for None) and the seed (drawn for None)."""
    count = 1 if n is None else check_count("n", n, 1)
    return count, secrets.randbits(32) if seed is None else check_count("seed", seed, 0)


def compose_takes(
    model: Model, request: Request, n: int, seed: int, on_bar: type_on_bar | None = None, parent: Take | None = None,
    on_take: type_on_take | None = None, search: Search | None = None, accompany: bool = False,
    on_progress: type_on_progress | None = None,
) -> list[Take]:  # fmt: skip
    """Return `n` takes of one request, calling `on_take` with each as it is done.

    search     how many tries each is the best of, and by which critics; one by default
    accompany  whether a take of a single line gets chords and a bass

    Raises ControlError for what the method can't meet.
    """
    search = search or Search()
    sampling: dict[str, Any] = {}
    if isinstance(model.method, Autoregressive):
        sampling = {"temperature": request.sampling.temperature, "top_p": request.sampling.top_p,
                    "endings": request.endings}
    else:
        _check_unsampled(model.name, request)
    draws = n * search.tries
    plans = [model.method.plan(request, child) for child in np.random.default_rng(seed).spawn(draws)]  # as their own
    takes: dict[int, Take] = {}
    report = on_bar if search.tries == 1 else None
    on_try = report_tries(plans, search.tries, on_progress) if on_progress and search.tries > 1 else None
    made_each = _compose_each(model.method, request, draws, np.random.default_rng(seed), report, search, on_try)
    for number, best in best_of(search, made_each, model, plans, on_progress):
        if on_bar and not report:
            for bar in range(n_bars(best.score)):
                _report(on_bar, 0, request, number - 1, bar, slice_bars(best.score, bar, bar + 1))
        score, plan = _complete(best.score, request, model.method), plans[best.draw - 1]
        takes[number] = Take(
            score, seed, number, request, request.controls.asked(), _measured(score, request, model, plan),
            model.name, model.folder, model.weights, sampling=sampling, plan=plan,
            originality=report_originality(model.index, score, request),
            parent=parent, tries=search.tries, kept=best.kept, critics=best.marks,
        )  # fmt: skip
        if accompany and is_tune(score):
            takes[number] = replace(takes[number], score=accompany_by_pattern(score))
        if on_take:
            on_take(takes[number])
    return [take for _, take in sorted(takes.items())]


def _measured(score: Score, request: Request, model: Model, plan: Plan | None) -> dict[str, Any]:
    """Return the measured values of a take.

    Where the plan has strains, their letters are among them; where energy was asked for, that of what was composed;
    where chords were, the share of beats whose strong notes agree with them.
    """
    measured = measure_take(score)
    if request.controls.chords is not None:
        measured = {**measured, "chords_agree": round(agreement(score), 3)}
    if plan is not None and len(plan.form.letters) > 1:
        measured["form"] = letters_of(bar_contents(score), plan.bars // len(plan.form.letters))
    if plan is None or plan.energy is None or not isinstance(model.method, Autoregressive):
        return measured
    begun = n_bars(request.score) if request.score is not None else 0
    composed = slice_bars(score, begun, n_bars(score))
    return {**measured, "energy": energy_of(composed, model.method.profile_of(plan.style), plan.pool)}


def _compose_each(
    method: Method, request: Request, n: int, rng: np.random.Generator, on_bar: type_on_bar | None, search: Search,
    on_try: type_on_try | None,
) -> Iterator[tuple[int, Score]]:  # fmt: skip
    """Yield (number from 1, score) as scores are done, a few composed at a time.

    Of several tries of a take only the best may be among them.
    """
    for first, size, tries in _batches(n, search.tries):
        report = partial(_report, on_bar, first, request) if on_bar else None
        begun = partial(_report_try, on_try, first) if on_try else None
        own = replace(search, tries=tries)
        for take, score in method.compose_each(request, size, rng=rng, on_bar=report, search=own, on_try=begun):
            yield first + take + 1, score


def _batches(n: int, tries: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first draw from 0, number of draws, tries of a take) of batches.

    Together they are `n` draws.

    >>> list(_batches(6, 3)), list(_batches(20, 10))
    ([(0, 6, 3)], [(0, 8, 8), (8, 2, 2), (10, 8, 8), (18, 2, 2)])
    """
    if tries <= BATCH:
        size = BATCH // tries * tries
        yield from ((first, min(size, n - first), tries) for first in range(0, n, size))
        return
    for first in range(0, n, tries):
        for begin in range(first, first + tries, BATCH):
            size = min(BATCH, first + tries - begin)
            yield begin, size, size


def _report(on_bar: type_on_bar, first: int, request: Request, take: int, bar: int, score: Score) -> None:
    on_bar(first + take, bar, with_default_instruments(score, request))


def _report_try(on_try: type_on_try, first: int, draw: int, n_left: int, bar: int, score: Score) -> None:
    on_try(first + draw, n_left, bar, score)


def _check_unsampled(name: str, request: Request) -> None:
    """Raise ControlError for settings that only a method with a sampler uses."""
    given = [f"constraints ({', '.join(request.constraints)})"] if request.constraints else []
    usual = Sampling(temperature=TEMPERATURE, top_p=TOP_P)
    given += ["temperature or top_p"] if request.sampling != usual else []
    if given:
        raise ControlError(f"{' and '.join(given)} for {name}, which doesn't draw one id after another",
                           advice="leave them out")


def _complete(score: Score, request: Request, method: Method) -> Score:
    """Return the score with a heading, default instruments and a tempo."""
    style = split_styles(request.controls.style or score.about("style") or "Take")[0]
    score = with_default_instruments(score, request)
    tempos = score.tempos or (Tempo(0, usual_qpm(score, style)),)
    return with_heading(replace(score, tempos=tempos), style, tempos[0].qpm, method.profile_of(style).within)
