"""Genetic algorithm: tunes evolve by crossover and mutation, judged by critics.

After Horner and Goldberg, *Genetic Algorithms and Computer-Assisted Music Composition* (1991), and Biles' *GenJam*
(1994). The first generation are real tunes of the style. Parents are selected by tournament; children take bars from
both, cut at bar lines, and mutate as musicians vary tunes: a motif is transposed along the scale, inverted, played
backwards, ornamented, or two phrases are swapped. Fitness is a weighted sum of critics: how usual the melody's steps
are (likelihood: by an n-gram of the first generation, or by any autoregressive model), whether as many bars return as
in real tunes (variety), how many rules it breaks, how many of its bars stand beside new ones (novelty), and, if there
are ratings, a listener's taste.

With several parts a mutation changes one of them, and dissonances on a beat count against the rules. The best fitness
of each generation is kept in the score: `score.about("fitness")`.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.style.plan import Plan, sample_plan
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.decoding.style.typical import Typical
from componium.errors import ControlError, CorpusError
from componium.methods._shared.bars import Bars, bars_of, to_key
from componium.methods._shared.members import check_member, dump_member, fit_member, restore_member
from componium.methods._shared.parameters import admits, check_choice, check_range
from componium.methods._shared.plan import close_parts
from componium.methods.base import Whole, profiles_of
from componium.methods.genetic.critics import (
    Likelihood,
    Taste,
    bits_per_note,
    novelty,
    rules,
    type_melody,
    variety,
)
from componium.methods.genetic.evolution import evolve, type_judge
from componium.methods.genetic.mutations import type_tune
from componium.methods.genetic.tunes import UNIT, melodies_of, rows_of, tunes_of
from componium.music.score import Score
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.weights import SHIPPED

WEIGHTS = {"likelihood": 1.0, "variety": 1.0, "rules": 2.0, "novelty": 1.5, "taste": 1.0}
DRAWS = 20
MOST_MUTATION = 0.99  # at 1 a child would mutate for ever
MOST_WEIGHT = 10**6  # of a critic, or its negative


class Genetic(Whole):
    """Genetic algorithm on tunes.

    population   tunes in a generation, 1 or more
    generations  generations after the first, 0 or more
    crossover    probability that a child has two parents, 0 to 1
    mutation     probability of each further mutation of a child, 0 to 0.99
    weights      of the critics by name: likelihood, variety, rules, novelty, taste
    ratings      JSON file of a listener's ratings (see critics.Taste)
    model        the model that judges likelihood instead of the n-gram: {"folder": path of a fitted model},
                 {"method": name, and its parameters} to be fitted to the same corpus, or "shipped"
    """

    CONTROLS = frozenset({"style", "key", "meter", "qpm", "bars", "duration", "instruments", "ending"})
    TINY: ClassVar[Mapping[str, Any]] = {"population": 8, "generations": 3}

    def __init__(
        self,
        *,
        population: int = 60,
        generations: int = 40,
        crossover: float = 0.7,
        mutation: float = 0.6,
        weights: Mapping[str, float] | None = None,
        ratings: str | None = None,
        model: str | Mapping[str, Any] | None = None,
    ) -> None:
        self.population, self.generations, self.model = population, generations, model
        self.crossover, self.mutation, self.weights, self.ratings = crossover, mutation, weights, ratings

    def check_params(self) -> None:
        super().check_params()
        check_range("population", self.population, 1, 10**5)
        check_range("generations", self.generations, 0, 10**6)
        check_range("crossover", self.crossover, 0, 1)
        check_range("mutation", self.mutation, 0, MOST_MUTATION)
        for name in self.weights or {}:
            check_choice("a critic in weights", name, WEIGHTS)
        if not all(admits(float, weight) and abs(weight) <= MOST_WEIGHT for weight in (self.weights or {}).values()):
            raise ControlError(f"weights={self.weights!r}", expected=f"a number for each critic, at most {MOST_WEIGHT}")
        if self.ratings and not Path(self.ratings).is_file():
            raise ControlError(f"ratings={self.ratings!r}", expected="a file of ratings")
        if member := self._member():
            check_member(member)

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Keep the bars of the tunes, and fit or load the model, if there is one.

        Raises CorpusError without tunes, ControlError for a model without likelihood.
        """
        self.check_params()
        self.profiles_, self.bars_ = profiles_of(corpus.train), bars_of(corpus)
        if not len(self.bars_.about):
            raise CorpusError("no tunes for the first generation", where=corpus.name, expected="pieces with a key")
        member = self._member()
        self.model_ = fit_member(member, corpus) if member else None
        return self

    def _member(self) -> Mapping[str, Any] | None:
        """Return the description of the model that is a critic."""
        model = {"folder": str(SHIPPED)} if self.model == "shipped" else self.model
        return {"folder": model} if isinstance(model, str) and model else model or None

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self.bars_.to_weights()
        model, model_arrays = dump_member(self.model_) if self.model_ else (None, {})
        named = {f"model.{name}": array for name, array in model_arrays.items()}
        return {"profiles": profiles_to_json(self.profiles_), "bars": plain, "model": model}, {**arrays, **named}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.profiles_ = profiles_from_json(learned.get("profiles"))
        self.bars_ = Bars.from_weights(learned["bars"], weights)
        model = learned.get("model")
        self.model_ = restore_member(model, weights, "model.") if model else None
        return self

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        piece, tunes = self._first_generation(self.bars_, controls, rng)
        best, curve = evolve(
            tunes, self._judge(piece, tunes), piece, generations=self.generations, crossover=self.crossover,
            mutation=self.mutation, rng=rng,
        )  # fmt: skip
        score = piece.score(close_parts(rows_of(best, piece), piece))
        return replace(score, info=(*score.info, ("fitness", " ".join(f"{fitness:.3f}" for fitness in curve))))

    def _first_generation(
        self, bars: Bars, controls: Controls, rng: np.random.Generator
    ) -> tuple[Plan, list[type_tune]]:
        """Return a plan, and tunes of its style that are as long as it."""
        for _ in range(DRAWS):
            piece = sample_plan(controls, self.profiles_, rng)
            tunes = tunes_of(to_key(bars, piece.key, piece.ranges), piece)
            if tunes:
                order = rng.permutation(len(tunes))[: self.population].tolist()
                return piece, [tunes[order[at % len(order)]] for at in range(self.population)]
        raise ControlError(f"no tunes in {piece.meter} for {len(piece.programs)} parts in their ranges",
                           expected="a meter and instruments that the corpus has tunes for")

    def _judge(self, piece: Plan, tunes: list[type_tune]) -> type_judge:
        """Return a function that gives the fitness of each of many tunes."""
        weights = {**WEIGHTS, **(self.weights or {})}
        likely, returns = self._likelihood(piece, tunes), Typical.of([variety(tune) for tune in tunes])
        known = {pair for tune in tunes for pair in pairwise(tune)}
        taste = Taste.read(self.ratings) if self.ratings else None

        def fitness(tune: type_tune, lines: list[type_melody], likelihood: float) -> float:
            marks = {"likelihood": likelihood,
                     "rules": rules(lines, piece.key, piece.closed, piece.beat_ticks // UNIT),
                     "variety": returns.mark(variety(tune)), "novelty": novelty(tune, known),
                     "taste": taste.mark(lines[0]) if taste else 0.0}
            return sum(weights[name] * mark for name, mark in marks.items())

        def judge(candidates: list[type_tune]) -> list[float]:
            lines = [melodies_of(tune, piece) for tune in candidates]
            sounding = [at for at, parts in enumerate(lines) if all(parts)]
            likelihoods = dict(zip(sounding, likely([candidates[at] for at in sounding]), strict=True))
            return [fitness(tune, lines[at], likelihoods[at]) if at in likelihoods else 0.0
                    for at, tune in enumerate(candidates)]

        return judge

    def _likelihood(self, piece: Plan, tunes: list[type_tune]) -> type_judge:
        """Return the likelihood critic: 1 for tunes as likely as the first generation."""
        model = self.model_
        if model is None:
            critic = Likelihood.of([melody for tune in tunes for melody in melodies_of(tune, piece) if melody])
            return lambda candidates: [float(np.mean([critic.mark(line) for line in melodies_of(tune, piece)]))
                                       for tune in candidates]

        def bits(candidates: list[type_tune]) -> list[float]:
            return bits_per_note(model, [piece.score(rows_of(tune, piece)) for tune in candidates])

        typical = Typical.of(bits([tune for tune in tunes if all(melodies_of(tune, piece))]))
        return lambda candidates: [typical.mark(value) for value in bits(candidates)]
