"""Novelty and the report on a score."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.music.score import Score, Track, notes
from componium.music.transform import transpose
from componium.originality import Index, report_of, with_unseen
from componium.originality.novelty import SIZE, Features
from componium.originality.sequences import VIEWS, Sequences


def tune(seed, n=60):
    rng = np.random.default_rng(seed)
    onsets = np.concatenate([[0], np.cumsum(rng.choice((120, 240, 480), n - 1))])
    return Score((Track(notes([(int(at), 60, int(pitch)) for at, pitch in zip(onsets, rng.integers(55, 75, n),
                                                                              strict=True)])),))  # fmt: skip


INDEX = Index.of((f"piece {seed}", tune(seed)) for seed in range(30))


@given(st.integers(0, 29), st.integers(-12, 12))
def test_a_piece_in_another_key_is_most_like_itself(seed, up):
    nearest = INDEX.nearest(transpose(tune(seed), up))
    assert nearest[0].piece == f"piece {seed}" and nearest[0].similarity == pytest.approx(1, abs=1e-5)
    assert nearest[1].similarity < 0.5
    assert INDEX.nearest(tune(seed), but={f"piece {seed}"})[0].piece != f"piece {seed}"


@given(st.integers(100, 200))
def test_similarity_is_the_cosine_of_the_formula(seed):
    melodies = Sequences.of([tune(seed)], VIEWS["melody"])
    features, score = Features.of(INDEX.sequences["melody"], 30), Features.of(melodies, 1)
    assert features.roots.shape == (30, SIZE)
    vectors, vector = features.roots * features.weights, score.roots[0] * features.weights
    assert np.allclose(features.lengths, np.linalg.norm(vectors, axis=1), rtol=1e-5)
    cosine = vectors @ vector / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector))
    assert np.allclose(features.similarities(melodies), cosine, atol=1e-5)
    assert INDEX.nearest(tune(seed))[0].similarity == pytest.approx(cosine.max(), abs=1e-5)


def test_no_music_is_like_nothing():
    report = report_of(INDEX, Score())
    assert report.nearest == () and report.novelty == 1 and report.exact_share == 0 and report.verdict == ""
    assert "nothing shared" in str(report)


def test_the_verdict_is_by_unseen_pieces(tmp_path):
    index = with_unseen(INDEX, [(("a", "b"), tune(seed)) for seed in range(100, 120)])
    assert set(index.unseen) == {"", "a", "b"}
    index.save(tmp_path / "index.npz")
    index = Index.load(tmp_path / "index.npz")
    fresh, copied = report_of(index, tune(105), "a"), report_of(index, tune(3), "a")
    assert fresh.verdict == "copies no more than 20 unseen pieces (a) do" and fresh.unusual == ()
    assert "copies more than 95 % of 20" in copied.verdict and copied.exact.notes == 60 and copied.novelty < 1e-5
    assert set(copied.unusual) == {"exact", "near", "near_share", "similarity"}
    assert report_of(index, tune(3), "unknown").unseen.style == ""
    assert json.loads(json.dumps(copied.to_json())) == copied.to_json()
    assert copied.to_json()["unseen"]["pieces"] == 20


def test_few_unseen_pieces_are_no_measure():
    assert with_unseen(INDEX, [((), tune(seed)) for seed in range(100, 105)]).unseen == {}
