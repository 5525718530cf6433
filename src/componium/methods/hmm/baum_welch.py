"""A hidden Markov model of symbols: how likely a sequence is, what lies behind it, how to draw and to learn one.

After L. R. Rabiner, *A Tutorial on Hidden Markov Models* (1989), in logarithms throughout, vectorised over states.

Conventions: K states, M symbols, T steps. `start` (K,), `moves` (K, K; from, to) and `emits` (K, M) are natural logs of
chances. What reads a sequence takes `fits` (T, K), the log chance of what is seen at each step given each state:
`chain.fits(symbols)` for a plain sequence, with -inf wherever a state is not allowed. `forward` and `backward` take
many sequences of one length at once, (..., T, K); Baum-Welch pads its sequences to batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.decoding.sampling import choose_by_log

type_floats = NDArray[np.float64]
type_ints = NDArray[np.int64]
TINIEST = 1e-250  # sums of chances below this may have lost digits to underflow
BATCH, TOGETHER = 1 << 20, 256  # figures in memory at once, and sequences at most, of a batch


@dataclass(frozen=True)
class Chain:
    """A hidden Markov model, as logs of chances.

    >>> rain = chain_of([0.5, 0.5], [[0.7, 0.3], [0.3, 0.7]], [[0.9, 0.1], [0.2, 0.8]])
    >>> viterbi(rain, rain.fits([0, 0, 1, 0, 0]))[0].tolist()
    [0, 0, 1, 0, 0]
    """

    start: type_floats
    moves: type_floats
    emits: type_floats

    def fits(self, symbols: Sequence[int] | type_ints) -> type_floats:
        """The log chance of each symbol in each state: (..., T, K) for symbols (..., T)."""
        found: type_floats = self.emits.T[np.asarray(symbols, dtype=np.int64)]
        return found


def chain_of(start: object, moves: object, emits: object) -> Chain:
    """The model of plain chances."""
    with np.errstate(divide="ignore"):
        return Chain(*(np.log(np.asarray(given, dtype=np.float64)) for given in (start, moves, emits)))


def log_sum(values: type_floats, axis: int) -> type_floats:
    """log(sum(exp(values))) along an axis; -inf where all are."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        found: type_floats = np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis)
    return found


def carried(logs: type_floats, moves: type_floats, plain: type_floats) -> type_floats:
    """Log chances (..., K) one move on: log(sum(exp(logs + moves))) over where they come from. `plain` is exp(moves).

    A product of matrices, unless what is summed is so small that it would lose digits.
    """
    top = logs.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    sums = np.exp(logs - top) @ plain
    if sums.min() > TINIEST:
        found: type_floats = np.log(sums) + top
        return found
    return log_sum(logs[..., :, None] + moves, axis=-2)


def forward(chain: Chain, fits: type_floats) -> type_floats:
    """The log chance of all seen up to each step, ending in each state: (..., T, K), as `fits`."""
    found, plain = np.empty_like(fits), np.exp(chain.moves)
    found[..., 0, :] = chain.start + fits[..., 0, :]
    for at in range(1, fits.shape[-2]):
        found[..., at, :] = fits[..., at, :] + carried(found[..., at - 1, :], chain.moves, plain)
    return found


def backward(chain: Chain, fits: type_floats) -> type_floats:
    """The log chance of all seen after each step, given each state there: (..., T, K), as `fits`."""
    found, back = np.zeros_like(fits), chain.moves.T
    plain = np.exp(back)
    for at in reversed(range(fits.shape[-2] - 1)):
        found[..., at, :] = carried(fits[..., at + 1, :] + found[..., at + 1, :], back, plain)
    return found


def log_prob(chain: Chain, fits: type_floats) -> float:
    """The log chance, in nats, of what is seen, whatever lies behind it."""
    return float(log_sum(forward(chain, fits)[-1], axis=0))


def posterior(chain: Chain, fits: type_floats) -> type_floats:
    """The chance of each state at each step given all that is seen: (T, K), rows of sum 1."""
    both = forward(chain, fits) + backward(chain, fits)
    found: type_floats = np.exp(both - log_sum(both, axis=1)[:, None])
    return found


def viterbi(
    chain: Chain, fits: type_floats, costs: Sequence[type_floats] | None = None
) -> tuple[type_ints, float]:
    """The likeliest states behind what is seen, (T,), and the log chance of both together.

    `costs` are logs that are added to each move, T - 1 tables (from, to), where not all moves are alike at all times.
    """
    best = chain.start + fits[0]
    came = np.zeros(fits.shape, dtype=np.int64)
    for at in range(1, len(fits)):
        every = best[:, None] + chain.moves
        if costs is not None:
            every += costs[at - 1]
        came[at] = every.argmax(axis=0)
        best = fits[at] + every.max(axis=0)
    path = [int(best.argmax())]
    for at in range(len(fits) - 1, 0, -1):
        path.append(int(came[at, path[-1]]))
    return np.array(path[::-1], dtype=np.int64), float(best.max())


def draw_states(
    chain: Chain, fits: type_floats, rng: np.random.Generator, costs: Sequence[type_floats] | None = None
) -> type_ints:
    """States drawn as often as they lie behind what is seen (forward filtering, backward sampling): (T,).

    With `costs`, as in `viterbi`, as often as they then would.
    """
    if costs is None:
        filtered = forward(chain, fits)
    else:
        filtered = np.empty_like(fits)
        filtered[0] = chain.start + fits[0]
        for at in range(1, len(fits)):
            moves = chain.moves + costs[at - 1]
            filtered[at] = fits[at] + carried(filtered[at - 1], moves, np.exp(moves))
    path = [choose_by_log(filtered[-1], rng)]
    for at in reversed(range(len(fits) - 1)):
        extra = costs[at][:, path[-1]] if costs is not None else 0.0
        path.append(choose_by_log(filtered[at] + chain.moves[:, path[-1]] + extra, rng))
    return np.array(path[::-1], dtype=np.int64)


def sample(chain: Chain, length: int, rng: np.random.Generator) -> tuple[type_ints, type_ints]:
    """States and symbols, each (length,), drawn from the model."""
    states = draw_states(chain, np.zeros((length, len(chain.start))), rng)
    return states, np.array([choose_by_log(chain.emits[state], rng) for state in states], dtype=np.int64)


def em_step(chain: Chain, sequences: Sequence[type_ints], smoothing: float = 0.0) -> tuple[Chain, float]:
    """One step of Baum-Welch: the better model, and the log chance of the sequences under the model given.

    `smoothing` is added to each expected count. Without it, the log chance never falls from step to step.
    """
    start, moves, emits = (np.full(table.shape, smoothing) for table in (chain.start, chain.moves, chain.emits))
    total = 0.0
    for symbols in batches(sequences, len(chain.start)):
        seen = symbols >= 0
        fits = np.where(seen[..., None], chain.fits(symbols), 0.0)
        before, after = forward(chain, fits), backward(chain, fits)
        whole = log_sum(before[:, -1], axis=-1)[:, None]
        total += float(whole.sum())
        states = np.exp(before + after - whole[..., None])
        start += states[:, 0].sum(axis=0)
        marks: type_floats = np.eye(len(emits.T))[symbols[seen]]  # (steps, M): a 1 for what is seen
        emits += states[seen].T @ marks
        ahead = fits + after - whole[..., None]
        for at in range(1, symbols.shape[1]):
            on = seen[:, at]  # a sequence that is over moves no more
            moves += np.exp(before[on, at - 1, :, None] + chain.moves + ahead[on, at, None, :]).sum(axis=0)
    return chain_of(*(_shares(table, old) for table, old in zip(
        (start, moves, emits), (chain.start, chain.moves, chain.emits), strict=True))), total


def batches(sequences: Sequence[type_ints], n_states: int) -> Iterator[type_ints]:
    """The sequences by length, in tables (B, T) that fit in memory; -1 stands where one is over.

    After its end a sequence moves on unseen. Rows of `moves` sum to 1, so this changes neither its chance nor what
    lies behind it.

    >>> [table.tolist() for table in batches([np.array([3, 1]), np.array([2])], 2)]
    [[[2, -1], [3, 1]]]
    """
    rows = sorted((row for row in sequences if len(row)), key=len)
    while rows:
        most = max(BATCH // (len(rows[min(len(rows), TOGETHER) - 1]) * n_states), 1)
        taken, rows = rows[: min(most, TOGETHER)], rows[min(most, TOGETHER) :]
        table = np.full((len(taken), len(taken[-1])), -1, dtype=np.int64)
        for at, row in enumerate(taken):
            table[at, : len(row)] = row
        yield table


def _shares(counts: type_floats, old: type_floats) -> type_floats:
    """Rows of sum 1; a row that was never met stays as it was."""
    sums = counts.sum(axis=-1, keepdims=True)
    found: type_floats = np.where(sums > 0, counts / np.where(sums > 0, sums, 1.0), np.exp(old))
    return found


def random_chain(n_states: int, n_symbols: int, rng: np.random.Generator) -> Chain:
    """A model to begin learning from: every chance drawn, none near 0."""
    start, moves, emits = (rng.dirichlet(np.full(width, 5.0), size=rows) for rows, width in (
        (1, n_states), (n_states, n_states), (n_states, n_symbols)))
    return chain_of(start[0], moves, emits)


def baum_welch(
    sequences: Sequence[type_ints], n_states: int, n_symbols: int, rng: np.random.Generator, *,
    restarts: int = 3, steps: int = 30, smoothing: float = 0.01, tolerance: float = 1e-4,
) -> tuple[Chain, list[float]]:
    """The best model of several restarts, and the log chance of the sequences before each step that led to it.

    A restart stops after `steps`, or when a step gains less than `tolerance` nats a symbol.
    """
    enough = tolerance * sum(map(len, sequences))
    best: tuple[Chain, list[float]] | None = None
    for stream in rng.spawn(restarts):
        chain, curve = random_chain(n_states, n_symbols, stream), []
        for _ in range(steps):
            better, total = em_step(chain, sequences, smoothing)
            curve.append(total)
            if len(curve) > 1 and curve[-1] - curve[-2] < enough:
                break
            chain = better
        if best is None or curve[-1] > best[1][-1]:
            best = chain, curve
    if best is None:
        raise ValueError("at least one restart")
    return best
