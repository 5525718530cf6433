"""Recordings as samples: every width, channels, cut and broken files."""

import io
import struct
import warnings
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium import formats
from componium.errors import FormatError, LimitError, NotThisFormatError, RepairWarning
from componium.formats import recording
from componium.transcription import decode

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)


def wav(code, bits, body, *, channels=1, rate=8000, claimed=None):
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, bits)
    length = len(body) if claimed is None else claimed
    head = b"RIFF" + struct.pack("<I", 36 + length) + b"WAVEfmt " + struct.pack("<I", 16)
    return head + form + b"data" + struct.pack("<I", length) + body


BODIES = {
    (1, 8): lambda x: np.rint(x * 127 + 128).astype(np.uint8).tobytes(),
    (1, 16): lambda x: np.rint(x * 32767).astype("<i2").tobytes(),
    (1, 24): lambda x: np.rint(x * 8388607).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(),
    (1, 32): lambda x: np.rint(x * 2147483647).astype("<i4").tobytes(),
    (3, 32): lambda x: x.astype("<f4").tobytes(),
    (3, 64): lambda x: x.astype("<f8").tobytes(),
}


@pytest.mark.parametrize("form", BODIES)
def test_every_width_gives_the_same_sound_at_full_scale(form):
    sound = decode(wav(*form, BODIES[form](TONE)))
    assert sound.sample_rate == 8000
    assert np.abs(sound.samples).max() == pytest.approx(1)
    assert np.allclose(sound.samples, 2 * TONE, atol=0.02)


def test_channels_are_mixed():
    both = np.stack([TONE, 0.5 * TONE], axis=1).ravel()
    assert np.allclose(decode(wav(3, 32, BODIES[3, 32](both), channels=2)).samples, 2 * TONE, atol=1e-3)


def test_the_standard_library_agrees():
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", ""))
        out.writeframes(BODIES[1, 16](np.repeat(TONE, 2)))
    assert len(decode(file.getvalue()).samples) == len(TONE)


def test_a_cut_file_is_mended_or_strictly_refused():
    data = wav(1, 16, BODIES[1, 16](TONE))[:-1001]
    with pytest.warns(RepairWarning, match="stated"):
        assert len(decode(data).samples) == len(TONE) - 501
    with pytest.raises(FormatError, match="stated"):
        decode(data, strict=True)


def test_numbers_that_are_none_are_silence():
    odd = np.where(np.arange(4000) % 7 == 0, np.nan, np.inf)
    assert not decode(wav(3, 32, BODIES[3, 32](odd))).samples.any()


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"MThd\0\0\0\6", wav(1, 16, b"", channels=0),
                                  wav(1, 16, b"\0" * 64, rate=3), wav(1, 16, b"\0" * 600, channels=300)])
def test_what_is_no_recording_is_refused(data):
    with pytest.raises(FormatError):
        decode(data)


def test_other_formats_are_named_by_their_bytes():
    with pytest.raises(NotThisFormatError, match="4d 54 68 64"):
        decode(b"MThd\0\0\0\6")


def test_over_half_an_hour_is_refused():
    with pytest.raises(LimitError, match="30 minutes"):
        decode(wav(1, 8, b"\x80" * (4000 * 1801), rate=4000))


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
def test_packed_recordings_sound_the_same(kind):
    soundfile = pytest.importorskip("soundfile")
    file = io.BytesIO()
    soundfile.write(file, np.tile(TONE, 4), 8000, format=kind)
    sound = decode(file.getvalue())
    assert sound.sample_rate == 8000
    assert len(sound.samples) == pytest.approx(16000, abs=1200)
    heard = np.abs(np.fft.rfft(sound.samples[2000:10000]))
    assert heard.argmax() == 440
    for cut in (5, 30, 90, len(file.getvalue()) // 2):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RepairWarning)
                decode(file.getvalue()[:cut])
        except FormatError as error:
            assert error.what


@settings(deadline=None, max_examples=60)
@given(
    head=st.sampled_from([b"RIFF\xff\0\0\0WAVEfmt ", b"fLaC", b"OggS", b"ID3", b"\xff\xfb"]),
    data=st.binary(max_size=99),
)
def test_any_bytes_give_a_sound_or_a_typed_error(head, data):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepairWarning)
            decode(head + data)
    except FormatError as error:
        assert error.what


NOISE = np.random.default_rng(0).normal(0, 0.2, 9000)


@pytest.mark.parametrize("samples", [np.zeros(9000), np.zeros(0), np.zeros(1), NOISE])
def test_silence_and_noise_make_a_score(samples):
    score = recording.loads(wav(3, 32, BODIES[3, 32](samples)))
    if not samples.any():
        assert score.n_notes == 0


def test_a_recording_is_read_like_any_file(tmp_path):
    time = np.arange(4000) / 8000
    tones = [np.sin(2 * np.pi * 440 * 2 ** (step / 12) * time) * np.hanning(4000) ** 0.2 for step in (0, 2, 4, 5, 7)]
    path = tmp_path / "tune.WAV"
    path.write_bytes(wav(1, 16, BODIES[1, 16](0.5 * np.concatenate(tones))))
    assert formats.read(path).tracks[0].notes["pitch"].tolist() == [69, 71, 73, 74, 76]
