"""Density: a piece keeps to a number of onsets a quarter of its style that is like its opening's."""

import numpy as np
import pytest

from componium.decoding.constraints.density import MEMORY, MOST, OPENING, UNEVEN, Density, paces_of
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Score, Track, notes

QUARTER = 24
EVEN = {"paces": {"4/4": [[1.0, 5]], "2/4": [[2.0, 3], [4.0, 3]]}, "uneven": 0.25}


def penalty_after(*parts: tuple[int, int], meter: str = "4/4", part: dict = EVEN) -> float:
    """Return the penalty after parts of so many quarters, each with notes at so many places a quarter."""
    plan = Plan(key=parse_key("C"), meter=parse_meter(meter), bars=4, programs=(0,), ranges=((0, 127),))
    density, now = Density.build(plan, StyleProfile(parts={"density": part})), 0
    for quarters, places in parts:
        for _ in range(quarters * places):
            density.begin(now)
            now += QUARTER // places
    return density.penalty()


def test_a_piece_as_dense_as_its_style_is_left_alone() -> None:
    assert -0.1 < penalty_after((100, 1)) <= 0


def test_denser_music_is_penalized_the_more_the_denser_and_sparser_music_is_left_alone() -> None:
    assert penalty_after((40, 1), (60, 2)) == -MOST < penalty_after((40, 1), (10, 2)) < -0.5
    assert penalty_after((40, 2), (60, 1), meter="2/4") == 0


def test_no_density_is_known_before_the_opening_is_over() -> None:
    assert penalty_after((OPENING, 4)) == 0 > penalty_after((OPENING + 1, 4))


def test_of_several_densities_of_a_style_the_one_like_the_opening_is_kept() -> None:
    assert penalty_after((100, 2), meter="2/4") == pytest.approx(0, abs=0.4)
    assert penalty_after((100, 4), meter="2/4") == pytest.approx(0, abs=0.4)
    assert penalty_after((40, 2), (60, 4), meter="2/4") == -MOST


def test_where_a_style_has_no_such_meter_the_density_of_the_opening_is_kept() -> None:
    assert penalty_after((100, 3), meter="7/8") == pytest.approx(0, abs=0.1)
    assert penalty_after((40, 3), (60, 6), part={}) == -MOST


def test_the_more_evenly_a_style_goes_the_larger_the_penalty() -> None:
    free = {**EVEN, "uneven": 0.5}
    assert penalty_after((40, 1), (6, 2)) < penalty_after((40, 1), (6, 2), part=free) < 0


def test_a_piece_that_begins_silent_or_on_one_long_note_has_a_density() -> None:
    density = Density((), UNEVEN)
    for now in (100 * QUARTER, 101 * QUARTER, 300 * QUARTER):
        density.begin(now)
    assert np.isfinite(density.penalty())


def test_densities_are_counted_in_equal_parts_from_the_first_note_voices_together() -> None:
    quarters = notes([(480 * at, 480, 60) for at in range(4, 4 + MEMORY)])
    eighths = notes([(480 * (4 + MEMORY) + 240 * at, 240, 60) for at in range(2 * MEMORY + 1)])
    score = Score((Track(np.concatenate([quarters, eighths])), Track(quarters)))
    assert paces_of(score).tolist() == [1.0, 2.0]
    assert paces_of(Score((Track(notes([(0, 480, 60), (960, 480, 62)])),))).tolist() == [0.5]
    assert paces_of(Score((Track(notes([(960, 480, 62)])),))).tolist() == [1.0]
