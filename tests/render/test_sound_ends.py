"""Ends of notes: nothing sounds once its note has ended, whatever was struck again before its release."""

import numpy as np
import pytest

from componium import formats
from componium.formats import midi
from componium.music.score import Score, Tempo, Track, notes
from componium.music.strikes import end_at_next_strike
from componium.music.time import duration_seconds
from componium.render import sound, soundfont

RELEASE = 2.0  # seconds, after which the longest release of these programs has died away
PROGRAMS = (0, 19, 48, 73)
OVERLAPPING = [(at * 480, 720, 60, 80) for at in range(8)]
CASES = {
    "touching": [(at * 480, 480, 60, 80) for at in range(8)],
    "overlapping": OVERLAPPING,
    "nested": [(0, 3840, 60, 80), (960, 240, 60, 80)],
    "in unison": [(0, 1920, 60, 80, 0), (0, 960, 60, 80, 1)],
    "three at once": [(0, 960, 60, 80), (120, 960, 60, 90), (240, 480, 60, 70)],
}
SYNTHS = ["additive", pytest.param("soundfont", marks=pytest.mark.skipif(
    not soundfont.available(), reason="needs a SoundFont and a player"))]  # fmt: skip


def level_after(score: Score, synth: str) -> float:
    """Return the level of the sound RELEASE seconds after the last note's end, in dB below the piece's own."""
    audio = sound.render(score, synth=synth, sample_rate=22_050, tail=RELEASE + 2)
    end = int((duration_seconds(score) + RELEASE) * audio.sample_rate)
    rms = [float(np.sqrt((part**2).mean())) for part in (audio.samples[end:][: audio.sample_rate], audio.samples)]
    return 20 * np.log10(max(rms[0], 1e-9) / rms[1])


@pytest.mark.parametrize("synth", SYNTHS)
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", CASES)
def test_nothing_sounds_after_the_last_note(name, program, synth):
    score = Score((Track(notes(CASES[name]), program=program),), tempos=(Tempo(0, 120),))
    assert level_after(score, synth) < -50


@pytest.mark.parametrize("synth", SYNTHS)
def test_the_sound_ends_soon_after_the_last_note_and_not_before(synth):
    score = Score((Track(notes([(0, 480, 60, 80), (480, 960, 64, 80)]), program=73),), tempos=(Tempo(0, 120),))
    audio = sound.render(score, synth=synth, sample_rate=22_050)
    tail = len(audio.samples) / audio.sample_rate - duration_seconds(score)
    assert 0.5 < tail < 2.5
    assert np.abs(audio.samples[-audio.sample_rate // 2 :]).max() > 0


def test_silence_is_trimmed_only_at_the_end():
    sounding, silent = np.ones((4, 2), dtype=np.float32), np.zeros((4, 2), dtype=np.float32)
    blocks = [silent, sounding, silent, silent, np.concatenate([sounding, silent]), silent, silent]
    assert sum(map(len, soundfont._trim(blocks, 0))) == 20
    assert sum(map(len, soundfont._trim(blocks, 26))) == 26


@pytest.mark.parametrize("synth", SYNTHS)
def test_parts_that_share_a_channel_end_too(synth):
    """With more parts than channels, parts of one program share one."""
    tracks = tuple(Track(notes([(60 * part, 960, 60, 80), (960, 480, 60 + part % 3, 80)]), program=48)
                   for part in range(18))  # fmt: skip
    assert level_after(Score(tracks), synth) < -50


def test_a_note_ends_where_its_key_is_struck_again():
    kept, offset = end_at_next_strike(*zip(*[(60, 0, 720), (60, 480, 960), (62, 0, 900)], strict=True))
    assert (kept.tolist(), offset.tolist()) == ([True] * 3, [480, 960, 900])


def test_of_notes_that_begin_together_the_longest_is_kept():
    kept, offset = end_at_next_strike([60, 60, 60], [0, 0, 100], [300, 200, 150])
    assert (kept.tolist(), offset[kept].tolist()) == ([True, False, True], [100, 150])


@pytest.mark.parametrize("name", CASES)
def test_a_midi_file_holds_one_note_at_a_time_on_each_key(name, tmp_path):
    score = Score((Track(notes(CASES[name]), program=48),))
    formats.write(score, tmp_path / "tune.mid")
    back = formats.read(tmp_path / "tune.mid").tracks[0].notes
    assert (back["onset"][:-1] + back["duration"][:-1] <= back["onset"][1:]).all()
    assert set(back["onset"].tolist()) == {row[0] for row in CASES[name]}
    assert midi.loads(midi.dumps(score)) == midi.canonicalize(score)
