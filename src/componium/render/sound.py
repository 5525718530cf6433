"""Sound of a Score, or of a Performance, as samples or as a file.

A synthesizer (the built-in one, or a SoundFont player) gives dry stereo blocks; reverberation is added, the loudness is
measured (ITU-R BS.1770), and one gain for the whole piece brings it to the target. A limiter reduces peaks that would
then pass -1 dBTP. `write` works in blocks, so an hour needs no more memory than a minute: sound that is not yet at its
loudness is on disk.

>>> from componium.music.score import Score, Track, notes
>>> audio = render(Score(tracks=(Track(notes([(0, 480, 69)])),)), synth="additive")
>>> audio.samples.shape[1], audio.samples.dtype.name, audio.sample_rate
(2, 'float32', 44100)
"""

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
from componium.music.instruments import INSTRUMENTS, SINGERS, SUNG_DEFAULT
from componium.music.played import Played, sounding
from componium.music.provenance import provenance_of
from componium.music.score import Score
from componium.music.time import duration_seconds
from componium.notation.programs import find_program
from componium.render import soundfont as fonts

__all__ = [
    "CEILING", "LOUDNESS", "PLAYS", "SUFFIXES", "SYNTHS", "Audio", "Written", "choose", "render", "wav_bytes", "write",
]  # fmt: skip

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")  # a literal: the registry reads it without importing this module
PLAYS = True
SYNTHS = ("auto", "additive", "soundfont")
LOUDNESS = -18.0  # LUFS
MAX_SECONDS = 3600  # in memory: 1.3 GB
MAX_TAIL = 60.0  # seconds
BLOCK = 1 << 16  # samples handled at a time
_MOST_BYTES = 0xF000_0000  # a WAV file counts its bytes in 32 bits
_MOST_STEMS = 64
_CHOIR = re.compile("choir|chor|coro|voice|aah|ooh", re.IGNORECASE)  # in the name of a part that is to be a choir
_WET = {"additive": 0.26, "soundfont": 0.2}


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Stereo sound: `samples` (T, 2), float32 of -1 to 1, at `sample_rate` Hz."""

    samples: type_wave
    sample_rate: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.sample_rate


class Written(NamedTuple):
    """The result of `write`.

    loudness: reached, in LUFS.
    stems: the file of each part, if stems were requested.
    """

    loudness: float
    stems: tuple[Path, ...] = ()


def render(
    piece: Score | Played,
    *,
    synth: str = "auto",
    soundfont: str | Path | None = None,
    sample_rate: int = 44_100,
    loudness: float = LOUDNESS,
    tail: float | None = None,
) -> Audio:
    """Render a score or a performance at a loudness, with no peak above -1 dBTP.

    synth: "additive" (built in), "soundfont" (General MIDI samples) or "auto" (default): a SoundFont if there is one,
        else the built-in synthesizer.
    soundfont: the .sf2 file to play; by default one that is installed.
    sample_rate: 8,000 to 192,000 Hz; default 44,100.
    loudness: -60 to -6 LUFS; default -18. It falls short where a peak would have to be reduced by over 12 dB.
    tail: seconds, 0 to 60, after the last note's end, faded out or filled with silence; by default all that rings.

    Raises ControlError for an option out of range, MissingExtraError if there is no SoundFont or no player for it,
    LimitError over one hour (use `write`).
    """
    _check(sample_rate, loudness, tail)
    blocks = list(_sound(sounding(piece), synth, soundfont, sample_rate, tail, MAX_SECONDS))
    gain, _ = find_gain(lambda: blocks, _measured(blocks, sample_rate), loudness, sample_rate)
    return Audio(np.concatenate(list(limit_peaks(blocks, gain, sample_rate))), sample_rate)


def write(
    piece: Score | Played,
    path: str | Path,
    *,
    synth: str = "auto",
    soundfont: str | Path | None = None,
    sample_rate: int = 44_100,
    loudness: float = LOUDNESS,
    tail: float | None = None,
    stems: bool = False,
) -> Written:
    """Render a score or a performance to a .wav, .flac, .ogg or .mp3 file.

    It is written whole or not at all.

    Memory is bounded. Options are as for `render`.

    With `stems` each part with notes also becomes a file of its own beside it, `tune-2-alto.wav` for part 2 of
    `tune.wav`, with reverberation and at the mix's gain (all lower by the same amount if one would clip), not limited:
    their sum is the mix before mastering. All have the same length.
    Raises what `render` does (LimitError only over 4 GB: six hours of one file or all stems), UnknownNameError for
    another suffix, MissingExtraError for all but WAV without soundfile, and OSError.
    """
    path, score = Path(path), sounding(piece)
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
        outputs = {path: limit_peaks(_mixed(spools), gain, sample_rate)}
        if stems:
            gain = min(gain, CEILING / max(spool.peak for spool in spools))
            outputs |= dict(zip(parts.values(), (_stem(spool, spools, gain) for spool in spools), strict=False))
        for number, (target, blocks) in enumerate(outputs.items()):
            _finish(blocks, sample_rate, folder / f"{number}{path.suffix}", target, score)
    return Written(reached, tuple(parts.values()) if stems else ())


def wav_bytes(audio: Audio, *, channels: int = 2) -> bytes:
    """Return sound as a 16-bit WAV file with dither.

    It is stereo, or, with channels=1, the mean of both channels.
    """
    file = io.BytesIO()
    samples = audio.samples if channels == 2 else audio.samples.mean(axis=1, keepdims=True)
    encode_wav((samples,), audio.sample_rate, file, channels)
    return file.getvalue()


def choose(synth: str = "auto", font: str | Path | None = None) -> str:
    """Return the synthesizer that "auto" is here and now: "soundfont" or "additive".

    Raises ControlError for an unknown name.
    """
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
    """Return blocks of a score, or of one part, with reverberation, before mastering."""
    name, score = choose(synth, font), _in_time(score)
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


def _in_time(score: Score) -> Score:
    """Return the score with parts that are a choir by name alone on SUNG_DEFAULT.

    A score that states no instrument for its sopranos is read as a choir, which is too slow for most of what is sung.
    """
    names = [track.name for track in score.tracks]
    tracks = (replace(track, program=SUNG_DEFAULT)
              if track.program in SINGERS and not track.is_drum and find_program(track.name, names) in SINGERS
              and not _CHOIR.search(track.name) else track for track in score.tracks)  # fmt: skip
    return replace(score, tracks=tuple(tracks))


def _cut(blocks: Iterable[type_wave], end: int, tail: int, rate: int) -> Iterator[type_wave]:
    """Cut sound at `tail` samples after `end`, with a fade-out.

    The fade is a quarter of a second, or the tail if that is shorter (10 ms at least).
    """
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
    """Sound on disk, as float32.

    length: samples.
    peak: the highest of them.
    """

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
    """Yield the sum of all spools, as long as the longest."""
    for blocks in zip_longest(*(spool.blocks() for spool in spools)):
        present = [block for block in blocks if block is not None]
        mix = np.zeros((max(map(len, present)), 2), dtype=np.float32)
        for block in present:
            mix[: len(block)] += block
        yield mix


def _stem(spool: _Spool, spools: Sequence[_Spool], gain: float) -> Iterator[type_wave]:
    """Yield one spool times `gain`, padded to the longest of all."""
    for block in spool.blocks():
        yield block * np.float32(gain)
    for start in range(spool.length, max(other.length for other in spools), BLOCK):
        yield np.zeros((min(BLOCK, max(other.length for other in spools) - start), 2), dtype=np.float32)


def _stem_paths(score: Score, path: Path) -> dict[int | None, Path]:
    """Return the file of each part that has notes, by the part's index."""
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


def _finish(blocks: Iterable[type_wave], rate: int, temporary: Path, target: Path, score: Score) -> None:
    encode(blocks, rate, temporary, {"title": score.title, "comment": provenance_of(score)})
    with open(temporary, "rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
