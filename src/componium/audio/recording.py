"""Recordings as mono samples: WAV, MP3, FLAC and Ogg.

MP3, FLAC and Ogg need soundfile (extra `transcribe`).
All channels are mixed to one. The format is recognized by the first bytes, not by a file's name. A truncated file is
read as far as it goes, with a RepairWarning. The WAV reader takes PCM of 8, 16, 24 and 32 bits and floats (RIFF,
Microsoft 1991; RFC 2361).
"""

import io
import struct
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from componium.errors import (
    ComponiumError,
    ControlError,
    FormatError,
    LimitError,
    MissingExtraError,
    NotThisFormatError,
    RepairWarning,
)

type_samples = NDArray[np.float32]

MAX_SECONDS = 1800
MAX_SAMPLES = 100_000_000  # 400 MB
RATES = (4000, 384_000)
MAX_CHANNELS = 32
_BLOCK = 1 << 16  # frames read at a time
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """One channel of sound.

    `samples` (T,) are float32 at `sample_rate` Hz, with a peak of 1 unless all are 0.
    """

    samples: type_samples
    sample_rate: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.sample_rate


def decode(data: bytes, *, strict: bool = False) -> Sound:
    """Decode the sound in a WAV, MP3, FLAC or Ogg file.

    With `strict` a truncated file is refused. Raises NotThisFormatError for anything else, FormatError for a
    broken file, LimitError over half an hour, MissingExtraError for all but plain WAV without soundfile.

    >>> import wave
    >>> with wave.open(file := io.BytesIO(), "wb") as out:
    ...     out.setparams((1, 2, 8000, 0, "NONE", ""))
    ...     out.writeframes(bytes(16000))
    >>> decode(file.getvalue()).seconds
    1.0
    """
    kind = _kind(data)
    if kind == "WAV":
        form = _WavForm.of(data)
        if form.is_plain:
            return _sound(form.blocks(data, strict), form.sample_rate, form.channels)
    return _by_soundfile(data, kind, strict)


def read_recording(path: str | Path) -> Sound:
    """Read a recording from a file.

    Raises ControlError for anything but a path, FormatError and OSError as `decode` and reading do.
    """
    if not isinstance(path, str | Path):
        raise ControlError(f"a recording of type {type(path).__name__}", expected="a Sound, or the path of a file")
    try:
        return decode(Path(path).read_bytes())
    except ComponiumError as error:
        raise error.within(str(path)) from error


def _kind(data: bytes) -> str:
    """Return the format that the first bytes show."""
    if data[:4] in (b"RIFF", b"RIFX", b"RF64") and data[8:12] == b"WAVE":
        return "WAV"
    for start, kind in ((b"fLaC", "FLAC"), (b"OggS", "Ogg"), (b"ID3", "MP3")):
        if data.startswith(start):
            return kind
    if len(data) > 4 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2:  # the sync word of layer III
        return "MP3"
    seen = "nothing" if not data else f"bytes {data[:4].hex(' ')}"
    raise NotThisFormatError(f"not a recording but {seen}", where="byte 0", expected="WAV, MP3, FLAC or Ogg")


def _sound(blocks: Iterable[NDArray[np.float32]], rate: int, channels: int) -> Sound:
    """Mix blocks (T, channels) to one channel and scale it to a peak of 1."""
    if not RATES[0] <= rate <= RATES[1]:
        raise FormatError(f"{rate} samples a second", expected=f"{RATES[0]} to {RATES[1]}")
    if not 1 <= channels <= MAX_CHANNELS:
        raise FormatError(f"{channels} channels", expected=f"1 to {MAX_CHANNELS}")
    mono: list[type_samples] = []
    length = 0
    for block in blocks:
        length += len(block)
        if length > min(MAX_SECONDS * rate, MAX_SAMPLES):
            raise LimitError("the recording is too long", expected=f"at most {MAX_SECONDS // 60} minutes")
        mixed = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0).mean(axis=1, dtype=np.float64)
        mono.append(np.clip(mixed, -1e6, 1e6).astype(np.float32))
    samples = np.concatenate(mono) if mono else np.zeros(0, dtype=np.float32)
    samples -= samples.mean() if len(samples) else 0  # remove a constant offset
    peak = float(np.abs(samples).max(initial=0))
    return Sound(samples / np.float32(peak) if peak > 1e-5 else np.zeros_like(samples), rate)


@dataclass(frozen=True, slots=True)
class _WavForm:
    """The contents of a WAV file's chunk `fmt `, and the position of its samples."""

    code: int
    channels: int
    sample_rate: int
    bits: int
    start: int
    length: int  # bytes, as the file claims

    @classmethod
    def of(cls, data: bytes) -> "_WavForm":
        if data[:4] != b"RIFF":
            return cls(0, 1, 0, 0, 0, 0)  # the rarer kinds are left to soundfile
        at, form = 12, None
        while at + 8 <= len(data):
            name, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
            body = at + 8
            if name == b"fmt " and body + 16 <= len(data):
                code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, body)
                if code == _EXTENSIBLE and body + 26 <= len(data):
                    (code,) = struct.unpack_from("<H", data, body + 24)
                form = (code, channels, rate, bits)
            if name == b"data" and form:
                return cls(*form, body, length)
            at = body + length + length % 2
        raise FormatError("a WAV file without samples", where=f"byte {min(at, len(data))}", expected="fmt, then data")

    @property
    def is_plain(self) -> bool:
        """True for uncompressed samples, which this module reads itself."""
        return (self.code, self.bits) in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}

    def blocks(self, data: bytes, strict: bool) -> Iterator[NDArray[np.float32]]:
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise FormatError(f"{self.channels} channels", where="chunk fmt", expected=f"1 to {MAX_CHANNELS}")
        frame = self.channels * self.bits // 8
        available = min(self.length, len(data) - self.start)
        if available < self.length:
            _mend(f"{self.length} bytes of sound are stated, {available} are there", len(data), strict)
        for at in range(self.start, self.start + available - frame + 1, frame * _BLOCK):
            count = min(_BLOCK, (self.start + available - at) // frame)
            block = np.frombuffer(data, np.uint8, count * frame, at)
            yield self._values(block).reshape(count, self.channels)

    def _values(self, raw: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Convert bytes to numbers between -1 and 1."""
        if self.code == _FLOAT:
            with np.errstate(over="ignore", invalid="ignore"):
                floats: type_samples = raw.view(f"<f{self.bits // 8}").astype(np.float32)
            return floats
        if self.bits == 8:
            return ((raw.astype(np.float32) - 128) / 128).astype(np.float32)
        wide = np.zeros((len(raw) // (self.bits // 8), 4), dtype=np.uint8)
        wide[:, 4 - self.bits // 8 :] = raw.reshape(len(wide), -1)  # low bytes first: any width is 32 bits, scaled
        return (wide.view("<i4").ravel() / 2.0**31).astype(np.float32)


def _mend(what: str, offset: int | None, strict: bool) -> None:
    if strict:
        raise FormatError(what, where="" if offset is None else f"byte {offset}")
    warnings.warn(RepairWarning(what, offset), stacklevel=2)


def _by_soundfile(data: bytes, kind: str, strict: bool) -> Sound:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise MissingExtraError(f"soundfile, which reads {kind},", "transcribe") from error
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return _sound(_soundfile_blocks(file, strict), file.samplerate, file.channels)
    except soundfile.LibsndfileError as error:
        raise FormatError(f"a {kind} file that can't be read", advice=str(error).strip()) from error


def _soundfile_blocks(file: "object", strict: bool) -> Iterator[NDArray[np.float32]]:
    read = 0
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):  # type: ignore[attr-defined]
        read += len(block)
        yield block
    announced: int = file.frames  # type: ignore[attr-defined]
    if read < announced < 2**62:  # a stream of unknown length claims the largest number
        _mend(f"{announced} frames of sound are stated, {read} are there", None, strict)
