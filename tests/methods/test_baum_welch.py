"""The hidden Markov model against a textbook, brute enumeration and hmmlearn, and the laws that it keeps."""

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.methods.hmm.baum_welch import (
    Chain,
    backward,
    batches,
    baum_welch,
    chain_of,
    draw_states,
    em_step,
    forward,
    log_prob,
    log_sum,
    posterior,
    propagate,
    random_chain,
    sample,
    viterbi,
)

SEEDS = st.integers(0, 10_000)
# Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), appendix A, figures A.2, A.5 and A.8: ice creams
# eaten a day (1 to 3) on hot and cold days.
ICE_CREAM = chain_of([0.8, 0.2], [[0.6, 0.4], [0.5, 0.5]], [[0.2, 0.4, 0.4], [0.5, 0.4, 0.1]])


def case(seed: int, states: int = 3, symbols: int = 4, length: int = 5) -> tuple[Chain, Any]:
    rng = np.random.default_rng(seed)
    return random_chain(states, symbols, rng), rng.integers(0, symbols, length)


def test_ice_cream() -> None:
    fits = ICE_CREAM.fits([2, 0, 2])  # 3 1 3
    np.testing.assert_allclose(np.exp(forward(ICE_CREAM, fits))[:2], [[0.32, 0.02], [0.0404, 0.069]])
    path, nats = viterbi(ICE_CREAM, ICE_CREAM.fits([2, 0]))
    assert path.tolist() == [0, 1] and np.exp(nats) == pytest.approx(0.064)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_it_equals_enumeration(seed: int) -> None:
    chain, seen = case(seed)
    fits = chain.fits(seen)
    paths = list(product(range(3), repeat=len(seen)))
    nats = [chain.start[path[0]] + sum(chain.moves[a, b] for a, b in pairwise(path))
            + sum(fits[at, state] for at, state in enumerate(path)) for path in paths]
    assert log_prob(chain, fits) == pytest.approx(np.log(np.exp(nats).sum()), abs=1e-10)
    best, top = viterbi(chain, fits)
    assert nats[paths.index(tuple(best.tolist()))] == pytest.approx(max(nats)) and top == pytest.approx(max(nats))
    shares = np.zeros_like(fits)
    for path, weight in zip(paths, np.exp(nats) / np.exp(nats).sum(), strict=True):
        shares[np.arange(len(path)), path] += weight
    np.testing.assert_allclose(posterior(chain, fits), shares, atol=1e-12)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_forward_and_backward_agree_at_every_step(seed: int) -> None:
    chain, seen = case(seed, length=40)
    fits = chain.fits(seen)
    both = np.logaddexp.reduce(forward(chain, fits) + backward(chain, fits), axis=1)
    np.testing.assert_allclose(both, log_prob(chain, fits), rtol=1e-10)


@given(SEEDS, st.lists(st.integers(1, 30), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_batch_counts_what_its_sequences_count_one_by_one(seed: int, lengths: list[int]) -> None:
    chain, _ = case(seed)
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(0, 4, length) for length in lengths]
    start, moves, emits = np.zeros(3), np.zeros((3, 3)), np.zeros((3, 4))
    for seen in sequences:
        fits = chain.fits(seen)
        states = posterior(chain, fits)
        start += states[0]
        np.add.at(emits.T, seen, states)
        before, after = forward(chain, fits), backward(chain, fits)
        for at in range(1, len(seen)):
            moves += np.exp(before[at - 1][:, None] + chain.moves + fits[at] + after[at] - log_prob(chain, fits))
    found, nats = em_step(chain, sequences)
    assert nats == pytest.approx(sum(log_prob(chain, chain.fits(seen)) for seen in sequences), abs=1e-9)
    np.testing.assert_allclose(np.exp(found.start), start / start.sum(), atol=1e-9)
    np.testing.assert_allclose(np.exp(found.emits), emits / emits.sum(axis=1, keepdims=True), atol=1e-9)
    if max(lengths) > 1:
        np.testing.assert_allclose(np.exp(found.moves), moves / moves.sum(axis=1, keepdims=True), atol=1e-9)


def test_every_sequence_is_in_one_batch() -> None:
    rng = np.random.default_rng(0)
    sequences = [rng.integers(0, 9, length) for length in rng.integers(0, 40, 1200)]
    found = [row[row >= 0].tolist() for table in batches(sequences, 8) for row in table]
    assert sorted(found) == sorted(seen.tolist() for seen in sequences if len(seen))


def test_chances_too_small_for_a_product_of_matrices_are_carried() -> None:
    logs, moves = np.array([[0.0, -900.0]]), np.array([[0.0, -np.inf], [-0.5, -1.0]])
    found = propagate(logs, moves, np.exp(moves))
    np.testing.assert_allclose(found, log_sum(logs[..., :, None] + moves, axis=-2))
    assert found[0, 1] == -901.0


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_learning_never_makes_it_less_likely(seed: int) -> None:
    chain, _ = case(seed)
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(0, 4, length) for length in (12, 1, 30)]
    curve = []
    for _ in range(12):
        chain, nats = em_step(chain, sequences)
        curve.append(nats)
    assert np.diff(curve).min() >= -1e-9
    np.testing.assert_allclose(np.exp(chain.moves).sum(axis=1), 1.0)


@pytest.mark.parametrize("seed", range(4))
def test_hmmlearn_agrees(seed: int) -> None:
    hmm = pytest.importorskip("hmmlearn.hmm")
    chain, _ = case(seed)
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(0, 4, length) for length in (25, 40)]
    sequences[0][:4] = range(4)  # every symbol is met
    peer = hmm.CategoricalHMM(3, n_iter=1, tol=0.0, init_params="", implementation="log", n_features=4)
    peer.startprob_, peer.transmat_, peer.emissionprob_ = map(np.exp, (chain.start, chain.moves, chain.emits))
    stacked, lengths = np.concatenate(sequences)[:, None], [len(one) for one in sequences]
    ours = sum(log_prob(chain, chain.fits(one)) for one in sequences)
    assert ours == pytest.approx(peer.score(stacked, lengths), abs=1e-8)
    np.testing.assert_array_equal(viterbi(chain, chain.fits(sequences[1]))[0], peer.decode(sequences[1][:, None])[1])
    better, _ = em_step(chain, sequences)
    peer.fit(stacked, lengths)
    for mine, its in zip((better.start, better.moves, better.emits),
                         (peer.startprob_, peer.transmat_, peer.emissionprob_), strict=True):
        np.testing.assert_allclose(np.exp(mine), its, atol=1e-8)


def test_states_are_drawn_as_often_as_they_are_likely() -> None:
    chain, seen = case(1)
    rng = np.random.default_rng(0)
    drawn = np.array([draw_states(chain, chain.fits(seen), rng) for _ in range(4000)])
    shares = np.stack([(drawn == state).mean(axis=0) for state in range(3)], axis=1)
    np.testing.assert_allclose(shares, posterior(chain, chain.fits(seen)), atol=0.035)  # over 4 standard errors


def test_costs_of_moves_are_counted_as_in_enumeration() -> None:
    chain, seen = case(2)
    fits, rng = chain.fits(seen), np.random.default_rng(0)
    costs = [rng.normal(size=(3, 3)) for _ in seen[1:]]
    paths = list(product(range(3), repeat=len(seen)))
    nats = np.array([chain.start[p[0]] + sum(fits[at, state] for at, state in enumerate(p))
                     + sum(chain.moves[a, b] + cost[a, b] for (a, b), cost in zip(pairwise(p), costs, strict=True))
                     for p in paths])
    assert tuple(viterbi(chain, fits, costs)[0].tolist()) == paths[int(nats.argmax())]
    drawn = np.array([draw_states(chain, fits, rng, costs) for _ in range(3000)])
    shares, chances = np.stack([(drawn == state).mean(axis=0) for state in range(3)]), np.exp(nats) / np.exp(nats).sum()
    wanted = [[sum(chances[n] for n, p in enumerate(paths) if p[at] == state) for at in range(len(seen))]
              for state in range(3)]
    np.testing.assert_allclose(shares, wanted, atol=0.04)


def test_what_is_not_allowed_is_not_drawn() -> None:
    fits = np.zeros((6, 2))
    fits[0, 0] = fits[5, 1] = -np.inf
    path = draw_states(ICE_CREAM, fits, np.random.default_rng(3))
    assert path[0] == 1 and path[5] == 0


def test_it_finds_a_model_as_likely_as_the_one_that_made_the_data() -> None:
    rng = np.random.default_rng(5)
    true = chain_of([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]], [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    sequences = [sample(true, 60, rng)[1] for _ in range(8)]
    found, curve = baum_welch(sequences, 2, 3, rng, smoothing=0.0)
    assert curve[-1] >= sum(log_prob(true, true.fits(one)) for one in sequences) - 2.0
    assert np.exp(np.diag(found.moves)).min() > 0.75
