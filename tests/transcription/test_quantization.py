"""Pulse, bars and grid: click tracks, given meters, and what is notated sounds when it was detected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.music.score import Meter
from componium.music.time import tick_to_second
from componium.transcription import beats, quantization
from componium.transcription.notes import timed_notes


def played(lengths, step=0.25, jitter=0.0, pitches=None):
    onsets = np.concatenate([[0], np.cumsum(lengths)]) * step
    noise = np.random.default_rng(0).normal(0, jitter, len(onsets)) if jitter else np.zeros(len(onsets))
    onsets = np.maximum(onsets + noise, 0) + 0.3
    pitches = pitches if pitches is not None else [60 + k % 7 for k in range(len(lengths))]
    return timed_notes((a, b, p, 80) for a, b, p in zip(onsets[:-1], onsets[1:], pitches, strict=True))


@settings(deadline=None, max_examples=20)
@given(qpm=st.floats(100, 300), jitter=st.floats(0, 0.006))
def test_the_pulse_of_a_click_track(qpm, jitter):
    clicks = np.arange(60) * 60 / qpm + np.random.default_rng(0).normal(0, jitter, 60) + 1
    steps = beats.pulse(clicks)
    ratio = np.median(np.diff(steps)) * qpm / 60
    assert min(abs(ratio - whole) for whole in (0.5, 1)) < 0.02
    near = np.abs(steps[:, None] - clicks).min(axis=0)
    assert np.median(near) < 0.02


def test_the_pulse_follows_one_who_hurries():
    gaps = np.linspace(0.3, 0.25, 80)
    clicks = np.cumsum(gaps)
    steps = beats.pulse(clicks)
    assert np.abs(steps[:, None] - clicks).min(axis=0).max() < 0.04


@settings(deadline=None, max_examples=50)
@given(at=st.lists(st.floats(0, 1000), min_size=1, max_size=30))
def test_the_grid_is_near_and_kept(at):
    once = quantization.on_grid(np.array(at))
    assert np.abs(once - at).max() <= 0.34
    assert np.allclose(quantization.on_grid(once), once)


def test_as_played_every_note_sounds_when_it_was_detected():
    notes = played([2, 1, 1, 2, 2, 1, 1, 2, 4] * 4, jitter=0.01)
    score = quantization.to_score(notes, quantized=False)
    seconds = tick_to_second(score, score.tracks[0].notes["onset"]) + float(score.about("start_second"))
    assert np.abs(np.sort(seconds) - notes["onset_second"]).max() < 0.01


def test_a_tune_in_four_is_written_in_four():
    score = quantization.to_score(played([2, 1, 1, 2, 2, 1, 1, 2, 4] * 6, jitter=0.004), solo=True)
    assert set(score.tracks[0].notes["onset"] % 240) == {0}
    assert len(score.tempos) == 1
    assert score.tempos[0].qpm == pytest.approx(120, rel=0.03)


@pytest.mark.parametrize("name", [(3, 4), (6, 8), (2, 4), (5, 4)])
def test_a_meter_that_is_given_is_kept(name):
    score = quantization.to_score(played([1] * 60), meter=Meter(0, *name))
    assert (score.meters[-1].numerator, score.meters[-1].denominator) == name


def test_a_tempo_that_is_given_decides_the_beat():
    assert quantization.to_score(played([1] * 64), qpm=60).tempos[0].qpm == pytest.approx(60, rel=0.02)


@settings(deadline=None, max_examples=25)
@given(rows=st.lists(st.tuples(st.floats(0, 20), st.floats(0.05, 2), st.integers(21, 108)), max_size=20),
       quantized=st.booleans(), solo=st.booleans())
def test_whatever_was_detected_makes_a_score(rows, quantized, solo):
    notes = timed_notes((on, on + long, pitch, 80) for on, long, pitch in rows)
    score = quantization.to_score(notes, quantized=quantized, solo=solo)
    assert score.n_notes <= len(rows)
    array = score.tracks[0].notes
    if solo and len(array) > 1:
        assert (array["onset"][:-1] + array["duration"][:-1] <= array["onset"][1:]).all()
