"""An ensemble: the mean of its members, never worse than they are on average."""

from dataclasses import replace

import numpy as np
import pytest

import stand_in
from componium.corpora import Corpus
from componium.errors import CodecError, ControlError
from componium.methods import make
from componium.methods.ensemble import averaged, likeliest_mixture, likeliest_powers


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    pieces = stand_in.music().pieces
    sides = ["validation" if at % 5 == 0 else "test" if at % 5 == 1 else "train" for at in range(len(pieces))]
    return Corpus("mixed", tuple(replace(piece, split=side) for piece, side in zip(pieces, sides, strict=True)))


def nats_on_validation(corpus: Corpus, **params: str) -> float:
    ensemble = make("ensemble", members=ORDERS, **params).fit(corpus)
    return -float(ensemble.log_prob([piece.score for piece in corpus.validation.pieces]).sum())


ORDERS = [{"method": "markov", "order": order} for order in (0, 2, 8)]


@pytest.mark.parametrize("mixture", ["equal", "validation"])
def test_it_needs_no_more_nats_than_its_members_on_average(corpus: Corpus, mixture: str) -> None:
    ensemble = make("ensemble", members=ORDERS, mixture=mixture).fit(corpus)
    for piece in corpus.test.pieces:
        alone = [member.log_prob([piece.score])[0] for member in ensemble.members_]
        assert ensemble.log_prob([piece.score])[0] >= np.dot(ensemble.mixture_, alone) - 1e-6


def test_weights_chosen_on_validation_do_better_there_than_equal_ones(corpus: Corpus) -> None:
    assert nats_on_validation(corpus, mixture="validation") < nats_on_validation(corpus, mixture="equal")


def test_powers_chosen_on_validation_do_better_there_than_equal_ones(corpus: Corpus) -> None:
    equal, chosen = (nats_on_validation(corpus, average="geometric", mixture=mixture)
                     for mixture in ("equal", "validation"))
    assert chosen < equal


@pytest.mark.parametrize("mixture", [[0.2, 0.3, 0.5], [1.4, 0.0, 0.3]])
def test_the_geometric_mean_is_normalised_over_what_the_grammar_allows(corpus: Corpus, mixture: list[float]) -> None:
    ensemble = make("ensemble", members=ORDERS, average="geometric").fit(corpus)
    ensemble.mixture_ = np.array(mixture)
    codec, ids = ensemble.codec_, ensemble.codec_.encode(corpus.test.pieces[0].score).ids[:60]
    grammar, state = codec.initial_state(), ensemble.empty_state(1)
    for index in ids.tolist():
        logits, state = ensemble.step(state, np.array([index]))
        codec.advance(grammar, index)
        chances = np.exp(logits[0].astype(np.float64))
        assert chances.sum() == pytest.approx(1, rel=1e-4)
        assert (chances[~codec.allowed_next(grammar)] == 0).all()


@pytest.mark.parametrize("power", [0.4, -0.4])
def test_newton_finds_the_best_powers(power: float) -> None:
    """Against a search over the powers of two members, on tokens drawn from a product of powers 0.9 and `power`."""
    rng = np.random.default_rng(0)
    members = rng.dirichlet(np.full(6, 0.7), size=(400, 2))
    truth = members[:, 0] ** 0.9 * members[:, 1] ** power
    tokens = np.array([rng.choice(6, p=row / row.sum()) for row in truth])
    logs = np.log(members).astype(np.float32)

    def likelihood(powers: np.ndarray) -> float:
        mean = np.einsum("m,tmv->tv", powers, logs)
        return float((mean[np.arange(400), tokens] - np.logaddexp.reduce(mean, axis=1)).sum())

    tried = np.linspace(0, 1.5, 31)
    best = max(likelihood(np.array([one, other])) for one in tried for other in tried)
    found = likeliest_powers(logs, tokens)
    assert likelihood(found) >= best - 1e-6
    assert (found[1] > 0) == (power > 0)  # a member that says the contrary is left out


def test_one_member_is_that_member(corpus: Corpus) -> None:
    alone = make("markov", order=3).fit(corpus)
    for average in ("arithmetic", "geometric"):
        one = make("ensemble", members=[{"method": "markov", "order": 3}], average=average).fit(corpus)
        score = corpus.test.pieces[0].score
        assert one.log_prob([score]) == pytest.approx(alone.log_prob([score]), rel=1e-5)


def test_both_means_are_distributions() -> None:
    rng = np.random.default_rng(0)
    logs = np.log(rng.dirichlet(np.ones(7), size=(3, 4)))
    for average in ("arithmetic", "geometric"):
        assert np.exp(averaged(logs, np.array([0.2, 0.3, 0.5]), average)).sum(axis=1) == pytest.approx(1.0)


def test_em_finds_the_best_weights() -> None:
    """Against a search over all weights of two members."""
    chances = np.random.default_rng(1).random((200, 2))
    tried = np.linspace(0.001, 0.999, 999)
    marks = [np.log(chances @ np.array([share, 1 - share])).sum() for share in tried]
    assert likeliest_mixture(chances)[0] == pytest.approx(tried[int(np.argmax(marks))], abs=0.02)


def test_members_may_be_models_already_fitted(corpus: Corpus, tmp_path) -> None:
    make("markov", order=2).fit(corpus).save(tmp_path)
    both = make("ensemble", members=[{"folder": str(tmp_path)}, {"method": "markov", "order": 5}]).fit(corpus)
    assert both.members_[0].order == 2


def test_what_cannot_be_averaged_is_refused(corpus: Corpus, tmp_path) -> None:
    with pytest.raises(ControlError, match="members"):
        make("ensemble", members=[]).fit(corpus)
    with pytest.raises(ControlError, match="predicts"):
        make("ensemble", members=[{"method": "dice"}]).fit(corpus)
    make("markov", order=1).fit(corpus.of_style("jig")).save(tmp_path)  # its codec knows fewer styles
    with pytest.raises(CodecError, match="one codec"):
        make("ensemble", members=[{"folder": str(tmp_path)}, {"method": "markov"}]).fit(corpus)
