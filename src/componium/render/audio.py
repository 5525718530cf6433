"""Sound of a Score: our own synthesiser or a SoundFont, in a small room, at an even loudness, as samples or WAV.

A synthesiser gives dry stereo blocks; the room is put round them, the loudness is measured (ITU-R BS.1770), and one
gain for the whole piece brings it to the target. What would then pass -1 dBFS is bent, not cut. Everything runs in
blocks, so `stream_wav` of an hour needs no more memory than of a minute: what is not yet at its loudness lies on disk.

>>> from componium.score import Score, Track, notes
>>> audio = render(Score(tracks=(Track(notes([(0, 480, 69)])),)), synth="additive")
>>> audio.samples.shape[1], audio.samples.dtype.name, audio.sample_rate
(2, 'float32', 44100)
"""

import io
import os
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np

from componium._files import write_atomic
from componium.errors import ControlError, LimitError
from componium.render import additive
from componium.render import soundfont as fonts
from componium.render._damped import type_wave
from componium.render._loudness import SILENCE, Meter
from componium.render._room import in_room
from componium.score import Score
from componium.time import duration_seconds

SYNTHS = ("auto", "additive", "soundfont")
LOUDNESS = -18.0  # LUFS
CEILING = 10 ** (-1 / 20)  # -1 dBFS: the highest sample
KNEE = 0.6  # from here on loud samples are bent
MAX_SECONDS = 3600  # in memory: 1.3 GB
BLOCK = 1 << 16  # samples handled at a time
_MOST_BYTES = 0xF000_0000  # a WAV file counts its bytes in 32 bits
_WET = {"additive": 0.26, "soundfont": 0.2}


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Stereo sound: `samples` (T, 2) of float32 between -1 and 1, `sample_rate` a second."""

    samples: type_wave
    sample_rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.sample_rate


def render(
    score: Score,
    *,
    synth: str = "auto",
    soundfont: str | Path | None = None,
    sample_rate: int = 44_100,
    loudness: float = LOUDNESS,
) -> Audio:
    """The sound of a score, with its tail, at `loudness` LUFS, no sample above -1 dBFS.

    `synth` is "additive" (ours), "soundfont" (General MIDI samples, from the .sf2 file `soundfont` or one that is
    installed), or "auto": the SoundFont if one can be had, else ours. 8,000 to 192,000 samples a second.
    Raises ControlError for an option out of range, MissingExtraError if there is no SoundFont or no player for it,
    LimitError over one hour (use `stream_wav`).
    """
    _check(sample_rate, loudness)
    meter, kept = Meter(sample_rate), []
    for block in _sound(score, synth, soundfont, sample_rate, MAX_SECONDS):
        meter.add(block)
        kept.append(block)
    gain = _gain(meter, loudness)
    return Audio(np.concatenate([_mastered(block, gain) for block in kept]), sample_rate)


def stream_wav(
    score: Score,
    path: str | Path,
    *,
    synth: str = "auto",
    soundfont: str | Path | None = None,
    sample_rate: int = 44_100,
    loudness: float = LOUDNESS,
) -> None:
    """Render a score straight to a 16-bit WAV file, in bounded memory, whole or not at all; options as for `render`.

    Raises what `render` does (LimitError only over 4 GB: six hours), and OSError.
    """
    _check(sample_rate, loudness)
    blocks = _sound(score, synth, soundfont, sample_rate, _MOST_BYTES / (4 * sample_rate))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder) / path.name
        with open(Path(folder) / "sound", "w+b") as spool, open(part, "wb") as file:
            gain = _gain(_spooled(blocks, sample_rate, spool), loudness)
            _encode((_mastered(block, gain) for block in _chunks(spool)), sample_rate, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def write_wav(audio: Audio, path: str | Path) -> None:
    """Write sound to a 16-bit stereo WAV file, whole or not at all. Raises OSError."""
    write_atomic(Path(path), wav_bytes(audio))


def wav_bytes(audio: Audio, *, channels: int = 2) -> bytes:
    """The sound as a 16-bit WAV file, dithered, stereo or (channels=1) both sides mixed."""
    file = io.BytesIO()
    samples = audio.samples if channels == 2 else audio.samples.mean(axis=1, keepdims=True)
    _encode((samples,), audio.sample_rate, file, channels)
    return file.getvalue()


def choose(synth: str = "auto", font: str | Path | None = None) -> str:
    """Which synthesiser "auto" stands for here and now: "soundfont" or "additive". Raises ControlError."""
    if synth not in SYNTHS:
        raise ControlError(f"no synthesiser is called {synth!r}", expected=f"one of {', '.join(SYNTHS)}")
    if synth != "auto":
        return synth
    return "soundfont" if font or fonts.available() else "additive"


def _check(rate: int, loudness: float) -> None:
    if not 8000 <= rate <= 192_000:
        raise ControlError(f"{rate} samples a second", expected="8000 to 192000")
    if not -60 <= loudness <= -6:
        raise ControlError(f"a loudness of {loudness} LUFS", expected="-60 to -6")


def _sound(score: Score, synth: str, font: str | Path | None, rate: int, limit: float) -> Iterable[type_wave]:
    """The score in its room, block after block, at whatever loudness comes out."""
    name = choose(synth, font)
    seconds = duration_seconds(score)
    if seconds > limit:
        raise LimitError(f"{seconds:.0f} s of music", expected=f"at most {limit:.0f} s", advice="render a part of it")
    if not score.n_notes:
        return [np.zeros((rate // 2, 2), dtype=np.float32)]
    dry = additive.blocks(score, rate) if name == "additive" else fonts.blocks(score, rate, fonts.find(font))
    return in_room(dry, rate, _WET[name])


def _gain(meter: Meter, target: float) -> float:
    """What to multiply the measured sound with; at most 6 dB of its highest peaks will have to be bent."""
    gain = 10 ** ((target - meter.lufs) / 20) if meter.lufs > SILENCE else 1.0
    return float(min(gain, 2 * CEILING / max(meter.peak, 1e-9)))


def _spooled(blocks: Iterable[type_wave], rate: int, spool: BinaryIO) -> Meter:
    meter = Meter(rate)
    for block in blocks:
        meter.add(block)
        spool.write(np.ascontiguousarray(block).data)
    return meter


def _chunks(spool: BinaryIO) -> Iterator[type_wave]:
    spool.seek(0)
    while data := spool.read(8 * BLOCK):
        yield np.frombuffer(data, np.float32).reshape(-1, 2)


def _mastered(block: type_wave, gain: float) -> type_wave:
    """The block times `gain`, samples above the knee bent towards the ceiling."""
    block = block * np.float32(gain)
    size = np.abs(block)
    loud = size > KNEE
    if loud.any():
        room = CEILING - KNEE
        block[loud] = np.sign(block[loud]) * (KNEE + room * np.tanh((size[loud] - KNEE) / room))
    return block


def _encode(blocks: Iterable[type_wave], rate: int, file: BinaryIO, channels: int = 2) -> None:
    with wave.open(file, "wb") as out:
        out.setsampwidth(2)
        out.setframerate(rate)
        out.setnchannels(channels)
        for block in blocks:
            for at in range(0, len(block), BLOCK):
                out.writeframesraw(_to_int16(block[at : at + BLOCK]))


def _to_int16(block: type_wave) -> bytes:
    scaled = block * np.float32(32_767)
    scaled += _dither()[: len(block), : block.shape[1]]
    np.rint(scaled, out=scaled)
    return scaled.clip(-32_768, 32_767, out=scaled).astype("<i2").tobytes()


@cache
def _dither() -> type_wave:
    """Noise of triangular distribution, one step of the 16 bits to either side: quantizing then adds hiss, not harm."""
    pairs = np.random.default_rng(16).random((2, BLOCK, 2), dtype=np.float32)
    noise: type_wave = pairs[0] - pairs[1]
    return noise
