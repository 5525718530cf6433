"""Compressed SoundFonts: the samples come back, the headers count them, and damage is a typed error."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import soundfonts
from componium.audio import sf3
from componium.errors import FormatError

pytest.importorskip("soundfile")
DATA = soundfonts.compressed()


def parts(data):
    pdta = sf3._list(sf3._chunks(data[12:]), b"pdta")
    return np.frombuffer(pdta[b"shdr"], sf3._HEADER), sf3._list(sf3._chunks(data[12:]), b"sdta")[b"smpl"]


def test_a_compressed_font_becomes_a_plain_one():
    plain = sf3.decompress(DATA)
    headers, smpl = parts(plain)
    samples = np.frombuffer(smpl, "<i2").astype(float)
    for header, sine in zip(headers, soundfonts.sines(), strict=False):
        part = samples[header["start"] : header["end"]]
        assert len(part) == len(sine)
        assert ((part - sine) ** 2).mean() < (sine.astype(float) ** 2).mean() / 300
        assert not samples[header["end"] : header["end"] + 46].any()
    loops = headers["loop_start"][:2] - headers["start"][:2], headers["loop_end"][:2] - headers["start"][:2]
    assert [loop.tolist() for loop in loops] == [[1000, 500], [9000, 8000]]
    assert headers["type"].tolist() == [1, 1, 0]
    assert (sf3.is_compressed(DATA), sf3.is_compressed(plain)) == (True, False)


def test_a_plain_font_keeps_its_samples():
    once = sf3.decompress(DATA)
    assert sf3.decompress(once) == once


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_damaged_font_is_decoded_or_refused(at, value):
    for damaged in (DATA[:at], DATA[:at] + bytes([value]) + DATA[at + 1 :]):
        with suppress(FormatError):
            sf3.decompress(damaged)
