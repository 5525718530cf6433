"""Usual tempi count note values: a tune is as fast in 2/4 as in 2/2."""

import numpy as np
import pytest

from componium.composing.compose import compose
from componium.composing.take import Take
from componium.decoding.style.tempo import usual_qpm
from componium.music.score import Meter, Score, Track, notes


def tune(numerator: int, denominator: int, unit: int) -> Score:
    rows = [(at * unit, unit, 60 + at % 5) for at in range(32)]
    return Score((Track(notes(rows), 40),), meters=(Meter(0, numerator, denominator),))


@pytest.mark.parametrize("style", ["reel", "hornpipe", "fiddle", "jig"])
def test_sixteenths_in_two_four_are_as_fast_as_eighths_in_two_two(style: str) -> None:
    slow, fast = usual_qpm(tune(2, 4, 120), style), usual_qpm(tune(2, 2, 240), style)
    assert (120 / 480) / slow == (240 / 480) / fast


def test_other_styles_have_one_tempo_whatever_their_notes() -> None:
    assert {usual_qpm(tune(4, 4, unit), "chorales") for unit in (120, 240, 480)} == {76.0}
    assert usual_qpm(tune(4, 4, 120), "my-folder") == 120.0
    assert usual_qpm(Score(), "reel") == 190.0


def note_seconds(take: Take) -> float:
    quarters = np.median(take.score.tracks[0].notes["duration"]) / take.score.ticks_per_quarter
    return float(quarters * 60 / take.score.tempos[0].qpm)


@pytest.mark.parametrize("meter", ["2/4", "2/2"])
def test_reels_of_the_shipped_model_have_notes_of_one_length(meter: str) -> None:
    takes = compose("reel", meter=meter, bars=8, n=6, seed=1)
    assert np.median([note_seconds(take) for take in takes]) == pytest.approx(0.158, abs=0.002)
