"""Sound: levels, loudness, tuning, determinism, what lies in the file. pyloudnorm is the oracle for loudness."""

import io
import wave

import numpy as np
import pytest

from componium.audio import additive
from componium.audio.loudness import LoudnessMeter, loudness
from componium.audio.reverb import add_reverb
from componium.errors import ControlError, FormatError, LimitError, MissingExtraError
from componium.music.score import Score, Tempo, Track, notes
from componium.render import sound as audio
from componium.render import soundfont

PROGRAMS = (0, 6, 19, 24, 40, 48, 52, 56, 60, 68, 71, 73)
CHORDS = ((72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55), (72, 67, 64, 48))


def chorale(programs=(52, 52, 52, 52), bars=2, drums=False):
    tracks = []
    for voice, program in enumerate(programs):
        rows = [(at * 480, 480, CHORDS[at % 4][voice]) for at in range(4 * bars)]
        tracks.append(Track(notes(rows), program=program))
    if drums:
        rows = [(at * 480, 240, (36, 42, 38, 42)[at % 4], 100) for at in range(4 * bars)]
        tracks.append(Track(notes(rows), is_drum=True))
    return Score(tracks=tuple(tracks), tempos=(Tempo(0, 90),))


def tone(program, pitch, seconds=3.0, velocity=80):
    row = (0, int(seconds * 960), pitch, velocity)
    return Score(tracks=(Track(notes([row]), program=program),))


def render(score, **options):
    return audio.render(score, synth="additive", **options)


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_program_clips_or_drifts_and_all_are_as_loud_by_pyloudnorm(program):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    sound = render(chorale((program,) * 4))
    assert np.isfinite(sound.samples).all()
    assert np.abs(sound.samples).max() <= audio.CEILING + 1e-6
    assert np.abs(sound.samples.mean(axis=0)).max() < 1e-3
    measured = pyloudnorm.Meter(sound.sample_rate).integrated_loudness(sound.samples.astype(np.float64))
    assert measured == pytest.approx(audio.LOUDNESS, abs=1.0)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_our_meter_is_pyloudnorms(rate):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    rng = np.random.default_rng(0)
    swell = np.repeat(rng.random(50) ** 3, rate // 10)[:, None]
    sound = (swell * rng.standard_normal((len(swell), 2)) * 0.1).astype(np.float32)
    blocks = np.array_split(sound, [100, 7000, 7001, 60_000])
    oracle = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound.astype(np.float64))
    assert loudness(blocks, rate) == pytest.approx(oracle, abs=0.05)


def test_the_standards_own_tone_measures_minus_three():
    # ITU-R BS.1770-4: a 0 dBFS, 997 Hz sine in one channel reads -3.01 LKFS.
    wave_ = np.sin(2 * np.pi * 997 * np.arange(96_000) / 48_000).astype(np.float32)
    assert loudness([np.stack([wave_, 0 * wave_], axis=1)], 48_000) == pytest.approx(-3.01, abs=0.02)


def test_silence_is_the_lowest_loudness():
    meter = LoudnessMeter(44_100)
    meter.add(np.zeros((44_100, 2), dtype=np.float32))
    assert meter.lufs == -70.0


def test_loudness_follows_the_target():
    quiet, loud = (render(chorale(), loudness=target) for target in (-30.0, -20.0))
    ratio = np.sqrt((loud.samples**2).mean() / (quiet.samples**2).mean())
    assert 20 * np.log10(ratio) == pytest.approx(10.0, abs=0.1)


def test_the_same_score_gives_the_same_samples():
    score = chorale((0, 40, 73, 32), drums=True)
    assert np.array_equal(render(score).samples, render(score).samples)


def test_what_was_made_before_makes_no_difference():
    score = chorale((0, 40, 73, 32))
    first = render(score).samples
    render(chorale((19,) * 4, bars=1))
    assert np.array_equal(first, render(score).samples)


def test_an_empty_score_is_a_moment_of_silence():
    sound = render(Score())
    assert sound.samples.shape == (22_050, 2)
    assert not sound.samples.any()
    assert len(audio.wav_bytes(sound)) > 44


def test_the_tail_is_kept_and_dies():
    score = chorale()
    sound = render(score).samples
    end = round(8 * 60 / 90 * 44_100)
    before = np.abs(sound[end - 2000 : end]).max()
    assert len(sound) > end + 44_100
    assert np.abs(sound[end + 4410 : end + 13_230]).max() > 0.003 * before
    assert np.abs(sound[-100:]).max() < 1e-3 * before


@pytest.mark.parametrize("program", [0, 19, 40, 52, 73])
def test_notes_end_without_a_click(program):
    """Where a note is let go, the highest octave is no louder than while it sounded."""
    score = Score(tracks=(Track(notes([(0, 960, 57)]), program=program),))
    sound = np.concatenate(list(additive.blocks(score)))[:, 0]
    frames = np.lib.stride_tricks.sliding_window_view(sound[22_050:], 512)[::128] * np.hanning(512)
    high = np.abs(np.fft.rfft(frames, axis=1))[:, 140:].max(axis=1)  # above 12 kHz
    release = (44_100 - 22_050) // 128
    assert high[release - 5 :].max() <= 1.5 * high[: release - 10].max() + 1e-6


def test_velocity_is_loudness():
    soft, loud = (np.concatenate(list(additive.blocks(tone(0, 60, 1, velocity)))) for velocity in (40, 120))
    assert np.abs(loud).max() > 3 * np.abs(soft).max()


def test_no_velocity_given_is_the_default():
    given, none = (np.concatenate(list(additive.blocks(tone(0, 60, 1, velocity)))) for velocity in (80, 0))
    assert np.array_equal(given, none)


def test_parts_stand_apart_and_one_part_in_the_middle():
    (block,) = list(additive.blocks(tone(73, 72, 0.5)))
    assert np.allclose(block[:, 0], block[:, 1], rtol=1e-5, atol=1e-7)
    two = Score(tracks=(Track(notes([(0, 480, 72)]), program=73), Track(notes([(480, 480, 60)]), program=73)))
    sound = np.concatenate(list(additive.blocks(two)))
    first, second = (sound[:20_000] ** 2).sum(axis=0), (sound[33_000:] ** 2).sum(axis=0)
    assert first[0] > 3 * first[1]
    assert second[1] > 3 * second[0]


def test_the_room_makes_the_sides_differ():
    sound = render(tone(73, 72, 0.5)).samples[26_000:60_000]
    assert np.corrcoef(sound.T)[0, 1] < 0.9


def test_the_room_is_the_same_however_the_blocks_are_cut():
    rng = np.random.default_rng(1)
    sound = rng.standard_normal((50_000, 2)).astype(np.float32)
    whole = np.concatenate(list(add_reverb([sound], 8000, 0.3)))
    cut = np.concatenate(list(add_reverb(np.split(sound, [1, 300, 30_000]), 8000, 0.3)))
    assert np.allclose(whole, cut, atol=1e-4)


def test_a_drum_rings_whatever_its_duration():
    short, long_ = (
        Score(tracks=(Track(notes([(0, duration, 49, 100)]), is_drum=True),)) for duration in (1, 1920)
    )
    one, two = (np.concatenate(list(additive.blocks(score))) for score in (short, long_))
    assert np.array_equal(one, two)
    assert len(one) > 44_100


@pytest.mark.parametrize("pitch", [0, 35, 38, 42, 49, 60, 81, 127])
def test_every_drum_sounds_and_ends(pitch):
    sound = np.concatenate(list(additive.blocks(Score(tracks=(Track(notes([(0, 240, pitch, 100)]), is_drum=True),)))))
    assert np.abs(sound).max() > 0.02
    assert np.abs(sound[-1]).max() < 1e-3


@pytest.mark.parametrize("pitch", [0, 127])
@pytest.mark.parametrize("program", range(0, 128, 5))
def test_every_pitch_of_every_family_can_be_sounded(program, pitch):
    sound = np.concatenate(list(additive.blocks(tone(program, pitch, 0.2), 22_050)))
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 1.0


def test_blocks_stay_small_however_long_the_score():
    long_ = chorale((73,), bars=100)
    lengths = {len(block) for block in additive.blocks(long_, 8000)}
    assert max(lengths) == additive.BLOCK
    assert len(list(additive.blocks(long_, 8000))) == -(-(int(400 * 8000 / 1.5) + int(0.2 * 8000)) // additive.BLOCK)


def test_a_note_held_for_minutes_is_taken_up_anew():
    score = tone(19, 60, seconds=100)
    events = additive.note_events(score, 8000)
    assert len(events.onset) == 5
    assert int(events.length.sum()) == 800_000
    assert int(events.length.max()) == int(additive.MAX_NOTE * 8000)


def test_the_file_is_16_bit_stereo_and_holds_the_samples():
    sound = render(chorale(bars=1))
    with wave.open(io.BytesIO(audio.wav_bytes(sound))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 44_100)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    difference = data / 32_767 - sound.samples
    assert np.abs(difference).max() < 2 / 32_767  # half a step of rounding, one of dither
    assert 10 * np.log10((sound.samples**2).mean() / (difference**2).mean()) > 60


def test_streaming_writes_the_same_file(tmp_path):
    score = chorale((0, 40, 73, 32), drums=True)
    audio.write(score, tmp_path / "new" / "stream.wav", synth="additive")
    (tmp_path / "whole.wav").write_bytes(audio.wav_bytes(render(score)))
    paths = (tmp_path / "new" / "stream.wav", tmp_path / "whole.wav")
    one, two = (np.frombuffer(path.read_bytes()[44:], "<i2").astype(int) for path in paths)
    assert len(one) == len(two)
    assert np.abs(one - two).max() <= 2  # dithered in other blocks
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["stream.wav"]


def test_options_out_of_range_are_refused():
    for wrong in ({"synth": "moog"}, {"sample_rate": 10}, {"loudness": 3.0}, {"tail": -1.0}):
        with pytest.raises(ControlError):
            audio.render(chorale(bars=1), **{"synth": "additive", **wrong})


def test_music_too_long_is_refused_at_once():
    long_ = Score(tracks=(Track(notes([(10**12, 480, 60)])),))
    with pytest.raises(LimitError):
        render(long_)
    with pytest.raises(LimitError):
        audio.write(long_, "never.wav", synth="additive")


def test_without_a_player_auto_is_ours_and_a_soundfont_says_what_to_install(monkeypatch):
    monkeypatch.setattr(soundfont, "player", lambda *_: None)
    assert audio.choose("auto") == "additive"
    with pytest.raises(MissingExtraError, match="pip install"):
        audio.render(chorale(bars=1), synth="soundfont")


def test_a_file_that_is_no_soundfont_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(soundfont, "player", lambda *_: "tinysoundfont")
    (tmp_path / "font.sf2").write_bytes(b"<html>")
    with pytest.raises(FormatError, match="sfbk"):
        audio.render(chorale(bars=1), soundfont=tmp_path / "font.sf2")


needs_soundfont = pytest.mark.skipif(not soundfont.available(), reason="needs a SoundFont and a player for it")


@needs_soundfont
@pytest.mark.parametrize("parts", [1, 5, 20])
def test_a_soundfont_plays_in_tune_at_the_same_loudness(parts):
    score = Score(tracks=tuple(Track(notes([(0, 1920, 69)]), program=73) for _ in range(parts)))
    sound = audio.render(score, synth="soundfont")
    assert loudness([sound.samples], 44_100) == pytest.approx(audio.LOUDNESS, abs=1.0)
    spectrum = np.abs(np.fft.rfft(sound.samples[:88_200].mean(axis=1), 1 << 20))
    assert np.fft.rfftfreq(1 << 20, 1 / 44_100)[np.argmax(spectrum)] % 440 == pytest.approx(0, abs=4)


@needs_soundfont
def test_a_soundfont_is_deterministic_and_keeps_the_tail():
    score = chorale((0, 48, 73, 32), bars=1, drums=True)
    one, two = (audio.render(score, synth="soundfont") for _ in range(2))
    assert np.array_equal(one.samples, two.samples)
    assert one.seconds > 4 * 60 / 90 + 0.5


@needs_soundfont
def test_a_key_held_by_two_notes_goes_up_with_the_second():
    both = Score(tracks=(Track(notes([(0, 1920, 60), (0, 240, 60)]), program=19),))
    sound = np.concatenate(list(soundfont.blocks(both, 44_100, soundfont.find())))
    assert np.abs(sound[60_000:80_000]).max() > 0.01


@needs_soundfont
def test_a_broken_soundfont_is_refused(tmp_path):
    (tmp_path / "font.sf2").write_bytes(soundfont.find().read_bytes()[:5000])
    with pytest.raises(FormatError, match="can't"):
        audio.render(chorale(bars=1), soundfont=tmp_path / "font.sf2")


@pytest.mark.skipif(not soundfont.shutil.which("fluidsynth") or not soundfont.installed(), reason="needs fluidsynth")
def test_the_fluidsynth_program_plays_too(tmp_path, monkeypatch):
    monkeypatch.setattr(soundfont, "player", lambda *_: "fluidsynth")
    sound = audio.render(chorale(bars=1), synth="soundfont")
    assert loudness([sound.samples], 44_100) == pytest.approx(audio.LOUDNESS, abs=1.0)
    (tmp_path / "font.sf2").write_bytes(soundfont.find().read_bytes()[:5000])
    with pytest.raises(FormatError, match="fluidsynth"):
        audio.render(chorale(bars=1), soundfont=tmp_path / "font.sf2")


def test_a_choir_by_name_alone_is_played_on_the_organ():
    row = notes([(0, 480, 60)])
    names = ("Soprano", "Canto", "choir aahs 1", "Chor", "")
    played = audio._in_time(Score(tuple(Track(row, 52, name=name) for name in names)))
    assert [track.program for track in played.tracks] == [19, 19, 52, 52, 52]
