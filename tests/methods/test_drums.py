"""Styles with drums: a kit comes back as a kit, and every hit is on a drum that the style has."""

import numpy as np
import pytest

from componium.composing.compose import compose
from componium.corpora import Corpus, Piece
from componium.errors import CheckpointError, CorpusError
from componium.methods import make
from componium.music.pitch import key_of
from componium.music.score import Meter, Score, Track, notes

KIT = {36, 38, 42, 46}
BARS, QUARTER = 16, 480


def band(seed: int) -> Score:
    """Return a tune over a bass and drums, in a key of its own."""
    rng = np.random.default_rng(seed)
    tonic, times = int(rng.integers(12)), range(0, 4 * BARS * QUARTER, QUARTER)
    tune = [(time, QUARTER, 60 + tonic + int(rng.choice([0, 2, 4, 5, 7, 9]))) for time in times]
    bass = [(time, QUARTER, 36 + tonic + int(rng.choice([0, 5, 7]))) for time in times]
    kit = [(time, 240, 36 if time % (2 * QUARTER) == 0 else 38) for time in times]
    kit += [(time + half, 240, 42 if rng.random() < 0.9 else 46) for time in times for half in (0, 240)]
    tracks = Track(notes(tune), 40), Track(notes(bass), 33), Track(notes(kit), is_drum=True)
    return Score(tracks, meters=(Meter(0, 4, 4),), keys=(key_of(tonic, "major"),))


@pytest.fixture(scope="module")
def bands() -> Corpus:
    return Corpus("band", tuple(Piece(f"band/{at}", band(at), ("band",)) for at in range(16)))


PARAMETERS = {"genetic": {"population": 8, "generations": 3}, "ensemble": {}}


@pytest.mark.parametrize("name", ["markov", "recombine", "dice", "genetic"])
def test_a_kit_comes_back_as_a_kit(name, bands):
    method = make(name, **PARAMETERS.get(name, {})).fit(bands)
    for seed in range(3):
        take = compose(method=method, bars=8, seed=seed)
        score = take.score
        assert take.plan is None or set(take.plan.kit) == KIT
        assert [(track.program, track.is_drum) for track in score.tracks] == [(40, False), (33, False), (0, True)]
        assert set(score.tracks[2].notes["pitch"].tolist()) <= KIT
        assert score.n_bars == 8


@pytest.mark.parametrize("name", ["recombine", "dice"])
def test_a_model_of_another_table_is_refused(name, bands):
    method = make(name).fit(bands)
    learned, weights = method.get_weights()
    with pytest.raises(CheckpointError, match="expected the shape"):
        make(name).set_weights(learned, {**weights, "about": weights["about"][:, :-1]})


@pytest.mark.parametrize("name", ["hmm", "dream", "gan"])
def test_methods_that_play_no_drums_learn_the_other_parts(name, bands):
    if name != "hmm":
        pytest.importorskip("torch")
    method = make(name, **type(make(name)).TINY).fit(bands)
    score = compose(method=method, bars=4, seed=1).score
    assert [(track.program, track.is_drum) for track in score.tracks] == [(40, False), (33, False)]


def test_drums_alone_are_nothing_to_methods_that_play_none(bands):
    kits = [Piece(piece.id, Score(piece.score.tracks[2:], keys=piece.score.keys), piece.styles) for piece in bands]
    with pytest.raises(CorpusError):
        make("hmm").fit(bands.with_pieces(kits))
