"""Sound of a Score: our own synthesizer or a SoundFont, in a small room, at an even loudness, as samples or a file.

A synthesizer gives dry stereo blocks; the room is put round them, the loudness is measured (ITU-R BS.1770), and one
gain for the whole piece brings it to the target. What would then pass -1 dBTP is turned down for that moment. `write`
runs in blocks, so an hour needs no more memory than a minute: what is not yet at its loudness lies on disk.

>>> from componium.music.score import Score, Track, notes
>>> audio = render(Score(tracks=(Track(notes([(0, 480, 69)])),)), synth="additive")
>>> audio.samples.shape[1], audio.samples.dtype.name, audio.sample_rate
(2, 'float32', 44100)
"""

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from componium.audio import additive
from componium.audio.files import check, encode, encode_wav
from componium.audio.limiter import CEILING, limit_peaks
from componium.audio.loudness import LoudnessMeter
from componium.audio.mastering import find_gain
from componium.audio.oscillators import ramp, type_wave
from componium.audio.reverb import add_reverb
from componium.errors import ControlError, LimitError
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Score
from componium.music.time import duration_seconds
from componium.render import soundfont as fonts

__all__ = ["CEILING", "LOUDNESS", "SUFFIXES", "SYNTHS", "Audio", "Written", "choose", "render", "wav_bytes", "write"]

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")  # a literal: the registry reads it without importing this module
SYNTHS = ("auto", "additive", "soundfont")
LOUDNESS = -18.0  # LUFS
MAX_SECONDS = 3600  # in memory: 1.3 GB
MAX_TAIL = 60.0  # seconds
BLOCK = 1 << 16  # samples handled at a time
_MOST_BYTES = 0xF000_0000  # a WAV file counts its bytes in 32 bits
_MOST_STEMS = 64
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


class Written(NamedTuple):
    """What `write` made: the loudness reached in LUFS, and the file of each part if stems were asked for."""

    loudness: float
    stems: tuple[Path, ...] = ()


def render(
    score: Score,
    *,
    synth: str = "auto",
    soundfont: str | Path | None = None,
    sample_rate: int = 44_100,
    loudness: float = LOUDNESS,
    tail: float | None = None,
) -> Audio:
    """The sound of a score at `loudness` LUFS (-60 to -6), no peak above -1 dBTP.

    `synth` is "additive" (ours), "soundfont" (General MIDI samples, from the .sf2 file `soundfont` or one that is
    installed), or "auto": the SoundFont if one can be had, else ours. 8,000 to 192,000 samples a second. `tail` is how
    many seconds follow the last note's end, faded out or filled with silence; by default the sound rings as it does.
    The loudness falls short where a peak would have to come down by over 12 dB.
    Raises ControlError for an option out of range, MissingExtraError if there is no SoundFont or no player for it,
    LimitError over one hour (use `write`).
    """
    _check(sample_rate, loudness, tail)
    kept = list(_sound(score, synth, soundfont, sample_rate, tail, MAX_SECONDS))
    gain, _ = find_gain(lambda: kept, _measured(kept, sample_rate), loudness, sample_rate)
    return Audio(np.concatenate(list(limit_peaks(kept, gain, sample_rate))), sample_rate)


def write(
    score: Score,
    path: str | Path,
    *,
    synth: str = "auto",
    soundfont: str | Path | None = None,
    sample_rate: int = 44_100,
    loudness: float = LOUDNESS,
    tail: float | None = None,
    stems: bool = False,
) -> Written:
    """Render a score to a .wav, .flac, .ogg or .mp3 file, in bounded memory, whole or not at all; options as `render`.

    With `stems` each part with notes also becomes a file of its own beside it, `tune-2-alto.wav` for part 2 of
    `tune.wav`, in the room and at the mix's gain (all alike lower if one would clip), not limited: their sum is the
    mix before mastering. All are of one length.
    Raises what `render` does (LimitError only over 4 GB: six hours of one file or all stems), UnknownNameError for
    another suffix, MissingExtraError for all but WAV without soundfile, and OSError.
    """
    path = Path(path)
    check(path.suffix.lower(), sample_rate)
    _check(sample_rate, loudness, tail)
    parts = _stem_paths(score, path) if stems else {None: path}
    limit = _MOST_BYTES / (4 * sample_rate) / max(len(parts), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as name:
        folder = Path(name)
        sounds = (_sound(score, synth, soundfont, sample_rate, tail, limit, part) for part in parts or (None,))
        spools = [_Spool.of(sound, folder / f"{number}.f32") for number, sound in enumerate(sounds)]
        gain, reached = find_gain(lambda: _mixed(spools), _measured(_mixed(spools), sample_rate), loudness, sample_rate)
        done = {path: limit_peaks(_mixed(spools), gain, sample_rate)}
        if stems:
            gain = min(gain, CEILING / max(spool.peak for spool in spools))
            done |= dict(zip(parts.values(), (_stem(spool, spools, gain) for spool in spools), strict=False))
        for number, (target, blocks) in enumerate(done.items()):
            _finish(blocks, sample_rate, folder / f"{number}{path.suffix}", target)
    return Written(reached, tuple(parts.values()) if stems else ())


def wav_bytes(audio: Audio, *, channels: int = 2) -> bytes:
    """The sound as a 16-bit WAV file, dithered, stereo or (channels=1) both sides mixed."""
    file = io.BytesIO()
    samples = audio.samples if channels == 2 else audio.samples.mean(axis=1, keepdims=True)
    encode_wav((samples,), audio.sample_rate, file, channels)
    return file.getvalue()


def choose(synth: str = "auto", font: str | Path | None = None) -> str:
    """Which synthesizer "auto" stands for here and now: "soundfont" or "additive". Raises ControlError."""
    if synth not in SYNTHS:
        raise ControlError(f"no synthesizer is called {synth!r}", expected=f"one of {', '.join(SYNTHS)}")
    if synth != "auto":
        return synth
    return "soundfont" if font or fonts.available() else "additive"


def _check(rate: int, loudness: float, tail: float | None) -> None:
    if not 8000 <= rate <= 192_000:
        raise ControlError(f"{rate} samples a second", expected="8000 to 192000")
    if not -60 <= loudness <= -6:
        raise ControlError(f"a loudness of {loudness} LUFS", expected="-60 to -6")
    if tail is not None and not 0 <= tail <= MAX_TAIL:
        raise ControlError(f"a tail of {tail} s", expected=f"0 to {MAX_TAIL:g}")


def _sound(
    score: Score, synth: str, font: str | Path | None, rate: int, tail: float | None, limit: float,
    part: int | None = None,
) -> Iterable[type_wave]:
    """The score, or one part of it, in its room, block after block, at whatever loudness comes out."""
    name = choose(synth, font)
    seconds = duration_seconds(score)
    if seconds > limit:
        raise LimitError(f"{seconds:.0f} s of music", expected=f"at most {limit:.0f} s", advice="render a part of it")
    if not score.n_notes:
        return [np.zeros((rate // 2, 2), dtype=np.float32)]
    if name == "additive":
        dry = additive.blocks(score, rate, part)
    else:
        dry = fonts.blocks(score, rate, fonts.find(font), part)
    sound = add_reverb(dry, rate, _WET[name])
    return sound if tail is None else _cut(sound, round(seconds * rate), round(tail * rate), rate)


def _cut(blocks: Iterable[type_wave], end: int, tail: int, rate: int) -> Iterator[type_wave]:
    """The sound up to `tail` samples after `end`, its last quarter second (10 ms at least) of ringing faded out."""
    length, at = end + tail, 0
    fade = min(max(tail, rate // 100), rate // 4, length)
    fall = ramp(fade)[::-1, None]
    for block in blocks:
        if at >= length:
            return
        block = block[: length - at].copy()
        late = min(max(length - fade - at, 0), len(block))  # where in this block the fade goes on
        block[late:] *= fall[at + late - (length - fade) :][: len(block) - late]
        yield block
        at += len(block)
    for start in range(at, length, BLOCK):
        yield np.zeros((min(BLOCK, length - start), 2), dtype=np.float32)


def _measured(blocks: Iterable[type_wave], rate: int) -> LoudnessMeter:
    meter = LoudnessMeter(rate)
    for block in blocks:
        meter.add(block)
    return meter


class _Spool(NamedTuple):
    """A sound on disk, as float32: where, how many samples, and the highest of them."""

    path: Path
    length: int
    peak: float

    @classmethod
    def of(cls, blocks: Iterable[type_wave], path: Path) -> "_Spool":
        length, peak = 0, 1e-9
        with open(path, "wb") as file:
            for block in blocks:
                file.write(np.ascontiguousarray(block).data)
                length, peak = length + len(block), max(peak, float(np.abs(block).max(initial=0)))
        return cls(path, length, peak)

    def blocks(self) -> Iterator[type_wave]:
        with open(self.path, "rb") as file:
            while data := file.read(8 * BLOCK):
                yield np.frombuffer(data, np.float32).reshape(-1, 2)


def _mixed(spools: Sequence[_Spool]) -> Iterator[type_wave]:
    """The sum of all, as long as the longest."""
    for blocks in zip_longest(*(spool.blocks() for spool in spools)):
        there = [block for block in blocks if block is not None]
        mix = np.zeros((max(map(len, there)), 2), dtype=np.float32)
        for block in there:
            mix[: len(block)] += block
        yield mix


def _stem(spool: _Spool, spools: Sequence[_Spool], gain: float) -> Iterator[type_wave]:
    """One sound times `gain`, made as long as the longest of all."""
    for block in spool.blocks():
        yield block * np.float32(gain)
    for start in range(spool.length, max(other.length for other in spools), BLOCK):
        yield np.zeros((min(BLOCK, max(other.length for other in spools) - start), 2), dtype=np.float32)


def _stem_paths(score: Score, path: Path) -> dict[int | None, Path]:
    """The file of each part that has notes, by the part's place in the score."""
    sounding = [part for part, track in enumerate(score.tracks) if len(track.notes)]
    if len(sounding) > _MOST_STEMS:
        raise LimitError(f"{len(sounding)} stems", expected=f"at most {_MOST_STEMS}")
    paths: dict[int | None, Path] = {}
    for part in sounding:
        track = score.tracks[part]
        name = track.name or ("drums" if track.is_drum else INSTRUMENTS[track.program].name)
        slug = re.sub(r"\W+", "-", name.lower()).strip("-")[:40] or "part"
        paths[part] = path.with_name(f"{path.stem}-{part + 1}-{slug}{path.suffix}")
    return paths


def _finish(blocks: Iterable[type_wave], rate: int, made: Path, target: Path) -> None:
    encode(blocks, rate, made)
    with open(made, "rb+") as file:
        os.fsync(file.fileno())
    made.replace(target)
