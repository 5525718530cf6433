"""Dynamics that are heard: from pp to ff a note gains 10 dB and more, by each synthesizer."""

import numpy as np
import pytest

from componium.audio import additive
from componium.music.score import Score, Track, notes
from componium.render import soundfont

PP, FF = 33, 112  # velocities that notation programs play for pp and ff
RATE = 22_050
FAMILIES = range(0, 120, 8)  # the first program of each family of General MIDI but sound effects


def level(score, synth):
    """RMS level of the first half second, in dB."""
    sound = additive.blocks(score, RATE) if synth == "additive" else soundfont.blocks(score, RATE, soundfont.find())
    wave = next(iter(sound))[: RATE // 2]
    return 10 * np.log10((wave.astype(float) ** 2).mean())


def gain(synth, program, pitch, is_drum=False):
    def of(velocity):
        return Score((Track(notes([(0, 960, pitch, velocity)]), program=program, is_drum=is_drum),))

    return level(of(FF), synth) - level(of(PP), synth)


@pytest.mark.parametrize("program", FAMILIES)
def test_each_family_is_louder_by_ten_decibels(program):
    assert gain("additive", program, 60) > 10


def test_so_are_the_drums():
    assert gain("additive", 0, 38, is_drum=True) > 10


@pytest.mark.skipif(not soundfont.available(), reason="needs a SoundFont and a player for it")
@pytest.mark.parametrize("program", [0, 19, 40, 73])
def test_so_is_a_soundfont(program):
    assert gain("soundfont", program, 60) > 10
