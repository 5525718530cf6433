"""Tune a method's parameters on the validation split, with Optuna.

Each trial fits the method to the training split and measures the nats a note of validation pieces; the fewest win. The
test split is never read. Trials are kept in a SQLite file, so that a stopped study goes on where it was; the sampler
(TPE: Bergstra, Bardenet, Bengio and Kégl, Algorithms for Hyper-Parameter Optimization, 2011) is seeded anew for each
trial, so that a study in several sittings is the same as one in one.

    out/study.db     all trials
    out/best.toml    the recipe of the best one, which `componium train --recipe` takes
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from componium import registry
from componium.composing.model import resolve_corpus
from componium.corpora import Corpus
from componium.errors import (
    CheckpointError,
    ComponiumError,
    ControlError,
    CorpusError,
    MissingExtraError,
    did_you_mean,
)
from componium.evaluation.likelihood import in_style, likelihoods
from componium.learning import recipes
from componium.learning.recipes import Recipe, merge, repeat
from componium.learning.space import Choice, Range, nested, type_space, usual_space
from componium.learning.train import LEARNER, with_settings
from componium.methods import Autoregressive, Method
from componium.progress import Progress, type_on_progress, with_stage
from componium.training.settings import Settings

STUDY, BEST, DATABASE = "componium", "best.toml", "study.db"
TRIALS, PIECES = 20, 40


@dataclass(frozen=True)
class Trial:
    """Trial: the values tried, and the nats a note of validation.

    They are None, with the reason, if it failed.
    """

    values: Mapping[str, Any]
    nll_per_note: float | None
    reason: str = ""


@dataclass(frozen=True)
class Tuned:
    """Result of a study: the best recipe, its nats a note, all trials, its file."""

    recipe: Recipe
    nll_per_note: float
    trials: tuple[Trial, ...]
    path: Path

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        rows = [{"values": dict(each.values), "nll_per_note": each.nll_per_note, "reason": each.reason}
                for each in self.trials]
        return {"method": self.recipe.method, "corpus": self.recipe.corpus, "parameters": dict(self.recipe.parameters),
                "nll_per_note": self.nll_per_note, "recipe": str(self.path), "trials": rows}


def tune(
    corpus: Corpus | str | Path,
    out: str | Path,
    *,
    method: str = LEARNER,
    space: type_space | None = None,
    params: Mapping[str, Any] | None = None,
    repeats: Mapping[str, int] | None = None,
    trials: int = TRIALS,
    minutes: float | None = None,
    pieces: int | None = PIECES,
    seed: int = 0,
    on_progress: type_on_progress | None = None,
) -> Tuned:
    """Search for the parameters under which validation takes the fewest nats a note.

    A study that is in the folder already goes on until it has so many trials. Ctrl-C keeps those that are finished.

    corpus       a Corpus, the name of one, or a folder of music; several names are joined by commas
    out          the folder of the study, and of the recipe
    method       the name of a method with a likelihood; "transformer" by default
    space        a Range or a Choice by the name of a parameter; by default what `usual_space` returns
    params       parameters that are the same in every trial
    repeats      the times an epoch that pieces of a style are read, by style; 1 by default
    trials       finished trials that the study is to have, from 1
    minutes      training time of a trial, for neural methods
    pieces       validation pieces to measure on, at most; None for all
    seed         from 0; of the sampler

    Raises MissingExtraError without Optuna, ControlError for a method without a likelihood, for a parameter that it
    doesn't have and for a study of other settings, CorpusError without validation pieces.
    """
    fixed = with_settings(method, params or {}, minutes=minutes)
    space = dict(space) if space else {name: values for name, values in usual_space(method).items()
                                       if not _is_set(fixed, name)}  # fmt: skip
    recipe = Recipe(method, corpus.name if isinstance(corpus, Corpus) else str(corpus), fixed, dict(repeats or {}))
    _check(recipe, space, trials)
    study = _open_study(Path(out), recipe, space, pieces, seed)
    music = resolve_corpus(corpus, on_progress)
    learned = repeat(_without_test(music), recipe.repeats)
    search = _Search(study, recipe, space, learned, _validation(music, pieces), seed)
    try:
        search.run(trials, on_progress)
    finally:
        if search.best is not None:
            recipes.write(search.best_recipe, Path(out) / BEST)
    if search.best is None:
        raise ControlError("no trial succeeded", where=search.trials[-1].reason, advice="search in another space")
    return Tuned(search.best_recipe, search.best.value, search.trials, Path(out) / BEST)


class _Search:
    """A study, and the music that its trials learn from and are measured on."""

    def __init__(
        self, study: Any, recipe: Recipe, space: type_space, music: Corpus, validation: Corpus, seed: int
    ) -> None:
        self.study, self.recipe, self.space, self.seed = study, recipe, space, seed
        self.music, self.validation = music, validation

    @property
    def finished(self) -> list[Any]:
        """The trials that have ended, those that failed by their parameters too, in order."""
        return [each for each in self.study.trials if each.state.name in ("COMPLETE", "PRUNED")]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The finished trials."""
        return tuple(Trial(each.params, each.value, each.user_attrs.get("reason", "")) for each in self.finished)

    @property
    def best(self) -> Any:
        """The best trial, None before the first success."""
        done = [each for each in self.finished if each.value is not None]
        return min(done, key=lambda each: (each.value, each.number), default=None)

    @property
    def best_recipe(self) -> Recipe:
        """The recipe with the best values."""
        return self._recipe(self.best.params)

    def _recipe(self, values: Mapping[str, Any]) -> Recipe:
        recipe = self.recipe
        return Recipe(recipe.method, recipe.corpus, merge(recipe.parameters, nested(values)), recipe.repeats)

    def run(self, trials: int, on_progress: type_on_progress | None) -> None:
        """Run trials until so many are finished."""
        while (done := len(self.finished)) < trials:
            if on_progress:
                best = f"best {self.best.value:.3f} nats a note" if self.best else ""
                on_progress(Progress("tuning", done, trials, best))
            self._run_one(done, with_stage(on_progress, f"trial {done + 1} of {trials}"))

    def _run_one(self, number: int, on_progress: type_on_progress | None) -> None:
        """Run one trial; one that is stopped is no part of the study."""
        optuna = _optuna()
        own_seed = int(np.random.default_rng((self.seed, number)).integers(2**31))
        self.study.sampler = optuna.samplers.TPESampler(seed=own_seed)
        trial = self.study.ask()
        states = optuna.trial.TrialState
        try:
            values = {name: _suggest(trial, name, values) for name, values in self.space.items()}
            same = [each.value for each in self.finished if each.params == values and each.value is not None]
            value = same[0] if same else self._measure(values, on_progress)
        except ComponiumError as error:
            trial.set_user_attr("reason", str(error))
            self.study.tell(trial, state=states.PRUNED)
        except BaseException:
            self.study.tell(trial, state=states.FAIL)
            raise
        else:
            self.study.tell(trial, value)

    def _measure(self, values: Mapping[str, Any], on_progress: type_on_progress | None) -> float:
        """Fit with some values; return the nats a note of validation.

        Raises ControlError if they aren't finite.
        """
        method = self._recipe(values).build().fit(self.music, on_progress=on_progress)
        value = nll_per_note(method, self.validation)
        if not math.isfinite(value):
            raise ControlError(f"{value} nats a note", expected="a finite number")
        return value


def nll_per_note(method: Method, corpus: Corpus) -> float:
    """Return the nats a note of all pieces of a corpus under a fitted method."""
    if isinstance(method, Autoregressive):
        rows = [likelihood for _, likelihood in likelihoods(method, corpus)]
        return sum(row.nats for row in rows) / sum(row.notes for row in rows)
    scores = [in_style(piece) for piece in corpus.pieces]
    nats = -method.log_prob(scores)
    return float(np.sum(nats)) / sum(score.n_notes for score in scores)


def _suggest(trial: Any, name: str, values: Range | Choice) -> Any:
    if isinstance(values, Choice):
        return trial.suggest_categorical(name, list(values.values))
    if values.is_whole:
        return trial.suggest_int(name, values.low, values.high)
    return trial.suggest_float(name, values.low, values.high, log=values.is_log)


def _check(recipe: Recipe, space: type_space, trials: int) -> None:
    """Raise ControlError for what can't be tuned."""
    kind = registry.load_class("methods", recipe.method, Method)
    if not hasattr(kind, "log_prob"):
        able = [name for name in registry.names("methods")
                if hasattr(registry.load_class("methods", name, Method), "log_prob")]
        raise ControlError(f"{recipe.method} has no likelihood to tune by", expected=f"one of {', '.join(able)}")
    if trials < 1:
        raise ControlError(f"{trials} trials", expected="1 or more")
    if not space:
        raise ControlError(f"no parameter of {recipe.method} to tune", advice="name one with its values: order=2..8")
    known = recipe.build().get_params()
    for name in space:
        first, _, setting = name.partition(".")
        recipe.build().set_params(**{first: known.get(first)})  # raises for a parameter that there isn't
        if first == "training" and setting not in (settings := {field.name for field in fields(Settings)}):
            raise ControlError(f"no training setting {setting!r}", expected=f"some of {', '.join(sorted(settings))}",
                               advice=did_you_mean(setting, settings))


def _is_set(params: Mapping[str, Any], name: str) -> bool:
    """Return whether parameters have a value under a dotted name."""
    first, _, rest = name.partition(".")
    return first in params and (not rest or _is_set(params[first], rest))


def _validation(corpus: Corpus, pieces: int | None) -> Corpus:
    """Return validation pieces with notes, up to a number of them, evenly drawn."""
    found = [piece for piece in corpus.validation.pieces if piece.score.n_notes]
    if not found:
        raise CorpusError("no validation pieces to tune on", where=corpus.name, expected="at least one with notes")
    chosen = sorted(np.random.default_rng(0).permutation(len(found))[:pieces].tolist())
    return corpus.with_pieces([found[at] for at in chosen])


def _without_test(corpus: Corpus) -> Corpus:
    return corpus.with_pieces([piece for piece in corpus.pieces if piece.split != "test"])


def _open_study(out: Path, recipe: Recipe, space: type_space, pieces: int | None, seed: int) -> Any:
    """Return the study in a folder, or a new one.

    Raises ControlError for one of other settings.
    """
    optuna = _optuna()
    about = json.loads(json.dumps({
        "method": recipe.method, "corpus": recipe.corpus, "parameters": recipe.parameters, "repeats": recipe.repeats,
        "space": {name: str(values) for name, values in space.items()}, "pieces": pieces, "seed": seed}))  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    try:
        study = optuna.create_study(storage=f"sqlite:///{(out / DATABASE).absolute()}", study_name=STUDY,
                                    load_if_exists=True, direction="minimize")
        known = study.user_attrs
    except Exception as error:  # whatever SQLAlchemy raises for a file that is no database
        raise CheckpointError("a study that can't be read", where=str(out / DATABASE), advice=str(error)) from error
    differs = [name for name, value in about.items() if name in known and known[name] != value]
    if differs:
        raise ControlError(f"a study of another {' and '.join(differs)}", where=str(out),
                           advice="name another folder, or tune as before")
    for name, value in about.items():
        study.set_user_attr(name, value)
    return study


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("what tunes parameters (Optuna)", "train") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
