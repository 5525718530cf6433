"""One suite for every metric that the registry finds: adding a family adds its tests."""

import inspect
import math

import pytest
from hypothesis import given, settings

from componium import registry
from componium.metrics import describe
from componium.music.score import Score, Track, notes
from componium.music.transform import change_ticks_per_quarter
from strategies import scores

FAMILIES = {name: registry.load("metrics", name) for name in registry.names("metrics")}
METRICS = [function for family in FAMILIES.values() for function in getattr(family, "SCALARS", ())]
each_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)

OCTAVES = Score(tracks=(Track(notes([(0, 480, 60), (480, 480, 72)])), Track(notes([(0, 960, 48)]))))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_states_its_conventions(name):
    doc = FAMILIES[name].__doc__ or ""
    assert len(doc.splitlines()) > 2
    public = inspect.getmembers(FAMILIES[name], inspect.isfunction)
    own = [function for title, function in public if function.__module__ == FAMILIES[name].__name__ and title[0] != "_"]
    assert all(function.__doc__ for function in own)


def test_no_two_metrics_have_one_name():
    assert len({metric.__name__ for metric in METRICS}) == len(METRICS)
    assert list(describe(OCTAVES)) == [metric.__name__ for metric in METRICS]


@each_metric
def test_no_notes_are_no_trouble(metric):
    for score in (Score(), Score(tracks=(Track(),)), Score(tracks=(Track(notes([(0, 480, 36)]), is_drum=True),))):
        assert not math.isinf(float(metric(score)))


@settings(max_examples=40)
@given(score=scores(n_tracks=(0, 3), ticks_per_quarter=(24, 96)))
def test_metrics_are_pure_and_know_no_ticks(score):
    before = hash(score)
    found = describe(score)
    assert hash(score) == before
    assert describe(score) == pytest.approx(found, nan_ok=True, abs=0, rel=0)
    finer = change_ticks_per_quarter(score, 4 * score.ticks_per_quarter)
    assert describe(finer) == pytest.approx(found, nan_ok=True)


@settings(max_examples=40)
@given(score=scores(n_tracks=(2, 3), max_notes=8))
def test_the_order_of_tracks_does_not_matter(score):
    turned = Score(score.tracks[::-1], score.ticks_per_quarter, score.tempos, score.meters, score.keys)
    assert describe(turned) == pytest.approx(describe(score), nan_ok=True)
