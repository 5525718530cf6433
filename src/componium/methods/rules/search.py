"""Searches for the notes of a phrase: CP-SAT, and backtracking.

Both read the same places of the same rules. `cp_sat` is Google's OR-Tools CP-SAT: it keeps every hard rule and looks,
for so much deterministic work, for the cheapest breaking of soft ones, near the target contour. `backtrack` is the
search of the textbook: try a note, go on, and come back where no note is left. Where no solution exists,
`conflicting_rules` says which rules forbid it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, TypeVar

import numpy as np

from componium.errors import ControlError, MissingExtraError
from componium.methods.rules.model import Problem, type_argument, type_place
from componium.methods.rules.table import Rule

T = TypeVar("T")
MOST_TRIES = 200_000  # of notes, before the plain search gives up
WORK = 0.06  # deterministic seconds a bar; the first solution is waited for longer
LONGEST = 60.0
SPREAD = 10  # prices of soft rules, in the objective's unit, against one semitone from the contour


def cp_sat(problem: Problem, rng: np.random.Generator, bars: int = 8) -> list[int] | None:
    """Return values for all variables, or None if there are none.

    The same generator gives the same values.
    """
    cp = _ortools()
    model = cp.CpModel()
    table = _Tables(model, problem)
    prices: list[Any] = []
    for row, arguments in problem.places:
        if row.hard:
            table.require(row, arguments)
        else:
            prices.append(row.price * int(rng.integers(SPREAD // 2, 2 * SPREAD)) * table.broken(row, arguments))
    for index, goal in problem.targets.items():
        model.AddHint(table.variables[index], min(problem.domains[index], key=lambda value: abs(value - goal)))
        away = model.NewIntVar(0, 127, "")
        model.AddAbsEquality(away, table.variables[index] - goal)
        prices.append(int(rng.integers(1, SPREAD)) * away)
    model.Minimize(sum(prices))
    seed = int(rng.integers(1, 2**31 - 1))
    for limit in (WORK * bars, LONGEST):
        solver = _solver(cp, seed, limit)
        solver.parameters.stop_after_first_solution = limit == LONGEST
        status = solver.Solve(model)
        if status in (cp.OPTIMAL, cp.FEASIBLE):
            return [solver.Value(variable) for variable in table.variables]
        if status == cp.INFEASIBLE:
            return None
    raise ControlError(f"no phrase was found in {LONGEST:g} units of work", advice="ask for less, or another seed")


def backtrack(problem: Problem, rng: np.random.Generator, bars: int = 8) -> list[int] | None:
    """Return values for all variables, or None if there are none.

    Raises ControlError if it takes too many tries.
    """
    return next(solutions(problem, rng), None)


def solutions(problem: Problem, rng: np.random.Generator, most: int = MOST_TRIES) -> Iterator[list[int]]:
    """Yield all values that keep every hard rule, those near the contours first.

    Raises ControlError after `most` tries.
    """
    ordered = dict.fromkeys([*problem.order, *range(len(problem.domains))])
    order = sorted(ordered, key=lambda index: len(problem.domains[index]) != 1)  # what is settled comes first
    rank = {index: at for at, index in enumerate(order)}
    due: list[list[type_place]] = [[] for _ in order]
    for place in problem.places:
        if place[0].hard:
            due[max(rank[index] for index in problem.variables(place))].append(place)
    values, tries = [0] * len(order), 0

    def search(at: int) -> Iterator[list[int]]:
        nonlocal tries
        if at == len(order):
            yield list(values)
            return
        for value in _ordered_values(problem, order[at], rng):
            tries += 1
            if tries > most:
                raise ControlError(f"the plain search gave up after {most} tries",
                                   advice='use search="cp-sat", or another seed')
            values[order[at]] = value
            if all(problem.holds(place, values) for place in due[at]):
                yield from search(at + 1)

    return search(0)


def _ordered_values(problem: Problem, index: int, rng: np.random.Generator) -> list[int]:
    """Return the values of a variable, those near the contour first, with some noise."""
    domain = problem.domains[index]
    goal = problem.targets.get(index)
    noise = rng.normal(0, 2, len(domain))
    away = [abs(value - goal) if goal is not None else 0 for value in domain]
    return [domain[at] for at in np.argsort(away + noise).tolist()]


def conflicting_rules(problem: Problem) -> list[str]:
    """Return the names of hard rules that cannot be kept together here.

    Without any one of them the rest can.
    """
    return _core(problem, [place for place in problem.places if place[0].hard], lambda place: place[0].name)


def conflicting_bars(problem: Problem, names: Sequence[str]) -> list[int]:
    """Return the bars where these rules cannot be kept together.

    They are those of `problem.bars`.
    """
    def bar(place: type_place) -> int:
        return max(problem.bars[index] for index in problem.variables(place) if index in problem.bars)

    return sorted(_core(problem, [place for place in problem.places if place[0].name in names], bar))


def _core(problem: Problem, places: Sequence[type_place], group: Callable[[type_place], T]) -> list[T]:
    """Return the fewest groups of places that contradict each other.

    CP-SAT names groups that suffice for the contradiction; then each is left out in turn, and stays out if it can.
    """
    cp = _ortools()
    model = cp.CpModel()
    table = _Tables(model, problem)
    kept = {key: model.NewBoolVar("") for key in dict.fromkeys(map(group, places))}
    keys = {variable.Index(): key for key, variable in kept.items()}
    for row, arguments in places:
        table.require(row, arguments, kept[group((row, arguments))])
    core = list(kept)
    for left in [None, *kept]:
        trial = [key for key in core if key != left]
        if left is not None and left not in core:
            continue
        model.ClearAssumptions()
        model.AddAssumptions([kept[key] for key in trial])
        solver = _solver(cp, 1, LONGEST)
        if solver.Solve(model) == cp.INFEASIBLE:
            sufficient = {keys[at] for at in solver.SufficientAssumptionsForInfeasibility()}
            core = [key for key in trial if key in sufficient] or trial
    return core


class _Tables:
    """Variables of a problem in a CP-SAT model, and rules as tables of allowed values."""

    def __init__(self, model: Any, problem: Problem) -> None:
        self.model, self.ways = model, dict[tuple[int, int], Any]()
        self.domains = problem.domains
        self.variables = [self._variable(tuple(domain)) for domain in problem.domains]

    def _variable(self, domain: tuple[int, ...]) -> Any:
        return self.model.NewIntVarFromDomain(_ortools().Domain.FromValues(list(domain)), "")

    def argument(self, argument: type_argument) -> tuple[Any, tuple[int, ...]]:
        """Return the variable of an argument, and its domain."""
        a, b = argument
        if b is None:
            return self.variables[a], tuple(self.domains[a])
        ways = tuple(sorted({x - y for x in self.domains[a] for y in self.domains[b]})) if a != b else (0,)
        if (a, b) not in self.ways:
            self.ways[a, b] = self._variable(ways)
            self.model.Add(self.ways[a, b] == self.variables[a] - self.variables[b])
        return self.ways[a, b], ways

    def require(self, row: Rule, arguments: tuple[type_argument, ...], where: Any = True) -> None:
        """Let the row hold for these arguments, where a Boolean variable is true."""
        variables, domains = zip(*map(self.argument, arguments), strict=True)
        allowed, forbidden = _split(row, domains)
        if not allowed:
            self.model.AddBoolOr([]).OnlyEnforceIf(where)
        elif forbidden and len(allowed) <= len(forbidden):
            self.model.AddAllowedAssignments(variables, allowed).OnlyEnforceIf(where)
        elif forbidden:
            self.model.AddForbiddenAssignments(variables, forbidden).OnlyEnforceIf(where)

    def broken(self, row: Rule, arguments: tuple[type_argument, ...]) -> Any:
        """Return a Boolean variable: whether the row is broken for these arguments."""
        variables, domains = zip(*map(self.argument, arguments), strict=True)
        allowed, forbidden = _split(row, domains)
        result = self.model.NewBoolVar("")
        rows = [(*values, 0) for values in allowed] + [(*values, 1) for values in forbidden]
        self.model.AddAllowedAssignments([*variables, result], rows)
        return result


@lru_cache(maxsize=256)
def _split(row: Rule, domains: tuple[tuple[int, ...], ...]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the values that a row allows, and those that it forbids."""
    result: tuple[list[tuple[int, ...]], list[tuple[int, ...]]] = ([], [])
    for values in product(*domains):
        result[not row.holds(*values)].append(values)
    return result


def _solver(cp: Any, seed: int, limit: float) -> Any:
    """Return a solver whose work is counted, not timed: a seed gives the same notes.

    Without probing and the linear relaxation the first notes come sooner; they would prove little here.
    """
    solver = cp.CpSolver()
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.linearization_level = 0
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = limit
    return solver


def _ortools() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise MissingExtraError("OR-Tools", "classic") from error
    return cp_model
