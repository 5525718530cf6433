"""Sound of a Score: our own synthesiser or a SoundFont, in a small room, at an even loudness, as samples or WAV.

A synthesiser gives dry stereo blocks; the room is put round them, the loudness is measured (ITU-R BS.1770), and one gain
for the whole piece brings it to the target. What would then pass -1 dBFS is bent, not cut. Everything runs in blocks, so
`stream_wav` of an hour needs no more memory than of a minute; it hears a long piece twice instead of keeping it.

>>> from componium.score import Score, Track, notes
>>> audio = render(Score(tracks=(Track(notes([(0, 480, 69)])),)), synth="additive")
>>> audio.samples.shape[1], audio.samples.dtype.name, audio.sample_rate
(2, 'float32', 44100)
"""

import io
import os
import wave
from collections.abc import Callable, Iterable, Iterator
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
MAX_SECONDS = 12 * 3600
MAX_SECONDS_IN_MEMORY = 3600  # 1.3 GB
_KEPT = 240  # seconds of sound that streaming keeps rather than makes twice: 85 MB
_WET = {"additive": 0.32, "soundfont": 0.22}

type_blocks = Callable[[], Iterable[type_wave]]


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
    source = _source(score, synth, soundfont, sample_rate, MAX_SECONDS_IN_MEMORY)
    kept = list(source())
    return Audio(np.concatenate(list(_mastered(lambda: kept, sample_rate, loudness))), sample_rate)


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

    Raises what `render` does (LimitError only over twelve hours), and OSError.
    """
    source = _source(score, synth, soundfont, sample_rate, MAX_SECONDS)
    if duration_seconds(score) <= _KEPT:
        kept = list(source())
        source = lambda: kept  # noqa: E731
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder) / path.name
        with open(part, "wb") as file:
            _encode(_mastered(source, sample_rate, loudness), sample_rate, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)


def write_wav(audio: Audio, path: str | Path) -> None:
    """Write sound to a 16-bit stereo WAV file, whole or not at all. Raises OSError."""
    write_atomic(Path(path), wav_bytes(audio))


def wav_bytes(audio: Audio, *, channels: int = 2) -> bytes:
    """The sound as a 16-bit WAV file, dithered, stereo or (channels=1) both sides mixed."""
    file = io.BytesIO()
    samples = audio.samples if channels == 2 else audio.samples.mean(axis=1, keepdims=True)
    _encode((samples,), audio.sample_rate, file)
    return file.getvalue()


def choose(synth: str = "auto", font: str | Path | None = None) -> str:
    """Which synthesiser "auto" stands for here and now: "soundfont" or "additive". Raises ControlError."""
    if synth not in SYNTHS:
        raise ControlError(f"no synthesiser is called {synth!r}", expected=f"one of {', '.join(SYNTHS)}")
    if synth != "auto":
        return synth
    return "soundfont" if font or fonts.available() else "additive"


def _source(score: Score, synth: str, font: str | Path | None, rate: int, limit: float) -> type_blocks:
    """A function that makes the blocks of the score in its room, from the start, each time it is called."""
    if not 8000 <= rate <= 192_000:
        raise ControlError(f"{rate} samples a second", expected="8000 to 192000")
    name = choose(synth, font)
    seconds = duration_seconds(score)
    if seconds > limit:
        raise LimitError(f"{seconds:.0f} seconds of music", expected=f"at most {limit:.0f}", advice="render a part of it")
    if not score.n_notes:
        return lambda: [np.zeros((rate // 2, 2), dtype=np.float32)]
    if name == "additive":
        return lambda: in_room(additive.blocks(score, rate), rate, _WET[name])
    path = fonts.find(font)
    return lambda: in_room(fonts.blocks(score, rate, path), rate, _WET[name])


def _mastered(source: type_blocks, rate: int, target: float) -> Iterator[type_wave]:
    """The blocks at the target loudness, no sample over the ceiling."""
    if not -60 <= target <= -6:
        raise ControlError(f"a loudness of {target} LUFS", expected="-60 to -6")
    meter = Meter(rate)
    for block in source():
        meter.add(block)
    gain = 10 ** ((target - meter.lufs) / 20) if meter.lufs > SILENCE else 1.0
    gain = min(gain, 2 * CEILING / max(meter.peak, 1e-9))  # 6 dB of the highest peaks may be bent, no more
    for block in source():
        yield _bent(block * np.float32(gain))


def _bent(block: type_wave) -> type_wave:
    """Samples above the knee bent towards the ceiling, the rest as it is."""
    size = np.abs(block)
    loud = size > KNEE
    if loud.any():
        room = CEILING - KNEE
        block[loud] = np.sign(block[loud]) * (KNEE + room * np.tanh((size[loud] - KNEE) / room))
    return block


def _encode(blocks: Iterable[type_wave], rate: int, file: BinaryIO) -> None:
    with wave.open(file, "wb") as out:
        out.setsampwidth(2)
        out.setframerate(rate)
        for at, block in enumerate(blocks):
            if at == 0:
                out.setnchannels(block.shape[1])
            out.writeframesraw(_to_int16(block))


def _to_int16(block: type_wave) -> bytes:
    dither = np.resize(_dither(), block.shape)
    scaled: bytes = np.rint(block * np.float32(32_767) + dither).clip(-32_768, 32_767).astype("<i2").tobytes()
    return scaled


@cache
def _dither() -> type_wave:
    """Noise of triangular distribution, one step of the 16 bits to either side: quantizing then adds hiss, not harm."""
    pairs = np.random.default_rng(16).random((2, 1 << 17), dtype=np.float32)
    noise: type_wave = pairs[0] - pairs[1]
    return noise
