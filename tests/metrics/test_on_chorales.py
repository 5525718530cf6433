"""What the metrics say of Bach's chorales: what every textbook says of them."""

import math

import numpy as np
import pytest

from componium.analysis.cadence import ends_on_tonic
from componium.analysis.key import find_key, same_key
from componium.metrics.harmony import (
    consonance_rate,
    final_third,
    parallel_fifths,
    voice_crossing_rate,
)
from componium.metrics.pitch import polyphony, step_rate
from componium.originality.index import Index

pytestmark = pytest.mark.corpora


@pytest.fixture(scope="module")
def chorales():
    from componium import corpora

    return corpora.load("chorales", workers=1)


def test_they_are_in_the_key_that_they_are_in(chorales):
    found = [same_key(find_key(piece.score), piece.score.keys[0]) for piece in chorales if piece.score.keys]
    assert np.mean(found) > 0.95


def test_they_end_on_the_tonic_with_a_major_third(chorales):
    assert np.mean([ends_on_tonic(piece.score, piece.score.keys[-1]) for piece in chorales]) > 0.9
    thirds = [final_third(piece.score) for piece in chorales]
    assert np.mean([third == 4 for third in thirds if not math.isnan(third)]) > 0.9  # Picardy's, in minor


def test_four_voices_consonant_moving_by_step_seldom_crossing_and_no_parallels(chorales):
    scores = chorales.scores[::10]
    assert np.mean([polyphony(score) for score in scores]) == pytest.approx(4, abs=0.1)
    assert np.mean([consonance_rate(score) for score in scores]) > 0.8
    assert np.mean([step_rate(score) for score in scores]) > 0.55
    assert np.mean([voice_crossing_rate(score) for score in scores]) < 0.06
    assert np.mean([parallel_fifths(score) for score in scores]) < 0.03


def test_a_chorale_shares_all_of_itself_and_little_with_others(chorales):
    index = Index.of((piece.id, piece.score) for piece in chorales)
    for piece in list(chorales)[::50]:
        whole = max(len(track.notes) for track in piece.score.tracks)
        assert index.longest_shared(piece.score).notes == whole
    test = list(chorales.test)
    shared = [index.longest_shared(piece.score, but=[one.id for one in test]).notes for piece in test]
    assert np.median(shared) < 20
