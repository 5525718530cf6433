"""Critics: marks by distance from a style's own pieces."""

import math
from dataclasses import replace

import pytest

from componium.decoding.critics import CADENCE, CRITICS, PART, critique, measure_critics, total
from componium.decoding.style.profile import StyleProfile
from componium.errors import UnknownNameError
from componium.music.score import Score, Track, notes
from componium.testing.music import make_tune

Q = 480
UP = [(Q * at, Q, pitch) for at, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]


def knowing(**statistics: tuple[float, float]) -> StyleProfile:
    return StyleProfile(parts={PART: statistics})


def closing(last: int) -> Score:
    return Score((Track(notes([*UP, (8 * Q, 4 * Q, last)])),))


def test_a_mark_is_a_gaussian_of_the_distance() -> None:
    profile = knowing(ends_by_leap=(0.2, 0.4), final_length=(0.5, 0.5))
    marks = critique(closing(74), profile)  # by step: 0.5 deviations away; a whole bar: 1 deviation
    assert marks == {CADENCE: pytest.approx(math.exp(-(0.25 + 1) / 4))}


def test_what_counts_is_what_the_style_has() -> None:
    by_step, by_leap = closing(74), closing(60)
    for rate, better, worse in ((0.1, by_step, by_leap), (0.9, by_leap, by_step)):
        profile = knowing(ends_by_leap=(rate, math.sqrt(rate * (1 - rate))))
        assert critique(better, profile)[CADENCE] > critique(worse, profile)[CADENCE]


def test_no_mark_without_features() -> None:
    assert critique(closing(74), StyleProfile()) == {} and total({}) == 0
    assert critique(closing(74), knowing(final_triad=(0.9, 0.3))) == {}  # a single line has no triad


def test_an_unknown_critic_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="taste"):
        critique(closing(74), StyleProfile(), ("taste",))


def test_only_features_of_half_of_the_pieces_are_measured() -> None:
    scores = [replace(tune, tracks=tune.tracks[:1]) for tune in map(make_tune, range(6))]
    measured = measure_critics(scores)
    assert "ends_by_leap" in measured and "final_authentic" not in measured  # these are single lines
    features = {feature.__name__ for features in CRITICS.values() for feature in features}
    assert set(measured) <= features and all(spread > 0 for _, spread in measured.values())
    assert measure_critics(scores[:4]) == {}


def test_real_pieces_are_marked_above_noise() -> None:
    scores = [make_tune(seed) for seed in range(12)]
    profile = StyleProfile(parts={PART: measure_critics(scores)})
    noise = Score((Track(notes([(240 * at, 240, 40 + 37 * at % 50) for at in range(64)])),))
    assert total(critique(noise, profile)) < min(total(critique(score, profile)) for score in scores)
