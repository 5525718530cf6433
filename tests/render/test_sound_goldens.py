"""Goldens of our own synthesizer: two seconds each, compared by signal-to-noise ratio.

Written anew only by `pytest tests/render/test_sound_goldens.py --regenerate-goldens`; then listen to them.
"""

import wave
from pathlib import Path

import numpy as np
import pytest

from componium.music.score import Score, Tempo, Track, notes
from componium.render import sound as audio

FOLDER = Path(__file__).parent.parent / "goldens" / "sound"
RATE = 11_025
LEAST = 60.0  # dB
CADENCE = ((67, 69, 71, 72), (64, 65, 67, 67), (60, 60, 62, 64), (48, 53, 55, 48))  # C F G C, from the soprano down
BANDS = {"choir": (52, 52, 52, 52), "bowed_blown": (40, 73, 71, 60), "struck_plucked": (0, 6, 24, 32)}


def cadence(programs):
    """Four chords in two seconds, each part swelling; and drums, which all of them have."""
    tracks = [
        Track(notes([(at * 480, 440, pitch, 45 + 20 * at) for at, pitch in enumerate(line)]), program=program)
        for line, program in zip(CADENCE, programs, strict=True)
    ]
    kit = Track(notes([(at * 240, 120, (36, 42, 38, 46)[at % 4], 70) for at in range(8)]), is_drum=True)
    return Score(tracks=(*tracks, kit), tempos=(Tempo(0, 150),))


def snr(reference, other):
    return 10 * np.log10((reference**2).mean() / max(((reference - other) ** 2).mean(), 1e-20))


def read(path):
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (RATE, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32_767


@pytest.mark.parametrize("name", BANDS)
def test_the_synthesizer_sounds_as_it_did(name, regenerate_goldens):
    path = FOLDER / f"{name}.wav"
    sound = audio.render(cadence(BANDS[name]), synth="additive", sample_rate=RATE, tail=0.4)
    if regenerate_goldens:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(audio.wav_bytes(sound))
        pytest.skip(f"{path} was written anew")
    golden = read(path)
    assert golden.shape == sound.samples.shape
    assert snr(golden, sound.samples) >= LEAST


def test_a_change_that_can_be_heard_would_be_found():
    golden = read(FOLDER / "choir.wav")
    assert snr(golden, golden * 1.01) < LEAST
    assert snr(golden, np.roll(golden, 1, axis=0)) < LEAST
