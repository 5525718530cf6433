"""Every solution of a problem of rules, for tests that compare searches."""

from componium.methods.rules.search import _ortools, _solver, _Tables


def enumerated(problem: object) -> set[tuple[int, ...]]:
    """All solutions by CP-SAT."""
    cp = _ortools()
    model = cp.CpModel()
    table = _Tables(model, problem)  # type: ignore[arg-type]
    for row, arguments in problem.places:  # type: ignore[attr-defined]
        if row.hard:
            table.require(row, arguments)

    class Gather(cp.CpSolverSolutionCallback):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.found: set[tuple[int, ...]] = set()

        def on_solution_callback(self) -> None:
            self.found.add(tuple(self.Value(variable) for variable in table.variables))

    solver, gather = _solver(cp, 1, 60.0), Gather()
    solver.parameters.enumerate_all_solutions = True
    solver.Solve(model, gather)
    return gather.found
