"""Behavior of the shipped weights: what they compose, held against their styles."""

import numpy as np
import pytest

import componium
from componium.composing.compose import compose
from componium.decoding.constraints.density import paces_of
from componium.decoding.constraints.repetition import figures_of
from componium.metrics.harmony import (
    consonance_rate,
    final_consonance,
    parallel_fifths,
    parallel_octaves,
    voice_crossing_rate,
)
from componium.metrics.pitch import interval_profile
from componium.music.transform import slice_bars
from componium.weights import SHIPPED

pytestmark = [
    pytest.mark.weights,
    pytest.mark.skipif(not (SHIPPED / "config.json").exists(), reason="the weights are not in this checkout"),
]


def test_no_voice_of_a_long_quartet_falls_silent_for_good() -> None:
    for take in componium.compose(style="quartets", meter="4/4", bars=96, n=2, seed=8):
        late = slice_bars(take.score, 64, 96)
        assert min(len(track.notes) for track in late.tracks) >= 20


@pytest.mark.parametrize(("style", "meter"), [("chorales", "3/4"), ("madrigals", "4/4")])
def test_a_closing_chord_is_consonant(style: str, meter: str) -> None:
    """Voices that hang over from the bar before go on to the tonic's triad as the rest closes."""
    takes = componium.compose(style=style, meter=meter, bars=4, n=8, ending="closed", seed=2)
    assert np.nanmean([final_consonance(take.score) for take in takes]) > 0.9  # nan: all on one pitch


def test_long_chorales_grow_no_denser() -> None:
    takes = componium.compose(style="chorales", meter="4/4", bars=96, n=2, seed=5)
    late = [paces_of(slice_bars(take.score, 48, 96)).mean() for take in takes]
    assert np.mean(late) < 1.85  # real ones 1.5; over 2 were nothing done


def test_chorales_are_as_consonant_as_real_ones() -> None:
    takes = [take.score for take in componium.compose(style="chorales", bars=16, n=8, seed=9)]
    assert 0.81 < np.mean([consonance_rate(score) for score in takes]) < 0.87  # real 0.84; 0.80 were nothing done
    assert np.mean([voice_crossing_rate(score) for score in takes]) < 0.06  # real 0.03; 0.10


def test_madrigals_hardly_leap_a_tritone_or_a_seventh() -> None:
    takes = componium.compose(style="madrigals", bars=16, n=8, seed=3)
    profile = np.mean([interval_profile(take.score) for take in takes], axis=0)
    assert profile[[1, 18, 23]].sum() < 2e-4  # 0.0012 were nothing done about them


def test_chorales_have_few_and_close_on_the_triad() -> None:
    takes = componium.compose(style="chorales", key="G major", meter="4/4", bars=8, n=8, ending="closed", seed=1)
    found = [parallel_fifths(take.score) + parallel_octaves(take.score) for take in takes]
    assert np.mean(found) < 0.25  # 0.8 a bar were nothing done about them
    assert np.mean([final_consonance(take.score) for take in takes]) > 0.85


@pytest.mark.parametrize("temperature", [0.0, 0.4])
def test_a_tame_quartet_does_not_go_round_for_ever(temperature: float) -> None:
    for take in componium.compose(style="quartets", bars=24, n=3, seed=11, temperature=temperature):
        assert np.max(figures_of(take.score)) < 60  # hundreds were nothing done


def test_chorales_begin_on_the_tonic_as_real_ones_do() -> None:
    scores = [take.score for take in componium.compose(style="chorales", bars=4, n=72, seed=5)]
    lowest = [min(int(track.notes["pitch"][0]) for track in score.tracks) for score in scores]
    above = [pitch - score.keys[0].tonic for pitch, score in zip(lowest, scores, strict=True)]
    assert np.mean(np.array(above) % 12 == 0) > 0.62  # 0.73 of 120 takes; real 0.87; 0.31 were nothing done


@pytest.mark.parametrize(("style", "meter", "places"), [("madrigals", "4/4", {0}), ("chorales", "3/4", {0, 2})])
def test_nothing_begins_after_the_place_where_the_style_closes(style: str, meter: str, places: set[int]) -> None:
    """All madrigals close on the first beat of a bar, or the one before; chorales in 3/4 there or on the third."""
    takes = componium.compose(style=style, meter=meter, bars=4, upbeat=0, n=8, seed=4)
    last = {max(track.notes["onset"].max() for track in take.score.tracks) / take.score.ticks_per_quarter
            for take in takes}
    assert {onset - 3 * int(meter[0]) for onset in last if onset >= 3 * int(meter[0])} <= places


@pytest.mark.parametrize("style", ["chorales", "fiddle", "jig", "quartets", "madrigals"])
def test_the_shipped_model_composes_as_requested(style: str) -> None:
    take = compose(style, bars=6, key="G major", seed=1)
    assert take.measured["bars"] == 6 and take.measured["key"] == "G major" and take.measured["style"] == style
    assert take.score.n_notes > 12 and take.originality is not None
