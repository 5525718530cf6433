"""Laws and textbook cases of unrolling repeats, merging ties and laying the bar grid."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.errors import LimitError
from componium.music.score import Meter, Score
from componium.music.time import bar_lines
from componium.notation.repeats import Measure, play_order
from componium.notation.unfolding import TIE_START, TIE_STOP, Line, infer_meters, perform


def measures(text):
    """A measure a word: |: before it, :| behind it, digits for its endings, capitals for its signs (see SIGNS)."""
    found = []
    for word in text.split():
        measure = Measure(length=4, forward=word.startswith("|:"))
        measure.backward = 2 * word.endswith(":|")
        measure.endings = frozenset(int(digit) for digit in word if digit.isdigit())
        measure.signs = {name for mark, name in SIGNS.items() if mark in word}
        found.append(measure)
    return found


SIGNS = {"S": "segno", "O": "coda", "F": "fine", "T": "tocoda", "D": "dacapo", "G": "dalsegno"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c", "012"),
        ("a b:| c", "01012"),
        ("a |:b c:| d", "012123"),
        ("a b:| c d:| e", "01012323" + "4"),
        ("|:a 1b:| 2c", "0102"),
        ("|:a 1b 1c:| 2d 2e f", "012034" + "5"),
        ("|:a 1b:| 2c:| 3d", "010203"),
        ("|:a 12b:| 3c", "010102"),
        ("|:a 1b:| c", "0102"),
        ("|:a 1b:| 2c |:d 1e:| 2f", "0102" + "3435"),
        ("a F b D", "0123" + "01"),
        ("aF b D", "012" + "0"),
        ("a S b G c", "0123" + "1234"),
        ("a S bT G Oe", "0123" + "12" + "4"),
        ("|:a b:| Fc D", "0101" + "23" + "012"),
        ("|:a 1b:| 2c D", "0102" + "3" + "023"),
    ],
)
def test_measures_are_played_in_order(text, expected):
    assert "".join(map(str, play_order(measures(text)))) == expected


def test_a_closed_section_is_the_furthest_that_a_repeat_goes_back():
    a, b, c = (Measure(length=4) for _ in range(3))
    a.closes, c.backward = True, 2
    assert play_order([a, b, c]) == [0, 1, 2, 1, 2]
    a.closes, b.closes, a.forward = False, True, True  # but not where |: says otherwise
    assert play_order([a, b, c]) == [0, 1, 2, 0, 1, 2]


def test_endings_that_are_never_reached_are_played_as_they_stand():
    assert play_order(measures("a 1b 2c d")) == [0, 1, 2, 3]


def test_repeats_cannot_explode():
    with pytest.raises(LimitError):
        play_order([Measure(length=1, backward=1_000_000)])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.builds(
    Measure, length=st.just(1), forward=st.booleans(), backward=st.sampled_from([0, 0, 2, 3]), closes=st.booleans(),
    endings=st.sampled_from([frozenset(), frozenset(), frozenset({1}), frozenset({2}), frozenset({1, 2})]),
    signs=st.sets(st.sampled_from(sorted(SIGNS.values())), max_size=1),
), max_size=12))  # fmt: skip
def test_whatever_the_signs_every_measure_is_played(written):
    order = play_order(written)
    assert set(order) == set(range(len(written)))


def as_text(meters):
    return [(meter.tick, str(meter)) for meter in meters]


def test_a_reel_with_pickups_has_one_short_bar():
    section = [1, *[8] * 7, 7]
    found = infer_meters(section * 4, [(4, 4)] * len(section * 4), 2)
    assert as_text(found) == [(0, "1/8"), (1, "4/4")]


def test_lengths_of_their_own_are_meters_of_their_own():
    found = infer_meters([4, 4, 5, 4, 3, 4, 2], [(4, 4)] * 7, 1)
    assert as_text(found) == [(0, "4/4"), (8, "5/4"), (13, "4/4"), (17, "3/4"), (20, "4/4")]


def test_a_short_last_bar_keeps_its_meter_though_an_empty_measure_follows():
    assert as_text(infer_meters([1, 3, 2, 0], [(3, 4)] * 4, 1)) == [(0, "1/4"), (1, "3/4")]
    assert infer_meters([0, 0], [(3, 4)] * 2, 1) == []


def test_a_missing_bar_line_changes_nothing():
    assert as_text(infer_meters([4, 8, 4, 12], [(4, 4)] * 4, 1)) == [(0, "4/4")]


def test_changes_of_meter_and_free_meter():
    meters = infer_meters([4, 3, 3, 6], [(4, 4), (3, 4), (3, 4), (6, 4)], 1)
    assert as_text(meters) == [(0, "4/4"), (4, "3/4"), (10, "6/4")]
    assert as_text(infer_meters([4, 7, 7], [None] * 3, 1)) == [(0, "4/4"), (4, "7/4")]


def test_a_length_no_meter_has_is_cut_by_the_next():
    found = infer_meters([960, 160, 960], [(2, 4)] * 3, 480)  # a third of a quarter
    assert [meter.tick for meter in found] == [0, 960, 1120]
    score = Score(meters=tuple(found))
    assert bar_lines(score, 2080).tolist()[-1] >= 2080
    assert {0, 960, 1120} <= set(bar_lines(score, 2080).tolist())


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([(4, 4), (3, 4), (6, 8), (2, 2), None])), min_size=1))
def test_every_bar_line_is_where_the_grid_says(bars):
    lengths = [length * 120 for length, _ in bars]
    found = infer_meters(lengths, [meter for _, meter in bars], 480)
    lines = set(bar_lines(Score(meters=tuple(found)), sum(lengths)).tolist())
    assert {meter.tick for meter in found} <= lines
    assert found[0].tick == 0


def one_line(*rows, length=4, order=None, per_quarter=1, n=4):
    written = [Measure(length=length) for _ in range(n)]
    played = perform(written, [Line(rows=list(rows))], per_quarter, order or list(range(n)))
    return played, played.tracks[0].notes


def test_ties_are_merged_across_measures_and_by_pitch():
    _, notes = one_line(
        (0, 2, 2, 60, 0, 0, TIE_START), (0, 2, 2, 64, 0, 0, 0), (1, 0, 4, 60, 0, 0, TIE_START | TIE_STOP),
        (1, 0, 1, 64, 0, 0, TIE_STOP), (2, 0, 1, 60, 0, 0, TIE_STOP), (2, 1, 1, 60, 0, 0, 0),
    )  # fmt: skip
    assert [(int(n["onset"]), int(n["duration"]), int(n["pitch"])) for n in notes] == [
        (960, 3360, 60), (960, 960, 64), (1920, 480, 64), (4320, 480, 60),
    ]  # fmt: skip


def test_a_tie_that_jumps_elsewhere_ends():
    _, notes = one_line((0, 0, 4, 60, 0, 0, TIE_START), (1, 0, 4, 60, 0, 0, TIE_STOP), order=[0, 0, 1], n=2)
    assert notes["duration"].tolist() == [1920, 3840]


@pytest.mark.parametrize(
    ("duration", "per_quarter", "ticks"), [(1, 1, 480), (1, 3, 480), (1, 7, 3360), (1, 96, 480), (1, 64, 960)]
)
def test_ticks_are_fine_enough_and_no_finer(duration, per_quarter, ticks):
    played, notes = one_line((0, 0, duration, 60, 0, 0, 0), length=4 * per_quarter, per_quarter=per_quarter)
    assert played.ticks_per_quarter == ticks
    assert notes["duration"][0] * per_quarter == duration * ticks


def test_what_no_tick_holds_is_rounded_without_drift():
    third = Fraction(1, 10007)
    rows = [(at, 0, third, 60, 0, 0, 0) for at in range(4)] + [(3, 1, Fraction(1, 9973), 62, 0, 0, 0)]
    played, notes = one_line(*rows)
    assert played.starts.tolist() == [4 * at * played.ticks_per_quarter for at in range(4)]
    assert notes["duration"].min() >= 1


def test_what_holds_is_said_again_after_a_jump_back():
    written = [Measure(length=4) for _ in range(3)]
    played = perform(written, [Line()], 1, [0, 1, 2, 1])
    assert played.replay([(0, 0, "G"), (2, 0, "D")]) == [(0, "G"), (3840, "D"), (5760, "G")]
    assert played.replay([(1, 2, "Am")], holds=False) == [(2880, "Am"), (6720, "Am")]
    assert np.all(np.diff(played.starts) == 1920)
    assert played.meters == [Meter(0, 4, 4)]


def test_measures_within_two_per_cent_of_their_meter_are_the_meter():
    written = [Measure(length=length) for length in (1930, 1920, 1890, 1920 + 60)]  # of 1920; the last is 3 % off
    rows = [(0, 0, 960, 60, 0, 0, 0), (0, 960, 970, 62, 0, 0, TIE_START), (1, 0, 1920, 62, 0, 0, TIE_STOP),
            (0, 0, 1920, 48, 0, 1, 0), (2, 0, 1890, 64, 0, 0, 0)]
    played = perform(written, [Line(rows=sorted(rows))], 480, [0, 1, 2, 3])
    assert played.starts.tolist() == [0, 1920, 3840, 5760]
    assert [str(meter) for meter in played.meters] == ["4/4", "33/32"]
    notes = {int(note["pitch"]): (int(note["onset"]), int(note["duration"])) for note in played.tracks[0].notes}
    assert notes == {60: (0, 955), 62: (955, 965 + 1920), 48: (0, 1920), 64: (3840, 1920)}
