"""Realism: music like the reference can't be told from it, a planted difference is found."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from componium.errors import CorpusError, MissingExtraError, UnknownNameError
from componium.evaluation.features import FEATURES, measure
from componium.evaluation.progressions import compare_progressions
from componium.evaluation.realism import realism
from componium.evaluation.retention import style_retention
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
    areas = [realism(tunes(seed, n=30), tunes(seed + 10, n=30), seed=seed).auc for seed in range(2)]
    assert 0.35 < np.mean(areas) < 0.65


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


def test_features_and_groups_can_be_left_out(planted):
    bare = realism(tunes(1, leaps=0.4), tunes(2), seed=3, without=["melody", "pickup"])
    left = {effect.feature for effect in bare.effects}
    assert not left & {"pickup", "leap_rate", "step_rate"} and "duration_entropy" in left
    assert bare.auc < planted.auc - 0.2
    with pytest.raises(UnknownNameError, match="did you mean pickup"):
        realism(tunes(1), tunes(2), without=["pickups"])


def test_a_missing_scikit_learn_is_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    advice = r"scikit-learn is not installed; run: pip install 'componium\[evaluate\]"
    with pytest.raises(MissingExtraError, match=advice):
        realism(tunes(1, n=10), tunes(2, n=10))


def chorale(rng: np.random.Generator, roots: Sequence[int]) -> Score:
    """Major triads in three parts, a chord a beat, each in a random order of its notes."""
    parts = [[], [], [(480 * at, 480, 48 + root) for at, root in enumerate(roots)]]
    for at, root in enumerate(roots):
        for part, step in zip(parts, rng.permutation([0, 4, 7])[:2].tolist(), strict=False):
            part.append((480 * at, 480, 60 + (root + step) % 12))
    return Score(tuple(Track(notes(part)) for part in parts))


def test_progressions_are_counted_beside_each_other():
    rng = np.random.default_rng(0)
    real = [chorale(rng, (0, 5, 7, 0) * 8) for _ in range(12)]
    ours = [chorale(rng, (0, 7, 0, 2) * 8) for _ in range(12)]
    found = compare_progressions(ours, real)
    names = {share.name: share for share in (*found.bigrams, *found.patterns, *found.cadences)}
    assert names["I-IV"].real > 0.3 and names["I-IV"].generated == 0
    assert names["I-IV-V-I"].real > 0.3 > names["I-IV-V-I"].generated
    assert found.divergence > 0.5 > found.usual
    assert compare_progressions(tunes(0, n=4), real) is None  # single lines


def test_styles_are_named_as_often_as_they_can_be_told():
    calm, leaping = tunes(0, n=40, leaps=0), tunes(1, n=40, leaps=0.5)
    generated = {"calm": tunes(2, n=10, leaps=0), "leaping": tunes(3, n=10, leaps=0)}  # asked for leaps, given none
    rows = style_retention(generated, {"calm": calm, "leaping": leaping},
                           {"calm": tunes(4, n=12, leaps=0), "leaping": tunes(5, n=12, leaps=0.5)}, bars=8)  # fmt: skip
    assert [row.style for row in rows] == ["calm", "leaping"]
    assert rows[0].takes == 1 and rows[1].takes == 0
    assert rows[1].held_out > 0.9 and rows[1].named == (("calm", 1.0),)
    assert rows[1].takes_interval == pytest.approx((0, 0.278), abs=0.001)  # Wilson's, of 0 of 10
    with pytest.raises(CorpusError, match="1 styles with pieces of 8 bars"):
        style_retention(generated, {"calm": calm}, {}, bars=8)
