"""Markov against closed forms and a plain count."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from componium.codecs.events import Events
from componium.errors import ControlError
from componium.methods.markov import Markov, _count
from componium.score import Score, Track, notes


def fitted(order: int, rows: list[list[int]]) -> Markov:
    method = Markov(order=order)
    method.codec_ = Events()
    arrays, n_vocab = [np.array(row) for row in rows], len(method.codec_.vocab)
    method.tables_ = [_count(arrays, length, n_vocab) for length in range(order + 1)]
    return method


def next_chances(method: Markov, context: list[int]) -> np.ndarray:
    state = method.initial_state(1)
    for index in context:
        logits, state = method.step(state, np.array([index]))
    chances: np.ndarray = np.exp(logits[0].astype(np.float64))
    return chances


def test_witten_bell_by_hand() -> None:
    """After 5 5 6: order 0 has 3 ids, 2 kinds; order 1 after 5 has 5 and 6 once each."""
    method = fitted(1, [[5, 5, 6]])
    even = 1 / len(method.codec.vocab)
    five, six = (2 + 2 * even) / 5, (1 + 2 * even) / 5
    chances = next_chances(method, [5])
    assert chances[5] == pytest.approx((1 + 2 * five) / 4)
    assert chances[6] == pytest.approx((1 + 2 * six) / 4)
    assert chances.sum() == pytest.approx(1)


def test_an_unseen_context_leaves_the_shorter_one() -> None:
    method = fitted(3, [[5, 6, 7, 8, 5, 6]])
    shorter = fitted(0, [[5, 6, 7, 8, 5, 6]])
    np.testing.assert_allclose(next_chances(method, [9, 9]), next_chances(shorter, [9]), rtol=1e-6)


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_counts_are_those_of_a_plain_loop(length: int) -> None:
    rng = np.random.default_rng(length)
    rows = [rng.integers(0, 4, size) for size in (3, 50, 200, length)]
    table = _count(rows, length, 700)
    plain = Counter(tuple(row[at : at + length + 1].tolist()) for row in rows for at in range(len(row) - length))
    assert sorted(table["count"].tolist()) == sorted(plain.values())
    assert len(table["hash"]) == len({gram[:-1] for gram in plain})
    assert table["start"][-1] == len(table["token"]) == len(plain)


def test_order_zero_needs_no_context() -> None:
    score = Score((Track(notes([(0, 480, 60)])),))
    method = fitted(0, [Events().encode(score).tolist()])
    assert method.log_prob(score) < 0


def test_order_zero_is_the_smoothed_unigram() -> None:
    """5 5 6: three ids of two kinds, whatever went before."""
    method = fitted(0, [[5, 5, 6]])
    even = 1 / len(method.codec.vocab)
    chances = next_chances(method, [6])
    assert chances[[5, 6, 7]] == pytest.approx([(2 + 2 * even) / 5, (1 + 2 * even) / 5, 2 * even / 5])


def test_transitions_are_the_pairs_of_a_plain_loop() -> None:
    rows = [np.random.default_rng(size).integers(3, 9, size).tolist() for size in (2, 40, 90)]
    method = fitted(3, rows)
    counts, labels = method.transitions()
    token = method.codec.vocab.token
    plain = Counter((token(one), token(two)) for row in rows for one, two in pairwise(row))
    found = {(labels[one], labels[two]): int(counts[one, two]) for one, two in np.argwhere(counts).tolist()}
    assert found == plain
    assert len(set(labels)) == len(labels) == len(counts)


def test_order_zero_has_no_transitions() -> None:
    with pytest.raises(ControlError, match="order 0"):
        fitted(0, [[5, 5, 6]]).transitions()
