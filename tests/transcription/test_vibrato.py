"""Vibrato: one note of an oscillating pitch, and as many as before of trills, scales and repeated notes."""

import numpy as np
import pytest

from componium.transcription import Sound, detect_notes, pyin, vibrato

RATE = 22_050
LINE = [60, 62, 64, 65, 67, 65, 64, 60]


def played(pitches, harmonics=6):
    """Return the sound of a pitch for each sample, which begins and ends within 20 ms."""
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitches - 69) / 12)) / RATE
    samples = sum(np.sin(k * phase) / k for k in range(1, harmonics + 1))
    time = np.arange(len(pitches)) / RATE
    return (0.4 * samples * np.clip(np.minimum(time, time[::-1]) / 0.02, 0, 1)).astype(np.float32)


def oscillation(seconds, depth, hertz):
    """Return the deviation of a vibrato, in semitones; `depth` in cents."""
    return depth / 100 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def alternation(seconds, low, high, hertz):
    """Return the pitches of a trill without attacks."""
    return np.where(oscillation(seconds, 100, hertz) >= 0, low, high).astype(float)


def heard(samples):
    return detect_notes(Sound(samples, RATE), "solo")[0]["pitch"].tolist()


def centers_of(samples):
    return vibrato.centers(pyin.track(samples, RATE), samples, RATE)


@pytest.mark.parametrize("harmonics", [1, 6])
@pytest.mark.parametrize("hertz", [4, 5.5, 7])
@pytest.mark.parametrize("depth", [30, 50, 75, 100])
def test_a_note_with_vibrato_is_one_note(depth, hertz, harmonics):
    assert heard(played(69 + oscillation(1.5, depth, hertz), harmonics)) == [69]


@pytest.mark.parametrize("pitch", [52, 63, 88])
def test_vibrato_has_the_pitch_of_its_center(pitch):
    center = centers_of(played(pitch + 0.2 + oscillation(2, 60, 5)))
    assert np.mean(~np.isnan(center)) > 0.9
    assert np.nanmedian(center) == pytest.approx(pitch + 0.2, abs=0.05)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("hertz", [3, 4])
def test_every_note_of_a_trill_is_kept(step, hertz):
    assert heard(played(alternation(2, 69, 69 + step, hertz))) == [69, 69 + step] * (2 * hertz)


@pytest.mark.parametrize("hertz", [3, 4, 5, 6, 7])
@pytest.mark.parametrize("harmonics", [1, 6])
def test_no_trill_is_a_vibrato(hertz, harmonics):
    assert np.isnan(centers_of(played(alternation(2, 69, 70, hertz), harmonics))).all()


@pytest.mark.parametrize("seconds", [0.125, 0.25])
@pytest.mark.parametrize("pitches", [[60, 62, 64, 65, 67, 69, 71, 72], [72, 71, 72, 71, 72, 67, 68], [*range(60, 72)]])
def test_scales_and_steps_are_kept(pitches, seconds):
    samples = played(np.repeat(np.array(pitches, dtype=float), int(seconds * RATE)))
    assert np.isnan(centers_of(samples)).all()
    assert heard(samples) == pitches


@pytest.mark.parametrize("depth", [30, 50])
def test_a_line_with_vibrato_keeps_its_notes(depth):
    pitches = np.repeat(np.array(LINE, dtype=float), int(0.6 * RATE))
    assert heard(played(pitches + oscillation(len(pitches) / RATE + 1e-6, depth, 5.3))) == LINE


def test_a_note_with_vibrato_struck_again_is_two():
    once = played(69 + oscillation(1, 60, 5.5))
    notes, _ = detect_notes(Sound(np.concatenate([once, once]), RATE), "solo")
    assert notes["pitch"].tolist() == [69, 69]
    assert notes["onset_second"][1] == pytest.approx(1, abs=0.05)


def test_a_sine_is_one_third_of_its_time_in_the_middle_half_of_its_range():
    turns = [25, 75, 125, 175]
    sine = np.sin(2 * np.pi * np.arange(200) / 100)
    assert vibrato.middle_share(turns, sine) == pytest.approx(1 / 3, abs=0.03)
    assert vibrato.middle_share(turns, np.clip(8 * sine, -1, 1)) < 0.1


def test_silence_and_noise_have_no_vibrato():
    assert np.isnan(centers_of(np.zeros(RATE, dtype=np.float32))).all()
    noise = np.random.default_rng(1).normal(size=RATE).astype(np.float32)
    assert np.isnan(centers_of(0.1 * noise)).all()
