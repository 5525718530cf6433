"""Genetic: tunes that are bred, judged by critics with names.

After Horner and Goldberg, *Genetic Algorithms and Computer-Assisted Music Composition* (1991), and Biles' *GenJam*
(1994). The first generation are real tunes of the style. Parents are chosen by tournament; children take bars from
both, cut at bar lines, and change as musicians change tunes: a motif is moved along the scale, turned upside down,
played backwards, ornamented, or two phrases change places. Fitness is a weighted sum of critics: how usual the melody's
steps are (likelihood: by an n-gram of the first generation, or by any model that foretells music), whether as many bars
return as in real tunes (variety), how many rules it breaks, how many of its bars stand beside new ones, and, if there
is one, a listener's taste.

Where there are several parts, a change is made to one of them, and what clashes on a beat counts against the rules.
Evolution's bookkeeping is DEAP's (Fortin et al. 2012). The curve of the best fitness is kept in the score:
`score.about("fitness")`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain, cycle, islice, pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from componium.codecs.events.guide import TICKS_PER_QUARTER
from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.errors import ControlError, CorpusError, MissingExtraError
from componium.methods._shared.bars import METER, MINOR, PARTS, PIECE, Bars, bars_of, tuned
from componium.methods._shared.members import dump_member, fit_member, restore_member
from componium.methods._shared.plan import Plan, ended, plan, usual_in
from componium.methods.base import Whole
from componium.methods.genetic.critics import (
    Likelihood,
    Taste,
    Usual,
    bits_a_note,
    novelty,
    rules,
    type_melody,
    variety,
)
from componium.methods.genetic.mutations import mutate, type_bar, type_tune
from componium.music.score import Score
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.weights import SHIPPED

UNIT = TICKS_PER_QUARTER // 24
WEIGHTS = {"likelihood": 1.0, "variety": 1.0, "rules": 2.0, "novelty": 1.5, "taste": 1.0}
DRAWS = 20
FEWEST = 10  # tunes long enough, for others not to be put together
type_judge = Callable[[list[type_tune]], list[float]]  # a mark for each tune


class Genetic(Whole):
    """`population` tunes over `generations`; a child is crossed with chance `crossover`, and mutates with `mutation`.

    `weights` are the critics' (likelihood, variety, rules, novelty, taste); `ratings` a file of a listener's ratings.
    `model` is who says how likely a tune is, where the n-gram of the first generation shall not: {"folder": of a fitted
    model}, {"method": name, and its parameters} to be fitted to the same corpus, or "shipped".
    """

    CONTROLS = frozenset({"style", "key", "meter", "qpm", "bars", "instruments", "ending"})
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

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Keep the bars of the tunes, and fit or load the model, if there is one.

        Raises MissingExtraError without DEAP, CorpusError without tunes, ControlError for a model without likelihood.
        """
        _deap()
        self.usual_, self.bars_ = usual_in(corpus), bars_of(corpus)
        if not len(self.bars_.about):
            raise CorpusError("nothing to breed from", where=corpus.name, expected="pieces with a key")
        told = {"folder": str(SHIPPED)} if self.model == "shipped" else self.model
        self.model_ = fit_member(told if isinstance(told, Mapping) else {"folder": told}, corpus) if told else None
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self.bars_.to_weights()
        told, of_model = dump_member(self.model_) if self.model_ else (None, {})
        critic = {f"model.{name}": array for name, array in of_model.items()}
        return {"usual": self.usual_, "bars": plain, "model": told}, {**arrays, **critic}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.usual_, self.bars_ = dict(learned["usual"]), Bars.from_weights(learned["bars"], weights)
        told = learned.get("model")
        self.model_ = restore_member(told, weights, "model.") if told else None
        return self

    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        piece, tunes = self._first(self.bars_, wishes, rng)
        best, log = evolve(tunes, self._judge(piece, tunes), piece, self, rng)
        score = piece.score(ended(_parts(best, piece), piece))
        told = " ".join(f"{row['max']:.3f}" for row in log)
        return replace(score, info=(*score.info, ("fitness", told)))

    def _first(self, bars: Bars, wishes: Controls, rng: np.random.Generator) -> tuple[Plan, list[type_tune]]:
        """A plan, and the first generation: tunes of the style as long as the piece."""
        for _ in range(DRAWS):
            piece = plan(wishes, self.usual_, rng)
            tunes = _tunes(tuned(bars, piece.key, piece.ranges), piece)
            if tunes:
                order = rng.permutation(len(tunes))[: self.population].tolist()
                return piece, [tunes[order[at % len(order)]] for at in range(self.population)]
        raise ControlError(f"no tunes in {piece.meter} for {len(piece.programs)} parts in their ranges",
                           expected="a metre and instruments that the corpus has tunes for")

    def _judge(self, piece: Plan, tunes: list[type_tune]) -> type_judge:
        """Marks for tunes, many at a time."""
        weights = {**WEIGHTS, **(self.weights or {})}
        likely, returns = self._likely(piece, tunes), Usual.of([variety(tune) for tune in tunes])
        known = {pair for tune in tunes for pair in pairwise(tune)}
        taste = Taste.read(self.ratings) if self.ratings else None

        def mark(tune: type_tune, lines: list[type_melody], likelihood: float) -> float:
            marks = {"likelihood": likelihood,
                     "rules": rules(lines, piece.key, piece.closed, piece.beat_ticks // UNIT),
                     "variety": returns.mark(variety(tune)), "novelty": novelty(tune, known),
                     "taste": taste.mark(lines[0]) if taste else 0.0}
            return sum(weights[name] * mark for name, mark in marks.items())

        def judge(found: list[type_tune]) -> list[float]:
            lines = [melodies(tune, piece) for tune in found]
            sounding = [at for at, parts in enumerate(lines) if all(parts)]
            likelihoods = dict(zip(sounding, likely([found[at] for at in sounding]), strict=True))
            return [mark(tune, lines[at], likelihoods[at]) if at in likelihoods else 0.0
                    for at, tune in enumerate(found)]

        return judge

    def _likely(self, piece: Plan, tunes: list[type_tune]) -> type_judge:
        """The marks of the likelihood critic: 1 where a tune is as likely as the first generation's are."""
        model = self.model_
        if model is None:
            usual = Likelihood.of([melody for tune in tunes for melody in melodies(tune, piece) if melody])
            return lambda found: [float(np.mean([usual.mark(line) for line in melodies(tune, piece)]))
                                  for tune in found]

        def bits(found: list[type_tune]) -> list[float]:
            return bits_a_note(model, [piece.score(_parts(tune, piece)) for tune in found])

        first = Usual.of(bits([tune for tune in tunes if all(melodies(tune, piece))]))
        return lambda found: [first.mark(one) for one in bits(found)]


def evolve(
    first: list[type_tune],
    judge: type_judge,
    piece: Plan,
    settings: Genetic,
    rng: np.random.Generator,
) -> tuple[type_tune, list[dict[str, float]]]:
    """The best tune of all, and for each generation how many tunes were judged, their mean mark, and the best one."""
    deap = _deap()
    log, statistics = deap.Logbook(), deap.Statistics(lambda pair: pair[0])
    statistics.register("mean", np.mean)
    statistics.register("max", np.max)
    marked = list(zip(judge(first), first, strict=True))
    best = max(marked, key=lambda pair: pair[0])
    log.record(gen=0, judged=len(marked), **statistics.compile(marked))
    for generation in range(1, settings.generations + 1):
        children: list[type_tune] = []
        for _ in range(len(first)):
            mother, father = (_tournament(marked, rng) for _ in range(2))
            child = _crossed(mother, father, rng) if rng.random() < settings.crossover else list(mother)
            while rng.random() < settings.mutation:
                child = mutate(child, piece, rng)
            children.append(child)
        bred = list(zip(judge(children), children, strict=True))
        elite = sorted(marked, key=lambda pair: -pair[0])[: max(len(first) // 20, 1)]
        marked = [*elite, *sorted(bred, key=lambda pair: -pair[0])[: len(first) - len(elite)]]
        best = max([best, *marked], key=lambda pair: pair[0])
        log.record(gen=generation, judged=len(children), **statistics.compile(marked))
    return best[1], [{name: float(row[name]) for name in ("gen", "judged", "mean", "max")} for row in log]


def _tournament(marked: list[tuple[float, type_tune]], rng: np.random.Generator) -> type_tune:
    """The best of three drawn by lot."""
    return max((marked[int(at)] for at in rng.integers(len(marked), size=3)), key=lambda pair: pair[0])[1]


def _crossed(mother: type_tune, father: type_tune, rng: np.random.Generator) -> type_tune:
    """The mother's bars, with a stretch of the father's in the same place."""
    start, stop = sorted(rng.integers(0, len(mother) + 1, size=2).tolist())
    return [*mother[:start], *father[start:stop], *mother[stop:]]


def melodies(tune: type_tune, piece: Plan) -> list[type_melody]:
    """Each part's notes from the beginning of the piece, in 24ths."""
    bar_length = piece.bar_ticks // UNIT
    return [[(at * bar_length + onset, duration, pitch) for at, bar in enumerate(tune)
             for onset, duration, pitch in bar[part]] for part in range(len(piece.programs))]


def _parts(tune: type_tune, piece: Plan) -> list[list[tuple[int, ...]]]:
    """The same in ticks, as rows for a score."""
    return [[(onset * UNIT, duration * UNIT, pitch) for onset, duration, pitch in melody]
            for melody in melodies(tune, piece)]


def _tunes(stock: Bars, piece: Plan) -> list[type_tune]:
    """The pieces that fit the plan, each as long as it: cut, or, where few are long enough, with the next after it; of
    this style and mode where there are."""
    about, meters = stock.about, stock.meters
    meter = meters.index(str(piece.meter)) if str(piece.meter) in meters else -1
    every = stock.whole & (about[:, PARTS] == len(piece.programs)) & (about[:, METER] == meter)
    own = every & (about[:, MINOR] == ("minor" in piece.key.mode))
    for fits in (own & stock.has_style(piece.style), every & stock.has_style(piece.style), own, every):
        found = np.flatnonzero(fits)
        if len(found) >= 2 * piece.bars or (fits is every and len(found)):
            runs = np.split(found, np.flatnonzero(np.diff(about[found, PIECE]) != 0) + 1)
            lines = [[_bar(stock, int(bar)) for bar in run] for run in runs]
            whole = [line for line in lines if len(line) >= piece.bars]
            lines = whole if len(whole) >= FEWEST else lines
            return [list(islice(chain.from_iterable(islice(cycle(lines), at, None)), piece.bars))
                    for at in range(len(lines))]
    return []


def _bar(stock: Bars, number: int) -> type_bar:
    rows = stock.of(number).tolist()
    parts = int(stock.about[number, PARTS])
    return tuple(tuple((onset, duration, pitch) for onset, duration, pitch, mine in rows if mine == part)
                 for part in range(parts))


def _deap() -> Any:
    """DEAP's tools. Raises MissingExtraError where it isn't installed."""
    try:
        from deap import tools
    except ImportError as error:
        raise MissingExtraError("what breeds tunes (DEAP)", "classic") from error
    return tools
