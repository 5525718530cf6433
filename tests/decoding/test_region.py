"""Region: its cells, and the laws of splicing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.decoding.region import Region, find_voice
from componium.errors import ControlError
from componium.music.score import Score, Track, notes
from strategies import scores

LINE = notes([(480 * at, 480, 60 + at) for at in range(16)])
SCORE = Score((Track(LINE, name="Soprano"), Track(LINE, name="Bass"), Track(LINE)))


def test_all_is_written_by_default() -> None:
    region = Region.of(SCORE)
    assert region.cells.shape == region.counts.shape == (4, 3) and region.cells.all()
    assert not region.chords.any() and (region.counts == -1).all()


def test_bars_are_half_open_and_voices_are_numbers_or_names() -> None:
    region = Region.of(SCORE, bars=(1, 3), voices=["bass", 0], chords=True)
    assert region.cells.tolist() == [[False] * 3, [True, True, False], [True, True, False], [False] * 3]
    assert region.chords.tolist() == [False, True, True, False]


@pytest.mark.parametrize("bars", [(-1, 2), (2, 2), (3, 2), (0, 5)])
def test_bars_that_the_score_lacks_are_refused(bars: tuple[int, int]) -> None:
    with pytest.raises(ControlError, match="0 to 4"):
        Region.of(SCORE, bars=bars)


@pytest.mark.parametrize("voice", [3, -1, "tenor", "", 1.0])
def test_voices_that_the_score_lacks_are_refused_with_those_it_has(voice: object) -> None:
    unnamed = Score((*SCORE.tracks, Track()))  # two have no name
    with pytest.raises(ControlError, match="0 Soprano, 1 Bass, 2"):
        Region.of(unnamed if voice == "" else SCORE, voices=[voice])


def test_parts_of_four_are_named_as_a_choirs_unless_a_track_is_called_so() -> None:
    four = Score((Track(), Track(), Track(), Track(name="Alto")))
    assert [find_voice(four, name) for name in ("soprano", "Alto", "tenor", "BASS")] == [0, 3, 2, 3]
    assert [find_voice(Score((Track(), Track())), name) for name in ("soprano", "bass")] == [0, 1]
    with pytest.raises(ControlError, match="alto"):
        find_voice(Score((Track(), Track())), "alto")


def region_of(score: Score, seed: int) -> Region:
    """Return a region of even random cells."""
    region = Region.of(score)
    return Region(np.random.default_rng(seed).random(region.cells.shape) < 0.5, region.chords, region.counts)


def rows(score: Score) -> list[list[tuple[int, ...]]]:
    return [sorted(track.notes.tolist()) for track in score.tracks]


filled = scores(n_tracks=(1, 3), ticks_per_quarter=480, min_notes=1, drums=False).filter(lambda score: score.end > 0)
seeds = st.integers(0, 2**32 - 1)


@given(score=filled, seed=seeds)
def test_a_score_spliced_with_itself_is_the_same(score: Score, seed: int) -> None:
    spliced = region_of(score, seed).splice(score, score)
    assert rows(spliced) == rows(score)
    assert (spliced.meters, spliced.keys, spliced.chords) == (score.meters, score.keys, score.chords)


def transposed(score: Score) -> Score:
    """Return the score with other pitches at the same onsets."""
    arrays = [track.notes.copy() for track in score.tracks]
    for array in arrays:
        array["pitch"] = 127 - array["pitch"]
    return replace(score, tracks=tuple(replace(track, notes=array)
                                       for track, array in zip(score.tracks, arrays, strict=True)))  # fmt: skip


@given(score=filled, seed=seeds)
def test_outside_the_region_nothing_changes_and_inside_is_the_other_score(score: Score, seed: int) -> None:
    region, other = region_of(score, seed), transposed(score)
    complement = Region(~region.cells, region.chords, region.counts)
    spliced = region.splice(score, other)
    assert rows(spliced) == rows(complement.splice(other, score))  # seen from either side it is one score
    assert rows(complement.splice(spliced, score)) == rows(spliced)
    assert rows(region.splice(spliced, score)) == rows(score)
    assert rows(region.splice(spliced, other)) == rows(spliced)


def test_an_empty_region_keeps_all_and_a_whole_one_nothing() -> None:
    region, other = Region.of(SCORE), transposed(SCORE)
    nothing = Region(~region.cells, region.chords, region.counts)
    assert rows(nothing.splice(SCORE, other)) == rows(SCORE)
    assert rows(region.splice(SCORE, other)) == rows(other)


def test_a_note_belongs_to_the_bar_of_its_onset() -> None:
    held = Score((Track(notes([(0, 3840, 60), (1920, 480, 64)])),))
    fresh = Score((Track(notes([(0, 480, 72), (1920, 1920, 74)])),))
    spliced = Region.of(held, bars=(1, 2)).splice(held, fresh)
    assert spliced.tracks[0].notes[["onset", "duration", "pitch"]].tolist() == [(0, 3840, 60), (1920, 1920, 74)]
