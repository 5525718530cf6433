"""What happens within a beat: read off a score and written back, learned, drawn, and kept in range."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.methods.hmm import beat_pitches
from componium.methods.hmm.ornaments import (
    PLAIN,
    apply_patterns,
    avoid_parallels,
    choose_patterns,
    fit_patterns,
    parse_patterns,
    pitch_after_steps,
    read_patterns,
    steps_to,
)
from componium.music.score import Key, Score, Track, notes
from componium.music.theory import DEGREES
from componium.music.time import beat_lines

MAJOR, MINOR = DEGREES["major"], DEGREES["minor"]
PASSING, SUSPENDED = (0, ((6, 1, 0),)), (1, ((6, -1, 0),))
# Places of a beat of 480 ticks on the grid of twelfths.
LENGTHS = st.lists(st.sampled_from((120, 160, 240, 480, 720, 960)), min_size=1, max_size=12)


@given(st.integers(20, 90), st.integers(-12, 12), st.sampled_from(sorted(DEGREES)))
@settings(max_examples=60, deadline=None)
def test_steps_lead_to_the_note_that_they_were_counted_to(base: int, interval: int, mode: str) -> None:
    assert pitch_after_steps(base, *steps_to(base, base + interval, DEGREES[mode]), DEGREES[mode]) == base + interval


@given(LENGTHS, st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_line_read_is_written_back_note_for_note(lengths: list[int], seed: int) -> None:
    onsets = np.cumsum([0, *lengths]) // 40 * 40
    pitches = np.random.default_rng(seed).integers(60, 80, len(lengths))
    rows = [(int(on), int(off - on), int(p)) for on, off, p in zip(onsets, onsets[1:], pitches, strict=False)]
    whole = [*rows, (int(onsets[-1]), int(-onsets[-1] % 1920) or 1920, 81)]  # to the end of a bar
    score = Score((Track(notes(whole)),), keys=(Key(0, 0),))
    beats = beat_pitches(score)
    patterns = [row[0] for row in read_patterns(score, beats, MAJOR)]
    assert None not in patterns
    stated = [pattern for pattern in patterns if pattern is not None]
    again = apply_patterns(beats[:, 0].tolist(), stated, beat_lines(score).tolist(), MAJOR, (0, 127))
    assert Track(notes(again)) == Track(notes(whole))


def test_a_beat_that_would_leave_the_range_is_plain() -> None:
    assert apply_patterns([60], [PASSING], [0, 480], MAJOR, (55, 61)) == [(0, 480, 60)]
    assert apply_patterns([60], [PASSING], [0, 480], MAJOR, (55, 62)) == [(0, 240, 60), (240, 240, 62)]


def test_only_the_same_note_is_tied() -> None:
    lines = [0, 480, 960]
    assert apply_patterns([72, 72], [PLAIN, SUSPENDED], lines, MAJOR, (0, 127)) == [(0, 720, 72), (720, 240, 71)]
    assert apply_patterns([74, 72], [PLAIN, SUSPENDED], lines, MAJOR, (0, 127)) == [
        (0, 480, 74), (480, 240, 72), (720, 240, 71)]


def test_the_raised_seventh_of_minor_is_a_step_and_raised() -> None:
    assert steps_to(12, 11, MINOR) == (-1, 1)


def taught() -> dict:  # type: ignore[type-arg]
    """Rising thirds are filled, and nothing else happens: in two parts, of which the lower stays."""
    beats = np.array([[12, 0], [16, 0], [12, 0], [16, 0], [12, 0]])
    filled = [PASSING if at % 2 == 0 and at < 4 else PLAIN for at in range(5)]
    return fit_patterns([(beats, [[pattern, PLAIN] for pattern in filled])] * 20)


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_what_was_heard_at_an_interval_is_done_there(rng: np.random.Generator | None) -> None:
    found = choose_patterns(taught(), np.array([[12, 0], [16, 0], [12, 0], [16, 0]]), rng=rng)
    assert found == [[PASSING, PLAIN], [PLAIN, PLAIN], [PASSING, PLAIN], [PLAIN, PLAIN]]


def test_the_top_part_is_what_it_is_told_to_be() -> None:
    beats = np.array([[12, 0], [16, 0], [12, 0]])
    found = choose_patterns(taught(), beats, top=[PLAIN, PASSING, None])
    assert [row[0] for row in found] == [PLAIN, PASSING, PLAIN]


def test_no_share_is_no_ornament() -> None:
    beats = np.array([[12, 0], [16, 0], [12, 0]])
    found = choose_patterns(taught(), beats, share=0.0, rng=np.random.default_rng(0))
    assert {pattern for row in found for pattern in row} == {PLAIN}


def test_patterns_come_back_from_lists() -> None:
    assert parse_patterns([[1, [[6, -1, 0]]], [0, []]]) == [SUSPENDED, PLAIN]


def test_an_ornament_that_makes_fifths_is_left_out_below_and_kept_on_top() -> None:
    beats = np.array([[19, 12], [23, 12]])  # a fifth; both filling their beat with a step upwards go on in fifths
    assert avoid_parallels([[PASSING, PASSING], [PLAIN, PLAIN]], beats, MAJOR) == [[PASSING, PLAIN], [PLAIN, PLAIN]]
    contrary = (0, ((6, -1, 0),))
    assert avoid_parallels([[PASSING, contrary], [PLAIN, PLAIN]], beats, MAJOR)[0] == [PASSING, contrary]
