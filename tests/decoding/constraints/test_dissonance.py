"""Dissonance: pairs of voices, their counts, and the penalty of those that come too often."""

from itertools import product

import numpy as np
import pytest

from componium.decoding.constraints.dissonance import MOST, Dissonance, pair_counts
from componium.music.score import Score, Track, notes

PITCHES = np.arange(48, 84)


def after(*pairs: tuple[int, int], times: int = 40) -> Dissonance:
    """Return the pairs after notes of the upper of two voices, each over a pitch of the lower."""
    counted = Dissonance((0.1, 0.05), lowest=1)
    for _, (upper, lower) in product(range(times), pairs):
        counted.count(0, upper, [(1, lower)])
    return counted


def test_what_comes_no_more_often_than_in_the_style_is_left_alone() -> None:
    assert not after((67, 60)).penalties(0, PITCHES, None, [(1, 60)]).any()
    often = after(*[(67, 60)] * 19, (62, 60), times=10)
    assert not often.penalties(0, PITCHES, None, [(1, 60)]).any()


def test_clashes_that_come_too_often_are_made_rarer_from_either_voice() -> None:
    clashing = after((62, 60), times=400)
    above, below = clashing.penalties(0, PITCHES, None, [(1, 60)]), clashing.penalties(1, PITCHES, None, [(0, 72)])
    assert set((PITCHES[above < 0] - 60) % 12) == {1, 2, 5, 6, 10, 11}  # seconds, a fourth, a tritone, sevenths
    assert set((72 - PITCHES[below < 0]) % 12) == {1, 2, 5, 6, 10, 11}
    assert above.min() == -MOST and not clashing.penalties(0, PITCHES, None, []).any()


def test_a_fourth_clashes_with_the_lowest_voice_alone() -> None:
    pairs = Dissonance((0.1, 0.05), lowest=2)
    for _ in range(40):
        pairs.count(0, 62, [(1, 60)])
    upper, lower = (pairs.penalties(0, np.array([65]), None, [(voice, 60)])[0] for voice in (1, 2))
    assert upper == 0 > lower


def test_each_pair_that_clashes_counts() -> None:
    single, double = (after((62, 60), times=3).penalties(0, np.array([66]), None, lower)[0]
                      for lower in ([(1, 65)], [(1, 65), (2, 64)]))  # fmt: skip
    assert double == pytest.approx(2 * single) and single < 0


def test_voices_that_cross_too_often_are_kept_apart() -> None:
    bias = after((60, 64)).penalties(0, PITCHES, None, [(1, 64)])
    assert set(PITCHES[bias < 0]) == set(range(48, 64))
    assert set(PITCHES[after((60, 64)).penalties(1, PITCHES, None, [(0, 64)]) < 0]) == set(range(65, 84))


def test_a_repeated_note_gains_nothing_over_those_near_it() -> None:
    plain, kept = (after((62, 60)).penalties(0, PITCHES, own, [(1, 60)]) for own in (None, 67))  # a fifth above
    assert plain[67 - 48] == 0 > kept[67 - 48] > plain.min()
    assert np.array_equal(plain[PITCHES != 67], kept[PITCHES != 67])


def test_pairs_are_notes_of_two_tracks_that_overlap_from_a_beat_on() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.integers([0, 1, 40], [60, 12, 80], (3, 40, 3)) * (240, 240, 1)).tolist()
    score = Score(tuple(Track(notes([tuple(row) for row in track])) for track in rows))  # of eighths
    gaps = [(upper["pitch"] - np.int64(lower["pitch"]), at == 2)
            for one, at in ((0, 1), (0, 2), (1, 2))
            for upper, lower in product(score.tracks[one].notes, score.tracks[at].notes)
            if upper["onset"] < lower["onset"] + lower["duration"]
            and lower["onset"] < upper["onset"] + upper["duration"]
            and max(upper["onset"], lower["onset"]) % 480 == 0]  # fmt: skip
    clashes = sum(gap % 12 in (1, 2, 6, 10, 11) or (with_lowest and gap % 12 == 5) for gap, with_lowest in gaps)
    assert pair_counts(score).tolist() == [len(gaps), clashes, sum(gap < 0 for gap, _ in gaps)]
    assert not pair_counts(Score(score.tracks[:1])).any()
