"""Sound file encoders by suffix: WAV, FLAC, Ogg Vorbis and MP3.

WAV needs the standard library alone, the others soundfile (extra `sound`). WAV and FLAC hold 16 bits,
dithered. Blocks are written 65,536 frames at a time: libsndfile's Ogg writer overruns its stack if it is given a minute
of sound in one call.
"""

import importlib.util
import wave
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from componium.audio.oscillators import type_wave
from componium.audio.tags import tag_mp3, tag_wav
from componium.errors import ControlError, MissingExtraError, UnknownNameError

FRAMES = 1 << 16  # written at a time
_MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_SUBTYPES = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
SUFFIXES = (".wav", *_SUBTYPES)


def check(suffix: str, rate: int) -> None:
    """Check that sound can be encoded, before it is rendered.

    Raises UnknownNameError for a suffix that isn't one of SUFFIXES, MissingExtraError without soundfile where it is
    needed, ControlError for a sample rate that the format doesn't support.
    """
    if suffix not in SUFFIXES:
        raise UnknownNameError("sound format", suffix, SUFFIXES)
    if suffix != ".wav" and importlib.util.find_spec("soundfile") is None:
        raise MissingExtraError(f"soundfile, which writes {suffix},", "sound")
    if suffix == ".mp3" and rate not in _MP3_RATES:
        raise ControlError(f"{rate} samples a second in an MP3", expected=f"one of {', '.join(map(str, _MP3_RATES))}")


def encode(blocks: Iterable[type_wave], rate: int, path: Path, tags: Mapping[str, str] | None = None) -> None:
    """Write stereo blocks (T, 2) to a sound file, in the format of its suffix.

    tags  texts by name, "title" and "comment"; none by default
    """
    suffix, tags = path.suffix.lower(), {name: text for name, text in (tags or {}).items() if text}
    if suffix == ".wav":
        with open(path, "wb") as file:
            encode_wav(blocks, rate, file)
        tag_wav(path, tags)
        return
    import soundfile

    kind, subtype = _SUBTYPES[suffix]
    with soundfile.SoundFile(path, "w", rate, 2, subtype, format=kind) as out:
        for name, text in tags.items() if suffix != ".mp3" else ():
            setattr(out, name, text)
        for frames in _frames(blocks):
            out.write(to_int16(frames) if subtype == "PCM_16" else frames)
    if suffix == ".mp3":
        tag_mp3(path, tags)


def encode_wav(blocks: Iterable[type_wave], rate: int, file: BinaryIO, channels: int = 2) -> None:
    """Write blocks (T, channels) as a 16-bit WAV file."""
    with wave.open(file, "wb") as out:
        out.setsampwidth(2)
        out.setframerate(rate)
        out.setnchannels(channels)
        for frames in _frames(blocks):
            out.writeframesraw(to_int16(frames).tobytes())


def _frames(blocks: Iterable[type_wave]) -> Iterator[type_wave]:
    for block in blocks:
        for at in range(0, len(block), FRAMES):
            yield block[at : at + FRAMES]


def to_int16(block: type_wave) -> NDArray[np.int16]:
    """Convert at most FRAMES samples to 16-bit integers, with dither."""
    scaled = block * np.float32(32_767)
    scaled += _dither()[: len(block), : block.shape[1]]
    np.rint(scaled, out=scaled)
    return scaled.clip(-32_768, 32_767, out=scaled).astype("<i2")


@cache
def _dither() -> type_wave:
    """Return triangular dither of one quantization step.

    It makes the quantization error noise instead of distortion.
    """
    pairs = np.random.default_rng(16).random((2, FRAMES, 2), dtype=np.float32)
    noise: type_wave = pairs[0] - pairs[1]
    return noise
