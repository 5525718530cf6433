"""Realism: music like the reference can't be told from it, a planted difference is found."""

import json
from dataclasses import replace

import numpy as np
import pytest

from componium.errors import CorpusError
from componium.evaluation.features import FEATURES, measure
from componium.evaluation.realism import realism
from componium.music.score import Score, Track, notes

pytest.importorskip("sklearn")
SCALE = (0, 2, 4, 5, 7, 9, 11)


def tune(rng: np.random.Generator, *, leaps: float = 0.1, bars: int = 8) -> Score:
    """A random walk on the scale of C, in eighths and quarters."""
    rows, at, step = [], 0, 7
    while at < 1920 * bars:
        duration = int(rng.choice([240, 480]))
        rows.append((at, duration, 48 + 12 * (step // 7) + SCALE[step % 7]))
        move = rng.choice([-4, 4, -5, 5]) if rng.random() < leaps else rng.choice([-1, 1])
        step, at = int(np.clip(step + move, 0, 20)), at + duration
    return Score(tracks=(Track(notes(rows)),))


def tunes(seed: int, n: int = 40, **options: float) -> list[Score]:
    rng = np.random.default_rng(seed)
    return [tune(rng, **options) for _ in range(n)]


@pytest.fixture(scope="module")
def planted():
    return realism(tunes(1, leaps=0.4), tunes(2), seed=3)


def test_music_of_one_kind_cannot_be_told_apart():
    areas = [realism(tunes(seed), tunes(seed + 10), seed=seed).auc for seed in range(3)]
    assert 0.4 < np.mean(areas) < 0.6


def test_a_planted_difference_is_found_and_named(planted):
    assert planted.auc > 0.95 and planted.interval.low > 0.9
    assert planted.largest(4)[0].feature in ("step_rate", "leap_rate", "interval_entropy")
    effects = {effect.feature: effect for effect in planted.effects}
    assert effects["leap_rate"].delta > 0.9 and effects["step_rate"].delta < -0.9
    assert effects["leap_rate"].group == "melody"
    assert abs(effects["duration_entropy"].delta) < 0.4  # rhythms are alike


def test_the_same_seed_gives_the_same_figures(planted):
    assert realism(tunes(1, leaps=0.4), tunes(2), seed=3) == planted


def test_it_can_be_written_as_json(planted):
    plain = json.loads(json.dumps(planted.to_json()))
    assert plain["bars"] == 8 and plain["n_real"] == 40
    assert [row["classifier"] for row in plain["classifiers"]] == ["logistic regression", "boosted trees"]


def test_copies_are_in_one_fold():
    """Two tunes, each 20 times, can't be told from others by having been seen."""
    ours = tunes(5, n=2) * 20
    assert realism(ours, tunes(6), seed=0).auc < 0.9


def test_too_few_pieces_of_the_length_are_refused():
    with pytest.raises(CorpusError, match="0 real pieces of 8 bars or more; expected at least 10"):
        realism(tunes(1, n=12), tunes(2, n=12, bars=4))


def test_every_feature_has_a_docstring_and_a_value():
    score = replace(tunes(0, n=1)[0], title="named")
    measured = measure(score)
    assert list(measured) == [feature.__name__ for group in FEATURES.values() for feature in group]
    assert all(feature.__doc__ for group in FEATURES.values() for feature in group)
