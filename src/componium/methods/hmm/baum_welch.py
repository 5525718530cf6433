"""Hidden Markov model of symbols: likelihood, decoding, sampling, learning.

After L. R. Rabiner, *A Tutorial on Hidden Markov Models* (1989), in logarithms throughout, vectorized over states.

Conventions: K states, M symbols, T steps. `start` (K,), `moves` (K, K; from, to) and `emits` (K, M) are natural logs of
probabilities. Functions of a sequence take `fits` (T, K), the log probability of what is observed at each step given
each state: `chain.fits(symbols)` for a plain sequence, with -inf wherever a state is not allowed. `forward` and
`backward` take many sequences of one length at once, (..., T, K); Baum-Welch pads its sequences to batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.decoding.draws import choose_by_log

type_floats = NDArray[np.float64]
type_ints = NDArray[np.int64]
TINIEST = 1e-250  # sums of chances below this may have lost digits to underflow
BATCH, TOGETHER = 1 << 20, 256  # figures in memory at once, and sequences at most, of a batch


@dataclass(frozen=True)
class Chain:
    """Hidden Markov model, as logs of probabilities.

    >>> rain = chain_of([0.5, 0.5], [[0.7, 0.3], [0.3, 0.7]], [[0.9, 0.1], [0.2, 0.8]])
    >>> viterbi(rain, rain.fits([0, 0, 1, 0, 0]))[0].tolist()
    [0, 0, 1, 0, 0]
    """

    start: type_floats
    moves: type_floats
    emits: type_floats

    def fits(self, symbols: Sequence[int] | type_ints) -> type_floats:
        """Return the log probability of each symbol in each state.

        Shape (..., T, K) for symbols (..., T).
        """
        logs: type_floats = self.emits.T[np.asarray(symbols, dtype=np.int64)]
        return logs


def chain_of(start: object, moves: object, emits: object) -> Chain:
    """Return the model of plain probabilities."""
    with np.errstate(divide="ignore"):
        return Chain(*(np.log(np.asarray(given, dtype=np.float64)) for given in (start, moves, emits)))


def log_sum(values: type_floats, axis: int) -> type_floats:
    """Return log(sum(exp(values))) along an axis; -inf where all are."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        logs: type_floats = np.log(np.exp(values - top).sum(axis=axis)) + top.squeeze(axis)
    return logs


def propagate(logs: type_floats, moves: type_floats, plain: type_floats) -> type_floats:
    """Return log probabilities (..., K) one move on.

    They are log(sum(exp(logs + moves))) over where they come from; `plain` is exp(moves). A product of matrices, unless
    what is summed is so small that it would lose digits.
    """
    top = logs.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    sums = np.exp(logs - top) @ plain
    if sums.min() > TINIEST:
        moved: type_floats = np.log(sums) + top
        return moved
    return log_sum(logs[..., :, None] + moves, axis=-2)


def forward(chain: Chain, fits: type_floats) -> type_floats:
    """Return the log probability of all observed up to each step, by state there.

    Shape (..., T, K), as `fits`.
    """
    logs, plain = np.empty_like(fits), np.exp(chain.moves)
    logs[..., 0, :] = chain.start + fits[..., 0, :]
    for at in range(1, fits.shape[-2]):
        logs[..., at, :] = fits[..., at, :] + propagate(logs[..., at - 1, :], chain.moves, plain)
    return logs


def backward(chain: Chain, fits: type_floats) -> type_floats:
    """Return the log probability of all observed after each step, given its state.

    Shape (..., T, K), as `fits`.
    """
    logs, back = np.zeros_like(fits), chain.moves.T
    plain = np.exp(back)
    for at in reversed(range(fits.shape[-2] - 1)):
        logs[..., at, :] = propagate(fits[..., at + 1, :] + logs[..., at + 1, :], back, plain)
    return logs


def log_prob(chain: Chain, fits: type_floats) -> float:
    """Return the log probability, in nats, of what is observed."""
    return float(log_sum(forward(chain, fits)[-1], axis=0))


def predict(chain: Chain, fits: type_floats) -> type_floats:
    """Return the log probability of each state given all observed before it: (T, K).

    Rows sum to 1. What is observed at a step has the log probability log_sum(predict(chain, fits) + fits, axis=1),
    given what was before; these sum to `log_prob`.
    """
    filtered = forward(chain, fits)[:-1]
    filtered -= log_sum(filtered, axis=1)[:, None]
    ahead = propagate(filtered, chain.moves, np.exp(chain.moves)) if len(filtered) else filtered
    return np.concatenate([chain.start[None], ahead])


def posterior(chain: Chain, fits: type_floats) -> type_floats:
    """Return the probability of each state at each step given all observed: (T, K).

    Rows sum to 1.
    """
    both = forward(chain, fits) + backward(chain, fits)
    probabilities: type_floats = np.exp(both - log_sum(both, axis=1)[:, None])
    return probabilities


def viterbi(
    chain: Chain, fits: type_floats, costs: Sequence[type_floats] | None = None
) -> tuple[type_ints, float]:
    """Return the likeliest states (T,) given all observed, and their log probability.

    `costs` are logs that are added to each move, T - 1 tables (from, to), where not all moves are alike at all times.
    The probability is that of states and observations together.
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
    """Draw states (T,) from their distribution given all observed.

    By forward filtering and backward sampling. `costs` are as in `viterbi`.
    """
    if costs is None:
        filtered = forward(chain, fits)
    else:
        filtered = np.empty_like(fits)
        filtered[0] = chain.start + fits[0]
        for at in range(1, len(fits)):
            moves = chain.moves + costs[at - 1]
            filtered[at] = fits[at] + propagate(filtered[at - 1], moves, np.exp(moves))
    path = [choose_by_log(filtered[-1], rng)]
    for at in reversed(range(len(fits) - 1)):
        extra = costs[at][:, path[-1]] if costs is not None else 0.0
        path.append(choose_by_log(filtered[at] + chain.moves[:, path[-1]] + extra, rng))
    return np.array(path[::-1], dtype=np.int64)


def sample(chain: Chain, length: int, rng: np.random.Generator) -> tuple[type_ints, type_ints]:
    """Draw states and symbols, each (length,), from the model."""
    states = draw_states(chain, np.zeros((length, len(chain.start))), rng)
    return states, np.array([choose_by_log(chain.emits[state], rng) for state in states], dtype=np.int64)


def em_step(chain: Chain, sequences: Sequence[type_ints], smoothing: float = 0.0) -> tuple[Chain, float]:
    """Take a step of Baum-Welch: return the better model and the old log probability.

    `smoothing` is added to each expected count. Without it, the log probability of the sequences never falls from step
    to step.
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
    """Yield the sequences by length, in tables (B, T) that fit in memory.

    -1 stands where a sequence is over. After its end it moves on unobserved. Rows of `moves` sum to 1, so this changes
    neither its probability nor the states behind it.

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
    """Return rows of sum 1; a row that was never met stays as it was."""
    sums = counts.sum(axis=-1, keepdims=True)
    shares: type_floats = np.where(sums > 0, counts / np.where(sums > 0, sums, 1.0), np.exp(old))
    return shares


def random_chain(n_states: int, n_symbols: int, rng: np.random.Generator) -> Chain:
    """Draw a model to begin learning from, no probability near 0."""
    start, moves, emits = (rng.dirichlet(np.full(width, 5.0), size=rows) for rows, width in (
        (1, n_states), (n_states, n_states), (n_states, n_symbols)))
    return chain_of(start[0], moves, emits)


def baum_welch(
    sequences: Sequence[type_ints], n_states: int, n_symbols: int, rng: np.random.Generator, *,
    restarts: int = 3, steps: int = 30, smoothing: float = 0.01, tolerance: float = 1e-4,
) -> tuple[Chain, list[float]]:
    """Return the best model of several restarts, and its curve of log probabilities.

      restarts   models to begin from
      steps      most steps of a restart
      smoothing  added to each expected count
      tolerance  nats a symbol that a step must gain for a restart to go on

    The curve has the log probability of the sequences before each step.
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
