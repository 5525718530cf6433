"""The sampler: textbook numbers, laws, and the loop on a model whose answers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.decoding.draws import choose, choose_by_log
from componium.decoding.sampling import Sampling, draw, probabilities, sample
from componium.errors import ControlError

LOGITS = np.log(np.array([0.4, 0.3, 0.2, 0.1], dtype=np.float32))


def test_temperature_one_leaves_probabilities_alone() -> None:
    np.testing.assert_allclose(probabilities(LOGITS, Sampling()), [0.4, 0.3, 0.2, 0.1], atol=1e-6)


def test_temperature_two_takes_square_roots() -> None:
    roots = np.sqrt([0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(probabilities(LOGITS, Sampling(temperature=2.0)), roots / roots.sum(), atol=1e-6)


def test_temperature_zero_takes_the_likeliest() -> None:
    assert probabilities(LOGITS, Sampling(temperature=0)).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("sampling", "kept"),
    [(Sampling(top_k=2), 2), (Sampling(top_p=0.65), 2), (Sampling(top_p=0.75), 3), (Sampling(min_p=0.4), 3),
     (Sampling(top_p=0.01), 1), (Sampling(top_k=3, top_p=0.7), 2)],
)
def test_the_unlikely_are_left_out(sampling: Sampling, kept: int) -> None:
    chances = probabilities(LOGITS, sampling)
    assert np.count_nonzero(chances) == kept and chances.sum() == pytest.approx(1)


def test_top_k_keeps_exactly_k_of_equals() -> None:
    assert np.count_nonzero(probabilities(np.zeros(10, dtype=np.float32), Sampling(top_k=3))) == 3


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), temperature=st.floats(0, 10), top_p=st.floats(0.01, 1), min_p=st.floats(0, 0.99))
def test_any_setting_gives_a_distribution(seed: int, temperature: float, top_p: float, min_p: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 20, 30).astype(np.float32)
    chances = probabilities(logits, Sampling(temperature=temperature, top_p=top_p, min_p=min_p))
    assert chances.sum() == pytest.approx(1) and (chances >= 0).all() and chances[np.argmax(logits)] > 0


@pytest.mark.parametrize("wrong", [{"temperature": -1}, {"top_k": -1}, {"top_p": 0}, {"top_p": 1.1}, {"min_p": 1}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ControlError):
        Sampling(**wrong)


def test_only_what_the_mask_allows_is_drawn() -> None:
    rng = np.random.default_rng(0)
    mask = np.array([False, True, False, True])
    drawn = [draw(LOGITS, mask, Sampling(), rng) for _ in range(4000)]
    assert set(drawn) == {1, 3}
    assert drawn.count(1) / 4000 == pytest.approx(0.75, abs=0.03)  # 0.3 against 0.1


class Counter:
    """A model that always wants the id after the last one."""

    def initial_state(self, ids: np.ndarray) -> tuple[np.ndarray, int]:
        return self.step(len(ids), ids[:, -1])

    def select(self, state: int, rows: np.ndarray) -> int:
        return len(rows)

    def step(self, state: int, tokens: np.ndarray) -> tuple[np.ndarray, int]:
        assert len(tokens) == state
        logits = np.full((len(tokens), 10), -50.0, dtype=np.float32)
        logits[np.arange(len(tokens)), (tokens + 1) % 10] = 50.0
        return logits, state


class Until:
    """A guide that is done at a given id."""

    def __init__(self, last: int) -> None:
        self.last, self.done = last, False

    is_of_time = False

    def mask(self, out: np.ndarray) -> None:
        out[:] = True

    def bias(self, out: np.ndarray) -> None:
        out[:] = 0

    def advance(self, index: int) -> None:
        self.done = index == self.last

    def copy(self) -> "Until":
        return Until(self.last)


def test_each_row_goes_on_until_its_guide_is_done() -> None:
    steps: list[tuple[int, int]] = []
    rngs = [np.random.default_rng(at) for at in range(3)]
    guides = [Until(4), Until(1), Until(6)]
    prompts = np.zeros((3, 1), dtype=np.int64)
    drawn = list(sample(Counter(), prompts, guides, rngs, Sampling(), lambda step: steps.append((step.row, step.id))))
    for row, last in enumerate([4, 1, 6]):
        assert [index for at, index in drawn if at == row] == list(range(1, last + 1))
    assert steps == drawn


@given(st.lists(st.floats(0, 10), min_size=1, max_size=6).filter(any), st.integers(0, 1000))
def test_an_index_without_weight_is_never_chosen(weights: list[float], seed: int) -> None:
    assert weights[choose(np.array(weights), np.random.default_rng(seed))] > 0


def test_indices_are_chosen_in_proportion_to_their_weights() -> None:
    rng, weights = np.random.default_rng(0), np.array([1.0, 0.0, 3.0])
    chosen = [choose(weights, rng) for _ in range(4000)]
    by_log = [choose_by_log(np.log([1.0, 1e-9, 3.0]) + 700, rng) for _ in range(4000)]
    for indices in (chosen, by_log):
        np.testing.assert_allclose(np.bincount(indices, minlength=3) / 4000, [0.25, 0, 0.75], atol=0.03)
