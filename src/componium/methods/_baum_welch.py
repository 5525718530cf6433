"""A hidden Markov model of symbols: how likely a sequence is, what lies behind it, how to draw and to learn one.

After L. R. Rabiner, *A Tutorial on Hidden Markov Models* (1989), in logarithms throughout, vectorised over states.

Conventions: K states, M symbols, T steps. `start` (K,), `moves` (K, K; from, to) and `emits` (K, M) are natural logs of
chances. What reads a sequence takes `fits` (T, K), the log chance of what is seen at each step given each state:
`chain.fits(symbols)` for a plain sequence, with -inf wherever a state is not allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type_floats = NDArray[np.float64]
type_ints = NDArray[np.int64]


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
        """The log chance of each symbol in each state: (T, K)."""
        found: type_floats = self.emits[:, np.asarray(symbols, dtype=np.int64)].T
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


def forward(chain: Chain, fits: type_floats) -> type_floats:
    """The log chance of all seen up to each step, ending in each state: (T, K)."""
    found = np.empty_like(fits)
    found[0] = chain.start + fits[0]
    for at in range(1, len(fits)):
        found[at] = fits[at] + log_sum(found[at - 1][:, None] + chain.moves, axis=0)
    return found


def backward(chain: Chain, fits: type_floats) -> type_floats:
    """The log chance of all seen after each step, given each state there: (T, K)."""
    found = np.zeros_like(fits)
    for at in reversed(range(len(fits) - 1)):
        found[at] = log_sum(chain.moves + (fits[at + 1] + found[at + 1])[None, :], axis=1)
    return found


def log_prob(chain: Chain, fits: type_floats) -> float:
    """The log chance, in nats, of what is seen, whatever lies behind it."""
    return float(log_sum(forward(chain, fits)[-1], axis=0))


def posterior(chain: Chain, fits: type_floats) -> type_floats:
    """The chance of each state at each step given all that is seen: (T, K), rows of sum 1."""
    both = forward(chain, fits) + backward(chain, fits)
    found: type_floats = np.exp(both - log_sum(both, axis=1)[:, None])
    return found


def viterbi(chain: Chain, fits: type_floats) -> tuple[type_ints, float]:
    """The likeliest states behind what is seen, (T,), and the log chance of both together."""
    best = chain.start + fits[0]
    came = np.zeros(fits.shape, dtype=np.int64)
    for at in range(1, len(fits)):
        every = best[:, None] + chain.moves
        came[at] = every.argmax(axis=0)
        best = fits[at] + every.max(axis=0)
    path = [int(best.argmax())]
    for at in range(len(fits) - 1, 0, -1):
        path.append(int(came[at, path[-1]]))
    return np.array(path[::-1], dtype=np.int64), float(best.max())


def draw_states(chain: Chain, fits: type_floats, rng: np.random.Generator) -> type_ints:
    """States drawn as often as they lie behind what is seen (forward filtering, backward sampling): (T,)."""
    filtered = forward(chain, fits)
    path = [drawn(filtered[-1], rng)]
    for at in reversed(range(len(fits) - 1)):
        path.append(drawn(filtered[at] + chain.moves[:, path[-1]], rng))
    return np.array(path[::-1], dtype=np.int64)


def sample(chain: Chain, length: int, rng: np.random.Generator) -> tuple[type_ints, type_ints]:
    """States and symbols, each (length,), drawn from the model."""
    states = draw_states(chain, np.zeros((length, len(chain.start))), rng)
    return states, np.array([drawn(chain.emits[state], rng) for state in states], dtype=np.int64)


def drawn(logs: type_floats, rng: np.random.Generator) -> int:
    """A place drawn by log weights, not all of them -inf."""
    weights = np.exp(logs - logs.max())
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def em_step(chain: Chain, sequences: Sequence[type_ints], smoothing: float = 0.0) -> tuple[Chain, float]:
    """One step of Baum-Welch: the better model, and the log chance of the sequences under the model given.

    `smoothing` is added to each expected count. Without it, the log chance never falls from step to step.
    """
    start, moves, emits = (np.full(table.shape, smoothing) for table in (chain.start, chain.moves, chain.emits))
    total = 0.0
    for symbols in sequences:
        fits = chain.fits(symbols)
        before, after = forward(chain, fits), backward(chain, fits)
        whole = float(log_sum(before[-1], axis=0))
        total += whole
        states = np.exp(before + after - whole)
        start += states[0]
        np.add.at(emits.T, symbols, states)
        pairs = before[:-1, :, None] + chain.moves + (fits[1:] + after[1:])[:, None, :] - whole
        moves += np.exp(pairs).sum(axis=0)
    return chain_of(*(_shares(table, old) for table, old in zip(
        (start, moves, emits), (chain.start, chain.moves, chain.emits), strict=True))), total


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
