"""How busy music is: a piece keeps to a pace of its style that is like its opening's."""

import numpy as np
import pytest
from componium.decoding.constraints.pace import MEMORY, MOST, OPENING, Pace, paces_of

import componium
from componium.music.score import Score, Track, notes
from componium.music.transform import slice_bars

QUARTER = 24
EVEN = {"paces": {"4/4": [[1.0, 5]], "2/4": [[2.0, 3], [4.0, 3]]}, "uneven": 0.25}


def heard(*parts: tuple[int, int], meter: str = "4/4", usual: dict = EVEN) -> float:
    """The lean after parts of so many quarters, each with notes at so many places a quarter."""
    pace, now = Pace(usual, meter), 0
    for quarters, places in parts:
        for _ in range(quarters * places):
            pace.begin(now)
            now += QUARTER // places
    return pace.lean()


def test_a_piece_at_the_pace_of_its_style_is_left_alone() -> None:
    assert -0.1 < heard((100, 1)) <= 0


def test_busier_music_is_leaned_against_the_more_the_busier_and_calmer_music_is_left_alone() -> None:
    assert heard((40, 1), (60, 2)) == -MOST < heard((40, 1), (10, 2)) < -0.5
    assert heard((40, 2), (60, 1), meter="2/4") == 0


def test_no_pace_is_known_before_the_opening_is_over() -> None:
    assert heard((OPENING, 4)) == 0 > heard((OPENING + 1, 4))


def test_of_several_paces_of_a_style_the_one_like_the_opening_is_kept() -> None:
    assert heard((100, 2), meter="2/4") == pytest.approx(0, abs=0.4)
    assert heard((100, 4), meter="2/4") == pytest.approx(0, abs=0.4)
    assert heard((40, 2), (60, 4), meter="2/4") == -MOST


def test_where_nothing_is_known_of_a_metre_the_opening_is_gone_on_from() -> None:
    assert heard((100, 3), meter="7/8") == pytest.approx(0, abs=0.1)
    assert heard((40, 3), (60, 6), usual={}) == -MOST


def test_the_more_evenly_a_style_goes_the_stronger_the_lean() -> None:
    free = {**EVEN, "uneven": 0.5}
    assert heard((40, 1), (6, 2)) < heard((40, 1), (6, 2), usual=free) < 0


def test_a_piece_that_begins_silent_or_on_one_long_note_can_say_its_pace() -> None:
    pace = Pace({}, "4/4")
    for now in (100 * QUARTER, 101 * QUARTER, 300 * QUARTER):
        pace.begin(now)
    assert np.isfinite(pace.lean())


def test_paces_are_counted_in_equal_parts_from_the_first_note_voices_together() -> None:
    quarters = notes([(480 * at, 480, 60) for at in range(4, 4 + MEMORY)])
    eighths = notes([(480 * (4 + MEMORY) + 240 * at, 240, 60) for at in range(2 * MEMORY + 1)])
    score = Score((Track(np.concatenate([quarters, eighths])), Track(quarters)))
    assert paces_of(score).tolist() == [1.0, 2.0]
    assert paces_of(Score((Track(notes([(0, 480, 60), (960, 480, 62)])),))).tolist() == [0.5]
    assert paces_of(Score((Track(notes([(960, 480, 62)])),))).tolist() == [1.0]


def test_long_chorales_grow_no_busier() -> None:
    takes = componium.compose(style="chorales", meter="4/4", bars=112, n=3, seed=5)
    late = [paces_of(slice_bars(take.score, 64, 112)).mean() for take in takes]
    assert np.mean(late) < 1.85  # real ones 1.5; over 2 were nothing done
