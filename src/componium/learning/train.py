"""Train a method on a corpus, and save the model to a folder."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from componium.composing.model import ORIGINALITY, index_corpus, measure_unseen, warn_unless_it_learns
from componium.corpora import Corpus
from componium.errors import ControlError
from componium.learning.arrays import load_music
from componium.learning.recipes import Recipe, describe, merge, repeat
from componium.methods import make
from componium.progress import type_on_progress, with_stage

LEARNER = "transformer"


def train(
    corpus: Corpus | str | Path,
    out: str | Path,
    *,
    method: str = LEARNER,
    params: Mapping[str, Any] | None = None,
    repeats: Mapping[str, int] | None = None,
    minutes: float | None = None,
    seed: int | None = None,
    start: str | Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> Path:
    """Fit a method to a corpus and save it to a folder, which is returned.

    The originality index of the training music is saved beside it.
    corpus       a Corpus, the name of one, or a folder of music; several names are joined by commas; or a file of
                 arrays, *.npz (see componium.learning.arrays)
    out          the folder to save to; it is empty or absent, unless `resume`
    method       the name of a method; "transformer" by default
    params       its parameters by name, such as {"n_layer": 4, "training": {"steps": 500}}
    repeats      the times an epoch that pieces of a style are read, by style; 1 by default
    minutes      the time to stop after, keeping the best, above 0; for neural methods only
    seed         from 0; the seed of a method that has one
    start        a model to continue from: "default", the shipped one, or a folder; for neural methods only
    resume       whether to continue a training stopped in the same folder
    on_progress  called with a Progress while music is read and learned from

    Raises ControlError for a parameter that the method doesn't have and for a folder that isn't empty, FormatError
    for invalid repeats, UnknownNameError for an unknown method or corpus.
    """
    out = Path(out)
    name = corpus.name if isinstance(corpus, Corpus) else str(corpus)
    settings = with_settings(method, params or {}, minutes=minutes, seed=seed, start=start)
    recipe = Recipe(method, name, settings, dict(repeats or {}))
    learner = recipe.build()
    learner.check_params()
    check_empty(out, resume)
    if resume and "training" not in learner.get_params():
        warnings.warn(f"{method} learns in one pass: it starts anew", stacklevel=2)
    music = repeat(load_music(corpus, on_progress), recipe.repeats)
    warn_unless_it_learns(learner, music)
    learner.fit(music, run_dir=out, resume=resume, on_progress=with_stage(on_progress, "training"))
    measure_unseen(index_corpus(music), music, on_progress).save(out / ORIGINALITY)  # first: no model without it
    learner.save(out, about=describe(recipe, music))
    return out


def check_empty(out: Path, resume: bool) -> None:
    """Raise ControlError for a folder that isn't empty, unless it is to be resumed."""
    if not resume and out.is_dir() and any(out.iterdir()):
        raise ControlError(f"the folder {out} is not empty", advice="resume the training there, or name another folder")


def with_settings(
    method: str, params: Mapping[str, Any], *, minutes: float | None = None, seed: int | None = None,
    start: str | Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the parameters, overridden by minutes, seed and start.

    Raises ControlError for minutes for a method that learns in one pass.
    """
    known = make(method).get_params()
    given = {name: value for name, value in (("minutes", minutes), ("seed", seed)) if value is not None}
    if "training" not in known and minutes is not None:
        raise ControlError(f"minutes for {method}, which learns in one pass", advice="leave it out")
    if "training" in known and given:
        params = merge(params, {"training": given})
    elif seed is not None and "seed" in known:
        params = merge(params, {"seed": seed})
    return merge(params, {"start": str(start)} if start is not None else {})
