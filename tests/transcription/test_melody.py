"""Solo lines: pYIN against its definition, the path, and tones whose notes are known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.errors import ControlError
from componium.transcription import Sound, dereverberation, detect_notes, melody, onsets, pyin, transcribe

RATE = 22_050


def tone(pitch, seconds, harmonics=5):
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    sound = sum(np.sin(2 * np.pi * k * hertz * time) / k for k in range(1, harmonics + 1))
    edge = np.clip(np.minimum(time, time[::-1]) / 0.01, 0, 1)
    return (sound * edge).astype(np.float32)


def line(pitches, seconds=0.25, **options):
    samples = np.concatenate([tone(pitch, seconds, **options) for pitch in pitches])
    return Sound(samples / np.abs(samples).max(), RATE)


@settings(deadline=None, max_examples=25)
@given(pitch=st.integers(36, 84), harmonics=st.sampled_from([1, 3, 8]), cents=st.integers(-30, 30))
def test_a_steady_tone_has_its_pitch(pitch, harmonics, cents):
    track = pyin.track(tone(pitch + cents / 100, 0.4, harmonics), RATE)
    middle = track.pitches()[10:-10]
    assert np.median(middle) == pytest.approx(pitch + cents / 100, abs=0.25)
    assert (np.abs(middle - pitch) < 1).mean() > 0.95


def test_probabilities_of_dips_are_those_of_all_thresholds():
    # The definition, threshold by threshold: the first dip below each, as often as the Beta distribution has it.
    rng = np.random.default_rng(1)
    frames = np.stack([tone(57, 0.2)[400:2000] + 0.3 * rng.normal(size=1600)])
    longest = 1600 - pyin.WINDOW
    dips = pyin._normalized(pyin.difference(frames, longest))
    found = np.zeros((1, pyin.N_BINS), dtype=np.float32)
    pyin._spread(dips, RATE, found)
    shortest, expected = int(RATE / pyin._hertz(pyin.HIGHEST + 0.5)), np.zeros(longest)
    d = dips[0]
    lows = [t for t in range(shortest, longest - 1) if d[t] < d[t - 1] and d[t] <= d[t + 1]]
    edges = np.linspace(0, 1, 20_001)
    weight = np.diff(pyin.beta(edges))
    for threshold, chance in zip((edges[1:] + edges[:-1]) / 2, weight, strict=True):
        first = next((t for t in lows if d[t] < threshold), None)
        if first is None:
            expected[min(lows, key=lambda t: d[t])] += pyin.FALLBACK * chance
        else:
            expected[first] += chance
    best = int(expected.argmax())
    assert found.sum() == pytest.approx(expected.sum(), abs=2e-3)
    assert found.max() == pytest.approx(expected.max(), abs=2e-3)
    assert 69 + 12 * np.log2(RATE / best / 440) == pytest.approx(57, abs=0.5)


def test_the_path_is_the_best_of_all_paths():
    rng = np.random.default_rng(3)
    emission, change = np.log(rng.random((6, 3))), 0.2

    def total(states):
        steps = sum(np.log(1 - change) if a == b else np.log(change / 2) for a, b in pairwise(states))
        return steps + sum(emission[t, s] for t, s in enumerate(states))

    every = np.stack(np.meshgrid(*[range(3)] * 6), axis=-1).reshape(-1, 6)
    assert melody.viterbi(emission, change).tolist() == max(every.tolist(), key=total)


@pytest.mark.parametrize("harmonics", [1, 6])
@pytest.mark.parametrize("pitches", [[60, 62, 64, 65, 67, 65, 64, 62], [48, 60, 55, 67, 43], [88, 91, 84, 86]])
def test_a_line_of_known_notes(pitches, harmonics):
    notes, _ = detect_notes(line(pitches, harmonics=harmonics), "solo")
    assert notes["pitch"].tolist() == pitches
    assert np.allclose(notes["onset_second"], 0.25 * np.arange(len(pitches)), atol=0.05)


def test_a_note_struck_again_is_two():
    notes, _ = detect_notes(line([60, 60, 62, 62, 62]), "solo")
    assert notes["pitch"].tolist() == [60, 60, 62, 62, 62]


def test_drying_shortens_an_echo_and_keeps_the_length():
    samples = np.concatenate([tone(60, 0.4), np.zeros(RATE // 2, dtype=np.float32)])
    echo = samples.copy()
    for delay in range(700, RATE // 2, 700):
        echo[delay:] += 0.3 * 10 ** (-2.5 * delay / RATE) * samples[:-delay]
    dry = dereverberation.dereverberate(echo, RATE)
    assert len(dry) == len(echo)
    after = slice(int(0.5 * RATE), int(0.8 * RATE))
    share = [np.square(x[after]).sum() / np.square(x[: int(0.4 * RATE)]).sum() for x in (dry, echo)]
    assert share[0] < 0.7 * share[1]


def test_peaks_of_nothing():
    assert len(onsets.peaks(np.zeros(0, dtype=np.float32), 1)) == 0


def test_options_out_of_range():
    with pytest.raises(ControlError, match="texture"):
        detect_notes(line([60]), "loud")
    with pytest.raises(ControlError, match="tempo"):
        transcribe(line([60]), qpm=1)
