"""Sound files: every suffix, stems that sum to the mix, tails, the loudness and true peak of what was written.

soundfile reads the files back; pyloudnorm is the oracle for loudness, an exact interpolation that for the true peak.
"""

import sys

import numpy as np
import pytest
from click.testing import CliRunner

from componium import formats
from componium.audio import files as _sound_files
from componium.audio.limiter import CEILING, limit_peaks, true_peaks
from componium.cli import program
from componium.errors import ControlError, LimitError, MissingExtraError, UnknownNameError
from componium.music.score import Score, Tempo, Track, notes
from componium.render import sound as audio
from componium.render import soundfont

CHORDS = ((72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55), (72, 67, 64, 48))
NAMES = ("Soprano", "Alto", "", "Bass: low/deep")
RATE = 16_000


def quartet(bars=1, drums=True):
    tracks = [
        Track(notes([(at * 480, 480, CHORDS[at % 4][voice]) for at in range(4 * bars)]), program=program, name=name)
        for voice, (program, name) in enumerate(zip((73, 68, 48, 32), NAMES, strict=True))
    ]
    kit = Track(notes([(at * 480, 240, (36, 42, 38, 42)[at % 4], 100) for at in range(4 * bars)]), is_drum=True)
    return Score(tracks=(*tracks, Track(), kit) if drums else tuple(tracks), tempos=(Tempo(0, 120),))


def read(path):
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples, rate


def exact_true_peak(sound):
    """The highest level of the band-limited sound at eight times its rate."""
    sound = sound[: len(sound) // 2 * 2].astype(np.float64)
    spectrum = np.fft.rfft(sound, axis=0)
    return float(np.abs(np.fft.irfft(spectrum, 8 * len(sound), axis=0)).max() * 8)


def snr(reference, other):
    return 10 * np.log10((reference**2).mean() / ((reference - other) ** 2).mean())


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_lossless_file_holds_the_samples(tmp_path, suffix):
    audio.write(quartet(), tmp_path / f"tune{suffix}", synth="additive", sample_rate=RATE)
    samples, rate = read(tmp_path / f"tune{suffix}")
    whole = audio.render(quartet(), synth="additive", sample_rate=RATE).samples
    assert rate == RATE
    assert samples.shape == whole.shape
    assert snr(whole, samples) > 60
    assert [path.name for path in tmp_path.iterdir()] == [f"tune{suffix}"]


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_a_lossy_file_holds_the_same_music(tmp_path, suffix):
    audio.write(quartet(), tmp_path / f"tune{suffix}", synth="additive", sample_rate=RATE)
    samples, rate = read(tmp_path / f"tune{suffix}")
    whole = audio.render(quartet(), synth="additive", sample_rate=RATE).samples
    assert rate == RATE
    length = min(len(samples), len(whole))
    assert abs(len(samples) - len(whole)) < 3000
    lag = np.fft.irfft(np.fft.rfft(samples[:length, 0]).conj() * np.fft.rfft(whole[:length, 0]))
    place = int(np.argmax(lag))
    moved = np.roll(samples[:length], place, axis=0)
    assert snr(whole[:length], moved) > 12
    assert np.abs(samples).max() <= 1.0


def test_a_minute_of_ogg_is_written_whole(tmp_path):
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal((80 * 44_100, 2))).astype(np.float32)
    pytest.importorskip("soundfile")
    _sound_files.encode([sound], 44_100, tmp_path / "noise.ogg")
    samples, _ = read(tmp_path / "noise.ogg")
    assert len(samples) == len(sound)


@pytest.mark.parametrize("suffix", audio.SUFFIXES)
@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 48_000, 96_000, 192_000])
def test_every_rate_is_written_or_refused_before_the_work(tmp_path, suffix, rate):
    path = tmp_path / f"moment{suffix}"
    if suffix == ".mp3" and rate > 48_000:
        with pytest.raises(ControlError, match="MP3"):
            audio.write(Score(), path, sample_rate=rate)
        return
    audio.write(Score(), path, sample_rate=rate)
    assert read(path)[1] == rate


def test_an_unknown_suffix_names_the_known(tmp_path):
    with pytest.raises(UnknownNameError, match=r"\.flac.*\.wav"):
        audio.write(quartet(), tmp_path / "tune.aiff")


def test_without_soundfile_wav_goes_on_and_the_others_say_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(_sound_files.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    audio.write(quartet(), tmp_path / "tune.wav", synth="additive", sample_rate=8000)
    for suffix in (".flac", ".ogg", ".mp3"):
        with pytest.raises(MissingExtraError, match=r"componium\[sound\]"):
            audio.write(quartet(), tmp_path / f"tune{suffix}", synth="additive", sample_rate=8000)
    assert [path.name for path in tmp_path.iterdir()] == ["tune.wav"]


def law_of_stems(score, synth):
    """Each part rendered alone: together they are the mix."""
    options = (synth, None, RATE, None, 3600)
    mix = np.concatenate(list(audio._sound(score, *options)))
    total = np.zeros_like(mix)
    for part, track in enumerate(score.tracks):
        if len(track.notes):
            alone = np.concatenate(list(audio._sound(score, *options, part)))[: len(mix)]
            assert np.abs(alone).max() > 1e-3
            total[: len(alone)] += alone
    return snr(mix, total)


@pytest.mark.parametrize("drums", [False, True])
def test_stems_sum_to_the_mix(drums):
    assert law_of_stems(quartet(drums=drums), "additive") > 100


@pytest.mark.skipif(soundfont.player() != "tinysoundfont" or not soundfont.available(), reason="needs tinysoundfont")
def test_stems_of_a_soundfont_sum_to_the_mix():
    assert law_of_stems(quartet(), "soundfont") > 100


def test_parts_that_share_an_instrument_sum_to_the_mix():
    same = Score(tracks=tuple(Track(notes([(0, 240 * (at + 1), 60)]), program=40) for at in range(3)))
    assert law_of_stems(same, "additive") > 100


def test_stems_are_named_after_their_parts_and_add_up_in_the_files(tmp_path):
    written = audio.write(quartet(), tmp_path / "tune.wav", synth="additive", sample_rate=RATE, stems=True)
    names = ["tune-1-soprano", "tune-2-alto", "tune-3-string-ensemble-1", "tune-4-bass-low-deep", "tune-6-drums"]
    assert [path.stem for path in written.stems] == names
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(["tune", *names])
    mix = read(tmp_path / "tune.wav")[0]
    total = sum(read(path)[0] for path in written.stems)
    assert snr(mix, total) > 55  # six dithered files; nothing was limited at this loudness


def test_a_score_of_no_notes_has_no_stems(tmp_path):
    assert audio.write(Score(tracks=(Track(),)), tmp_path / "no.wav", stems=True).stems == ()
    assert [path.name for path in tmp_path.iterdir()] == ["no.wav"]


def test_too_many_stems_are_refused(tmp_path):
    many = Score(tracks=tuple(Track(notes([(0, 480, 60)])) for _ in range(65)))
    with pytest.raises(LimitError, match="65 stems"):
        audio.write(many, tmp_path / "many.wav", synth="additive", stems=True)


@pytest.mark.parametrize("synth", ["additive", "soundfont"])
@pytest.mark.parametrize("target", [-40.0, -23.0, -14.0, -10.0])
def test_the_result_has_its_loudness_by_pyloudnorm_and_its_true_peak(synth, target):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    if synth == "soundfont" and not soundfont.available():
        pytest.skip("needs a SoundFont and a player for it")
    sound = audio.render(quartet(bars=2), synth=synth, sample_rate=32_000, loudness=target)
    measured = pyloudnorm.Meter(32_000).integrated_loudness(sound.samples.astype(np.float64))
    assert measured == pytest.approx(target, abs=0.5)
    assert exact_true_peak(sound.samples) <= CEILING


def test_a_loudness_out_of_reach_is_told_and_not_forced(tmp_path):
    click = Score(tracks=(Track(notes([(at * 960, 10, 37, 127) for at in range(4)]), is_drum=True),))
    written = audio.write(click, tmp_path / "click.wav", synth="additive", sample_rate=RATE, loudness=-6)
    assert written.loudness < -6.5
    assert exact_true_peak(read(tmp_path / "click.wav")[0]) <= CEILING


def test_the_limiter_lets_quiet_sound_through_untouched_and_keeps_the_length():
    rng = np.random.default_rng(2)
    sound = (0.05 * rng.standard_normal((30_000, 2))).clip(-0.2, 0.2).astype(np.float32)
    out = np.concatenate(list(limit_peaks(np.split(sound, [1, 500, 20_000]), 1.0, 44_100)))
    assert np.array_equal(out, sound)


@pytest.mark.parametrize("cuts", [[], [10, 20, 5000], [4096, 8192, 12_288]])
def test_the_limiter_holds_the_ceiling_however_the_blocks_are_cut(cuts):
    rng = np.random.default_rng(3)
    hertz = np.array([440, 11_025])  # a quarter of the rate: the peaks lie between the samples
    wave = np.sin(2 * np.pi * hertz * np.arange(20_000)[:, None] / 44_100 + np.pi / 4).sum(axis=1)
    sound = np.stack([wave, rng.standard_normal(20_000) * 0.3], axis=1).astype(np.float32)
    out = np.concatenate(list(limit_peaks(np.split(sound, cuts), 2.0, 44_100)))
    assert out.shape == sound.shape
    assert float(true_peaks(out).max()) <= CEILING
    whole = np.concatenate(list(limit_peaks([sound], 2.0, 44_100)))
    assert np.allclose(out, whole, atol=1e-5)


def test_the_true_peak_between_the_samples_is_found():
    # ITU-R BS.1770-4, annex 2: a sine at a quarter of the rate, sampled 45 degrees off its peaks, reads 3 dB low.
    wave = np.sin(np.pi / 2 * np.arange(4000) + np.pi / 4)
    sound = np.stack([wave, wave], axis=1).astype(np.float32)[1000:3000]
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(-3.01, abs=0.01)
    assert 20 * np.log10(true_peaks(sound)[100:-100].max()) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("synth", ["additive", "soundfont"])
@pytest.mark.parametrize("tail", [0.0, 0.3, 5.0])
def test_a_tail_is_as_long_as_asked_and_ends_in_silence(synth, tail):
    if synth == "soundfont" and not soundfont.available():
        pytest.skip("needs a SoundFont and a player for it")
    sound = audio.render(quartet(), synth=synth, sample_rate=RATE, tail=tail)
    assert len(sound.samples) == round((2.0 + tail) * RATE)
    assert np.abs(sound.samples[-4:]).max() < 1e-3
    assert np.abs(sound.samples[round(1.9 * RATE) : round(1.98 * RATE)]).max() > 0.01


@pytest.mark.parametrize("tail", [0, 3000, 40_000])
def test_a_tail_is_the_same_however_the_blocks_are_cut(tail):
    sound = np.random.default_rng(4).standard_normal((30_000, 2)).astype(np.float32)
    whole = np.concatenate(list(audio._cut([sound], 9000, tail, RATE)))
    cut = np.concatenate(list(audio._cut(np.split(sound, [10, 700, 5000, 8990, 9001, 11_900]), 9000, tail, RATE)))
    assert len(whole) == 9000 + tail
    assert np.array_equal(whole, cut)


def test_the_command_writes_each_kind_stems_and_a_loudness(tmp_path):
    pyloudnorm = pytest.importorskip("pyloudnorm")
    tune = tmp_path / "tune.mid"
    formats.write(quartet(bars=2), tune)
    options = ["--synth", "additive", "--sample-rate", str(RATE), "--loudness", "-20", "--tail", "1", "--stems"]
    for suffix in audio.SUFFIXES:
        result = CliRunner().invoke(program, ["render", str(tune), str(tmp_path / f"out{suffix}"), *options])
        assert (result.exit_code, result.stdout) == (0, ""), result.stderr
        assert len(list(tmp_path.glob(f"out-*{suffix}"))) == 5
        samples, _ = read(tmp_path / f"out{suffix}")
        assert pyloudnorm.Meter(RATE).integrated_loudness(samples) == pytest.approx(-20, abs=0.5)


def test_the_command_refuses_stems_without_a_file_to_lie_beside(tmp_path):
    formats.write(quartet(), tmp_path / "tune.mid")
    for target in (["-", "--to", "wav"], [str(tmp_path / "tune.png")]):
        assert CliRunner().invoke(program, ["render", str(tmp_path / "tune.mid"), *target, "--stems"]).exit_code == 2


def test_without_a_soundfont_the_command_says_in_one_line_who_plays(tmp_path, monkeypatch):
    monkeypatch.setattr(soundfont, "installed", lambda: None)
    formats.write(quartet(), tmp_path / "tune.mid")
    paths = [str(tmp_path / "tune.mid"), str(tmp_path / "tune.wav")]
    result = CliRunner().invoke(program, ["render", *paths, "--sample-rate", "8000"])
    assert result.exit_code == 0
    assert "the built-in synthesizer plays" in result.stderr
    assert result.stderr.count("\n") == 1
    result = CliRunner().invoke(program, ["render", *paths, "--synth", "soundfont"])
    assert result.exit_code == 1
    what, advice = result.stderr.splitlines()
    assert "SoundFont is not installed" in what
    assert "componium[sound]" in advice
