"""A corpus of tunes, a Markov model fitted to it, and the folder where it is saved."""

from pathlib import Path

import numpy as np
import pytest

from componium.composing.model import ORIGINALITY, index_corpus
from componium.corpora import Corpus, Piece
from componium.methods import Method, make
from componium.music.score import Key, Meter, Score, Track, notes


def tune(seed: int) -> Score:
    steps = np.cumsum(np.random.default_rng(seed).integers(-2, 3, 64)) % 8
    rows = [(240 * at, 240, 60 + (0, 2, 4, 5, 7, 9, 11, 12)[int(step)]) for at, step in enumerate(steps)]
    return Score((Track(notes(rows), 40),), meters=(Meter(0, 4, 4),), keys=(Key(0, 0, "major"),))


@pytest.fixture(scope="session")
def tunes() -> Corpus:
    return Corpus("tunes", tuple(Piece(f"tune/{at}", tune(at), ("tunes",)) for at in range(12)))


@pytest.fixture(scope="session")
def model(tunes: Corpus) -> Method:
    return make("markov", order=5).fit(tunes)


@pytest.fixture(scope="session")
def folder(model: Method, tunes: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    model.save(path)
    index_corpus(tunes).save(path / ORIGINALITY)
    return path
