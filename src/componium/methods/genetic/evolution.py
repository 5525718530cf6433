"""Evolution: tournaments, two-point crossover, mutation, a surviving elite."""

from collections.abc import Callable
from operator import itemgetter

import numpy as np

from componium.decoding.style.plan import Plan
from componium.methods.genetic.mutations import mutate, type_tune

TOURNAMENT = 3  # tunes among which a parent is the fittest
ELITE = 20  # a generation's fittest twentieth lives on

type_judge = Callable[[list[type_tune]], list[float]]  # the fitness of each tune
type_ranked = list[tuple[float, type_tune]]


def evolve(
    first: list[type_tune],
    judge: type_judge,
    piece: Plan,
    *,
    generations: int,
    crossover: float,
    mutation: float,
    rng: np.random.Generator,
) -> tuple[type_tune, list[float]]:
    """Return the fittest tune of all generations, and each generation's best fitness.

      first        the first generation; later ones are as large
      judge        gives the fitness of each tune
      generations  generations after the first
      crossover    probability that a child has two parents
      mutation     probability of each further mutation of a child
    """
    ranked = list(zip(judge(first), first, strict=True))
    best = max(ranked, key=itemgetter(0))
    curve = [best[0]]
    for _ in range(generations):
        children = [_child(ranked, piece, crossover, mutation, rng) for _ in first]
        born = sorted(zip(judge(children), children, strict=True), key=itemgetter(0), reverse=True)
        elite = sorted(ranked, key=itemgetter(0), reverse=True)[: max(len(first) // ELITE, 1)]
        ranked = [*elite, *born[: len(first) - len(elite)]]
        best = max([best, *ranked], key=itemgetter(0))
        curve.append(max(fitness for fitness, _ in ranked))
    return best[1], curve


def _child(
    ranked: type_ranked, piece: Plan, crossover: float, mutation: float, rng: np.random.Generator
) -> type_tune:
    mother, father = (_select(ranked, rng) for _ in range(2))
    child = _cross(mother, father, rng) if rng.random() < crossover else list(mother)
    while rng.random() < mutation:
        child = mutate(child, piece, rng)
    return child


def _select(ranked: type_ranked, rng: np.random.Generator) -> type_tune:
    """Return the fittest of a few tunes drawn at random."""
    drawn = (ranked[int(at)] for at in rng.integers(len(ranked), size=TOURNAMENT))
    return max(drawn, key=itemgetter(0))[1]


def _cross(mother: type_tune, father: type_tune, rng: np.random.Generator) -> type_tune:
    """Return the mother's bars, with a stretch of the father's at the same place."""
    start, stop = sorted(rng.integers(0, len(mother) + 1, size=2).tolist())
    return [*mother[:start], *father[start:stop], *mother[stop:]]
