"""Which pitches make parallels and leaps, and that takes of a style that shuns them have few."""

from itertools import product

import numpy as np
import pytest
from componium.decoding.constraints.motion import Motion

import componium
from componium.analysis.histograms import interval_profile
from componium.metrics.harmony import final_consonance, parallel_fifths, parallel_octaves
from componium.music.score import Score, Track, notes

PITCHES = np.arange(36, 84)


def counted(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Parallels between two chords, one note a voice, as the metrics count them."""
    parts = [Track(notes([(0, 480, one), (480, 480, other)])) for one, other in zip(first, second, strict=True)]
    score = Score(tuple(parts))
    return parallel_fifths(score) + parallel_octaves(score)


@pytest.mark.parametrize("before", [(67, 60), (72, 60), (60, 60), (79, 60), (65, 60)])
@pytest.mark.parametrize("upper", [58, 66, 69, 74])
def test_what_it_finds_is_what_the_metrics_count(before: tuple[int, int], upper: int) -> None:
    moves = Motion()
    for voice, pitch in enumerate(before):
        moves.begin(voice, pitch, 0)
    moves.begin(0, upper, 24)
    found = moves.parallel(1, PITCHES, 24)
    below = min(upper, *before, 71) > PITCHES  # the metrics take as the lower voice what is lower on average
    for pitch, is_found in zip(PITCHES[below].tolist(), found[below].tolist(), strict=True):
        assert is_found == (counted(before, (upper, pitch)) > 0), pitch


def test_a_lower_voice_that_moved_first_counts_too() -> None:
    moves = Motion()
    for voice, pitch, now in ((0, 67, 0), (1, 60, 0), (1, 62, 24)):
        moves.begin(voice, pitch, now)
    assert PITCHES[moves.parallel(0, PITCHES, 24)].tolist() == [69, 81]


def test_voices_that_stay_begin_or_moved_earlier_make_none() -> None:
    for story in product([(0, 67, 0)], [(1, 60, 0), (1, 60, 24)], [(0, 67, 24), (0, 69, 12), (2, 50, 24)]):
        moves = Motion()
        for move in sorted(story, key=lambda move: move[2]):
            moves.begin(*move)
        assert not moves.parallel(1, PITCHES, 24).any()


def test_of_a_chord_in_one_voice_the_first_note_counts() -> None:
    moves = Motion()
    for voice, pitch, now in ((0, 67, 0), (0, 71, 0), (1, 60, 0), (0, 69, 24), (0, 72, 24)):
        moves.begin(voice, pitch, now)
    assert 62 in PITCHES[moves.parallel(1, PITCHES, 24)]


def test_a_leap_is_from_the_last_pitch_of_the_same_voice() -> None:
    moves = Motion()
    for voice, pitch, now in ((0, 67, 0), (1, 50, 0), (0, 60, 24)):
        moves.begin(voice, pitch, now)
    rare = np.array([-11, 6])
    assert PITCHES[moves.leap(0, PITCHES, 48, rare)].tolist() == [49, 66]
    assert not moves.leap(0, PITCHES, 24, rare).any()  # a chord's next note is no leap
    assert not moves.leap(2, PITCHES, 24, rare).any()  # nor is a voice's first


def test_chorales_have_few_and_close_on_the_triad() -> None:
    takes = componium.compose(style="chorales", key="G major", meter="4/4", bars=8, n=8, ending="closed", seed=1)
    found = [parallel_fifths(take.score) + parallel_octaves(take.score) for take in takes]
    assert np.mean(found) < 0.25  # 0.8 a bar were nothing done about them
    assert np.mean([final_consonance(take.score) for take in takes]) > 0.85


def test_madrigals_hardly_leap_a_tritone_or_a_seventh() -> None:
    takes = componium.compose(style="madrigals", bars=16, n=8, seed=3)
    profile = np.mean([interval_profile(take.score) for take in takes], axis=0)
    assert profile[[1, 18, 23]].sum() < 2e-4  # 0.0012 were nothing done about them


@pytest.mark.parametrize(("style", "meter"), [("chorales", "3/4"), ("madrigals", "4/4")])
def test_a_closing_chord_is_consonant(style: str, meter: str) -> None:
    """Voices that hang over from the bar before go on to the tonic's triad as the rest closes."""
    takes = componium.compose(style=style, meter=meter, bars=4, n=8, ending="closed", seed=2)
    assert np.nanmean([final_consonance(take.score) for take in takes]) > 0.9  # nan: all on one pitch
