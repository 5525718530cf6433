"""Nats of hidden cells: what is known around them is told, and no more is counted than is left open."""

import numpy as np
import pytest

from componium.corpora import Corpus, Piece
from componium.decoding.region import Region
from componium.errors import ControlError
from componium.evaluation.filling import fill_nats
from componium.methods import make
from componium.music.score import Score, Track, notes

CODEC = {"name": "events", "regions": True}


def piece(*voices):
    return Score(tuple(Track(notes([(480 * at, 480, pitch, 0) for at, pitch in enumerate(row)])) for row in voices))


TWO = piece([72, 74, 76, 77] * 3, [60, 62, 64, 65] * 3)


@pytest.fixture(scope="module")
def uniform():
    return make("uniform", codec=CODEC).fit(Corpus("one", (Piece("a", TWO),)))


def test_a_model_that_knows_nothing_is_told_nothing_by_what_is_around(uniform):
    found = fill_nats(uniform, TWO, Region.of(TWO, bars=(1, 2)))
    assert found.n_notes == 8
    assert found.around == pytest.approx(found.before) and found.around > 8 * np.log(2)


def test_what_is_known_costs_nothing(uniform):
    one = fill_nats(uniform, TWO, Region.of(TWO, bars=(1, 2), voices=[1]))
    both = fill_nats(uniform, TWO, Region.of(TWO, bars=(1, 2)))
    assert one.n_notes == 4 and 0 < one.around < both.around


def test_a_model_that_looks_back_is_told_by_the_bars_ahead():
    """A chain of order 2 reads what stands before; the bars ahead stand right before a first bar."""
    learned = make("markov", order=2, codec=CODEC).fit(Corpus("one", (Piece("a", TWO),)))
    found = fill_nats(learned, TWO, Region.of(TWO, bars=(0, 1)))
    assert found.n_notes == 8 and found.around != pytest.approx(found.before)


def test_a_method_without_regions_says_so():
    plain = make("markov", order=1).fit(Corpus("one", (Piece("a", TWO),)))
    with pytest.raises(ControlError, match="holes"):
        fill_nats(plain, TWO, Region.of(TWO, bars=(1, 2)))
