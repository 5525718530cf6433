"""Folding: what is written is played again as it was, and repeats are where music comes twice in succession."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.formats import abc, kern, musicxml
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.notation.folding import Written, fold
from componium.notation.repeats import Measure, play_order
from componium.notation.sheet import notate


def piece(bars: list[int], pickup: bool = False, held: frozenset[int] = frozenset()) -> Score:
    """Return bars of 2/4, each a number that says what is in it; some are held over the bar line."""
    start = 240 * pickup
    rows = [(0, 240, 55)] * pickup
    for at, kind in enumerate(bars):
        onset = start + 960 * at
        rows += [(onset, 480, 60 + kind), (onset + 480, 960 if at in held and at + 1 < len(bars) else 480, 72 + kind)]
    if pickup:
        rows[-1] = (rows[-1][0], 240, rows[-1][2])
    meters = (Meter(0, 1, 8), Meter(240, 2, 4)) if pickup else (Meter(0, 2, 4),)
    return Score((Track(notes(rows)),), meters=meters, keys=(Key(0, 1),), tempos=(Tempo(0, 90),))


def signs(score: Score) -> str:
    """Return the repeat signs and endings of a score, a dot a measure."""
    return "".join(f"{'|:' * each.forward}{each.ending or '.'}{':|' * each.backward}" for each in fold(notate(score)))


A, B, C = [0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]


@pytest.mark.parametrize(("bars", "expected"), [
    (A + A, "|:....:|"),
    (A + A + B + B, "|:....:||:....:|"),
    ([*A, *A[:3], 9], "|:...1:|2"),
    (A + B + A, "." * 12),
    (C + A + A + B, "....|:....:|...."),
    (A + B + A + B, "|:........:|"),
    (A[:3] + A[:3], "......"),
])  # fmt: skip
def test_a_passage_that_comes_twice_is_written_once(bars: list[int], expected: str) -> None:
    assert signs(piece(bars)) == expected


def test_a_pickup_stands_before_the_repeat_and_the_last_bar_completes_it() -> None:
    score = piece(A + A, pickup=True)
    assert signs(score) == ".|:...1:|2"
    measures = notate(score).measures
    assert measures[0].duration + measures[-1].duration == measures[1].duration


def test_nothing_is_folded_where_it_would_change_what_is_played() -> None:
    score = piece(A + A)
    assert signs(replace(score, keys=(Key(0, 1), Key(3840, 2)))) == "." * 8
    assert signs(replace(score, tempos=(Tempo(0, 90), Tempo(3840, 60)))) == "." * 8
    assert signs(replace(score, chords=(Chord(3840, "C"),))) == "." * 8
    assert signs(piece(A + A, held=frozenset({3}))) == "." * 8  # a tie into the repeat


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([A, B, [*A[:3], 9], [3]]), min_size=1, max_size=6), st.booleans(),
       st.frozensets(st.integers(0, 23), max_size=2))  # fmt: skip
def test_written_and_read_again_it_is_the_same(strains: list[list[int]], pickup: bool, held: frozenset[int]) -> None:
    score = piece([bar for strain in strains for bar in strain], pickup, held)
    notation, written = notate(score), fold(notate(score))
    parts = notation.parts[0].measures
    order = play_order([_measure(each) for each in written])
    assert [parts[written[at].at] for at in order] == list(parts)
    for form in (musicxml, abc, kern):
        assert form.loads(form.dumps(score), strict=True) == form.canonicalize(score)


@pytest.mark.parametrize(("bars", "expected"), [
    (A + A, "*>[A,A]"), (A + A + [*B, *B[:3], 9], "*>[A,A,B,C,B,D]"), (C + A + A + B, "*>[A,B,B,C]"), (A + B, ""),
])  # fmt: skip
def test_kern_lists_the_sections_as_they_are_played(bars: list[int], expected: str) -> None:
    text = kern.dumps(piece(bars)).decode()
    assert next((line for line in text.splitlines() if line.startswith("*>[")), "") == expected
    assert (":|!" in text) == bool(expected)


def _measure(each: Written) -> Measure:
    endings = frozenset({each.ending} - {0})
    return Measure(1, forward=each.forward, backward=2 * each.backward, endings=endings)
