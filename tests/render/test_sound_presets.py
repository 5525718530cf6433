"""Every preset of our own synthesizer: in tune to the cent, no click, no alias, no DC, a release to silence; and drums.

The pitch is the mean speed of the phase of partial 1, so vibrato and tremolo average out.
"""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from componium.audio import additive
from componium.audio.drums import stroke
from componium.audio.presets import _PRESETS, LAYER, preset_for_layer, preset_of
from componium.audio.tones import tone, tone_seconds
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Score, Track, notes
from componium.render import sound as audio

RATE = 44_100
FIRST = {}  # of each preset the first program that it plays, whose range it is tried in
for _program in range(128):
    FIRST.setdefault(next(name for name, preset in _PRESETS.items() if preset is preset_of(_program)), _program)
PITCHED = sorted(set(FIRST) - {"wind", "skin"})

every_preset = pytest.mark.parametrize("name", sorted(FIRST))


def pitches(name, step):
    instrument = INSTRUMENTS[FIRST[name]]
    return range(instrument.low, instrument.high + 1, step)


def one(program, pitch, duration, velocity=80):
    score = Score(tracks=(Track(notes([(0, duration, pitch, velocity)]), program=program),))
    return np.concatenate(list(additive.blocks(score, RATE)))


def cents_off(preset, pitch):
    """How far the mean frequency of partial 1 lies from equal temperament at A4 = 440 Hz."""
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    sound = tone(preset, pitch, int(min(2.5, 0.7 * tone_seconds(preset, pitch)) * RATE), RATE)
    size = 1 << 18
    spectrum, frequency = np.fft.fft(sound, size), np.fft.fftfreq(size, 1 / RATE)
    spectrum[(frequency < hertz / 1.06) | (frequency > hertz * 1.06)] = 0
    partial = np.fft.ifft(spectrum)[: len(sound)]
    partial = partial[len(sound) // 8 : -len(sound) // 8]
    turns = np.unwrap(np.angle(partial)) / (2 * np.pi)
    speed = np.polyfit(np.arange(len(partial)) / RATE, turns, 1, w=np.abs(partial))[0]
    return 1200 * np.log2(speed / hertz)


@pytest.mark.parametrize("name", PITCHED)
def test_each_preset_is_in_tune_to_the_cent_across_its_range(name):
    alone = replace(_PRESETS[name], players=(0.0,))
    worst = max((cents_off(alone, pitch) for pitch in pitches(name, 12)), key=abs)
    assert abs(worst) < 1.0


@every_preset
def test_players_that_sound_together_are_in_tune_on_the_whole(name):
    cents = np.array(_PRESETS[name].players)
    weight = np.where((cents == 0) | (len(cents) == 2), 1.0, 0.5)
    assert abs((cents * weight).sum() / weight.sum()) < 0.5
    assert np.abs(cents).max() <= 10


@every_preset
def test_a_note_starts_from_nothing_without_a_click(name):
    """Its first six milliseconds hold next to nothing above the partials, which end at 14 kHz."""
    fall = np.cos(np.linspace(0, np.pi / 2, 256)) ** 2
    for pitch in pitches(name, 12):
        sound = tone(_PRESETS[name], pitch, RATE // 2, RATE)
        assert abs(sound[0]) < 1e-6
        power = np.abs(np.fft.rfft(sound[:256] * fall, 2048)) ** 2
        assert power[836:].sum() < 10 ** (-35 / 10) * power.sum(), pitch  # above 18 kHz


@every_preset
def test_a_note_is_let_go_to_silence_without_a_step(name):
    sound = one(FIRST[name], min(max(60, pitches(name, 1)[0]), pitches(name, 1)[-1]), 480)[:, 0]
    assert np.abs(sound[-32:]).max() < 1e-4 * np.abs(sound).max()
    step = np.abs(np.diff(sound))
    assert step[RATE // 2 - 100 :].max() <= 1.3 * step[: RATE // 2 - 100].max()


@every_preset
def test_no_preset_has_a_steady_offset_or_passes_full_scale(name):
    for pitch in pitches(name, 12):
        sound = tone(_PRESETS[name], pitch, int(min(1.5, tone_seconds(_PRESETS[name], pitch)) * RATE), RATE)
        assert abs(sound.mean()) < 0.05 * np.sqrt((sound**2).mean())
        assert np.abs(sound).max() <= 0.81


@every_preset
@pytest.mark.parametrize("pitch", [108, 127])
def test_high_notes_do_not_fold_back(name, pitch):
    """All that lies below the note itself, where no partial belongs, is the instrument's noise switched off."""
    bare = replace(_PRESETS[name], breath=0.0, knock=0.0, tremolo=0.0, vibrato=0.0, players=(0.0,), attack=0.02)
    lowest = min([ratio for ratio, *_ in bare.modes] + [1.0])
    for rate in (16_000, RATE):
        sound = tone(bare, pitch, rate // 2, rate)
        power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
        below = np.fft.rfftfreq(len(sound), 1 / rate) < 0.9 * lowest * 440 * 2 ** ((pitch - 69) / 12)
        assert power[below].sum() <= 10 ** (-45 / 10) * power.sum(), rate


def brightness(sound):
    power = np.abs(np.fft.rfft(sound)) ** 2
    return (power * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / power.sum()


@every_preset
def test_a_harder_touch_is_brighter_except_on_an_organ(name):
    pitch = pitches(name, 1)[len(pitches(name, 1)) // 3]
    length = int(min(1.0, tone_seconds(_PRESETS[name], pitch)) * RATE)
    presets = [preset_for_layer(FIRST[name], layer) for layer in (1, 5, 7)]
    soft, firm, hard = (brightness(tone(preset, pitch, length, RATE)) for preset in presets)
    if _PRESETS[name].touch:
        assert soft < firm < hard
        assert hard > 1.01 * soft
    else:
        assert soft == firm == hard


def test_a_crescendo_brightens_step_by_step():
    heard = [brightness(one(0, 48, 960, velocity)[:, 0]) for velocity in range(8, 128, LAYER)]
    assert all(1.02 < harder / softer < 1.5 for softer, harder in pairwise(heard))


def test_presets_are_told_apart_by_their_spectrum_and_envelope():
    prints = {name: fingerprint(tone(_PRESETS[name], 62, RATE, RATE)) for name in PITCHED}
    near = [pair for pair in combinations(PITCHED, 2) if distance(prints, pair) < 1.0]
    assert near == []


def test_drums_are_told_apart_by_their_spectrum_and_envelope():
    prints = {pitch: fingerprint(stroke(pitch, RATE)) for pitch in range(35, 82)}
    near = [pair for pair in combinations(prints, 2) if distance(prints, pair) < 1.0]
    assert near == []


def fingerprint(sound):
    """Levels in dB, at least -60 under the highest, of 24 bands of the spectrum and of 24 stretches of 30 ms."""
    sound = np.pad(sound[:RATE], (0, max(RATE - len(sound), 0)))
    power = np.abs(np.fft.rfft(sound)) ** 2
    bands = np.array([part.sum() for part in np.split(power, np.geomspace(40, 15_000, 23).astype(int))])
    envelope = (sound[: 24 * 1323].reshape(24, -1) ** 2).mean(axis=1)
    return np.concatenate([10 * np.log10(part / part.max() + 1e-6) for part in (bands, envelope)])


def distance(prints, pair):
    return np.abs(prints[pair[0]] - prints[pair[1]]).mean()


EXTREMES = {
    "64 notes at once": [(0, 960, pitch, 127) for pitch in range(30, 94)],
    "64 times the same note": [(at, 960, 60, 127) for at in range(64)],
    "the lowest and highest": [(0, 960, 0, 127), (0, 960, 127, 127)],
    "notes of 10 ms": [(at * 20, 10, 40 + at, 127) for at in range(50)],
    "one tick": [(0, 1, 60, 127)],
}


@pytest.mark.parametrize("rows", EXTREMES.values(), ids=EXTREMES)
@pytest.mark.parametrize("program", [0, 52, -1])
def test_extreme_scores_neither_clip_nor_vanish(rows, program):
    track = Track(notes(rows), program=max(program, 0), is_drum=program < 0)
    sound = audio.render(Score(tracks=(track,)), synth="additive", sample_rate=22_050).samples
    assert np.isfinite(sound).all()
    assert 0.02 < np.abs(sound).max() <= audio.CEILING


@pytest.mark.parametrize("name", PITCHED)
def test_a_very_short_note_is_heard(name):
    pitch = pitches(name, 1)[len(pitches(name, 1)) // 2]
    short, long_ = (np.abs(one(FIRST[name], pitch, duration)).max() for duration in (10, 960))
    assert short > 0.02 * long_
