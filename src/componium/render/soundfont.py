"""Sound of a Score by a SoundFont (.sf2), which holds recorded instruments.

The player is the Python package tinysoundfont or, without it and for compressed fonts (.sf3), the program `fluidsynth`
on the PATH, run without a shell on a temporary MIDI file. The font is the file requested, or that of
COMPONIUM_SOUNDFONT, or the best one installed that can be played (`soundfont_files`). The output is dry:
`audio.reverb` adds the room.
"""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.audio.additive import VELOCITY_EXPONENT, Events, Player, note_events, players
from componium.audio.oscillators import type_wave
from componium.errors import FormatError, MissingExtraError, NotThisFormatError
from componium.formats import write
from componium.music.score import Score, notes
from componium.music.strikes import end_at_next_strike
from componium.music.time import duration_seconds
from componium.render.soundfont_files import VARIABLE, installed_fonts, is_compressed

BLOCK = 1 << 16  # samples
QUIET = 1e-4  # peak of a block below which the tail has ended
SILENT = 1e-6  # below which samples at the end are left out
MAX_TAIL = 10.0  # seconds
MAX_SECONDS = 1e9  # no note is split
_CHANNELS = 16  # of one synthesizer
_PAN = 10  # MIDI controller
_TIME_LIMIT = 3600  # seconds


def player(font: Path | None = None) -> str | None:
    """Return the player of a font: "tinysoundfont", "fluidsynth", or None.

    Only fluidsynth plays a compressed font. Raises OSError.
    """
    if importlib.util.find_spec("tinysoundfont") and not (font and is_compressed(font)):
        return "tinysoundfont"
    return "fluidsynth" if shutil.which("fluidsynth") else None


def installed() -> Path | None:
    """Return the SoundFont of COMPONIUM_SOUNDFONT, else the best that can be played."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return next((font for font in installed_fonts() if player(font)), None)


def available() -> bool:
    """Return True if there are a player and a font."""
    return not lacking()


def lacking() -> str:
    """Return what is missing to play a SoundFont, in words; empty if nothing is."""
    if player() is None:
        return "a SoundFont player (tinysoundfont or fluidsynth)"
    return "" if installed() else "a General MIDI SoundFont"


def find(path: str | Path | None = None) -> Path:
    """Return the font to play: `path`, checked, or the installed one.

    Raises MissingExtraError if there is no player or no font, FormatError if the file isn't a SoundFont or is a
    compressed one that the player can't play, OSError.
    """
    font = Path(path) if path else installed()
    if font is None or player() is None:
        raise MissingExtraError(lacking(), "sound")
    with open(font, "rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise NotThisFormatError("not a SoundFont", where=str(font), expected="a RIFF file of form sfbk (.sf2)")
    if player(font) is None:
        raise FormatError("a compressed SoundFont", where=str(font), expected="an .sf2 file, or the program fluidsynth")
    return font


def blocks(score: Score, rate: int, font: Path, part: int | None = None) -> Iterator[type_wave]:
    """Synthesize a score, dry, as stereo blocks (T, 2) of float32, with its tail.

    The same score gives the same sound. There is no silence at its end.

    With `part`, a track's index, only that part sounds, exactly as it does in the mix.
    """
    end = round(duration_seconds(score) * rate)
    if player(font) == "tinysoundfont":
        return _trim(_by_tinysoundfont(score, rate, font, part), end)
    return _trim(_by_fluidsynth(score if part is None else _solo(score, part), rate, font), end)


def _trim(blocks: Iterable[type_wave], end: int) -> Iterator[type_wave]:
    """Yield sound without the silence behind sample `end`."""
    silent: list[type_wave] = []
    for block in blocks:
        heard = np.flatnonzero(np.abs(block).max(axis=1) > SILENT)
        stop = max(int(heard[-1]) + 1 if len(heard) else 0, min(max(end, 0), len(block)))
        if stop:
            yield from (*silent, block[:stop])
            silent = []
        if stop < len(block):
            silent.append(block[stop:])
        end -= len(block)


def _solo(score: Score, part: int) -> Score:
    """Return the score with all parts but one silent."""
    tracks = (track if at == part else replace(track, notes=notes()) for at, track in enumerate(score.tracks))
    return replace(score, tracks=tuple(tracks))


def _by_tinysoundfont(score: Score, rate: int, font: Path, part: int | None) -> Iterator[type_wave]:
    events = note_events(score, rate, longest=MAX_SECONDS)
    synths, slots = _assign_channels(players(score), rate, font)
    messages = _messages(events, slots)
    at, played, level = 0, 0, 1.0
    end = int((events.onset + events.length).max(initial=0))
    while at < end or (level > QUIET and at < end + MAX_TAIL * rate):
        last = int(np.searchsorted(messages[:, 0], at + BLOCK))
        block = _play(synths, messages[played:last], at, part)
        level = float(np.abs(block).max())
        yield block
        at, played = at + BLOCK, last


def _assign_channels(players: list[Player], rate: int, font: Path) -> tuple[list[Any], list[int]]:
    """Return synthesizers of 16 channels for the parts, and each part's slot.

    The slot is 16 * synthesizer + channel.
    """
    import tinysoundfont

    # With more parts than channels, parts of one program share a channel.
    few = len(players) <= _CHANNELS
    keys = [part if few else (player.program, player.is_drum) for part, player in enumerate(players)]
    slot_of = {key: slot for slot, key in enumerate(dict.fromkeys(keys))}
    synths = [tinysoundfont.Synth(samplerate=rate) for _ in range(0, len(slot_of), _CHANNELS)]
    fonts = [_load(synth, font) for synth in synths]
    for key, player in zip(keys, players, strict=True):
        index, channel = divmod(slot_of[key], _CHANNELS)
        bank = 128 if player.is_drum else 0
        program = 0 if player.is_drum else player.program
        synths[index].program_select(channel, fonts[index], bank, program, player.is_drum)
        synths[index].control_change(channel, _PAN, int(64 + 63 * player.pan))
    return synths, [slot_of[key] for key in keys]


def _load(synth: Any, font: Path) -> int:
    try:
        number: int = synth.sfload(str(font))
    except RuntimeError as error:
        raise FormatError("a SoundFont that can't be loaded", where=str(font), expected="a whole .sf2 file") from error
    return number


def _messages(events: Events, slots: list[int]) -> NDArray[np.int64]:
    """Return the note-on and note-off messages, in order, off before on.

    A velocity of 0 is off. A note ends at the latest where its key is struck again on its channel: the player releases
    one voice at a note-off, so that the other of two on one key would never end.

    Velocities are mapped to the dynamics of our own synthesizer: tinysoundfont's amplitude is linear in velocity, half
    of what SoundFont 2.01 (section 8.4.1) prescribes in dB.

    Rows (sample, velocity, slot, pitch, part).
    """
    velocity = np.rint(127 * (events.velocity / 127) ** VELOCITY_EXPONENT).astype(np.int64).clip(1)
    slot = np.array(slots, dtype=np.int64)[events.part]
    kept, offset = end_at_next_strike(128 * slot + events.pitch, events.onset, events.onset + events.length)
    down = np.stack([events.onset, velocity, slot, events.pitch, events.part], axis=1)[kept]
    up = np.stack([offset, 0 * slot, slot, events.pitch, events.part], axis=1)[kept]
    messages = np.concatenate([up, down])
    return messages[np.lexsort((messages[:, 1], messages[:, 0]))]


def _play(synths: list[Any], messages: NDArray[np.int64], start: int, only: int | None) -> type_wave:
    """Play one block from sample `start` on, with the events in it.

    The synthesizers advance their envelopes in steps from call to call, so they stop at every part's events, even if
    only one part sounds: it is then as it is in the mix.
    """
    block = np.zeros((BLOCK, 2), dtype=np.float32)
    at = 0
    for sample, velocity, slot, pitch, part in messages.tolist():
        _fill(synths, block[at : sample - start])
        at = sample - start
        if only not in (None, part):
            continue
        synth, channel = synths[slot // _CHANNELS], slot % _CHANNELS
        if velocity:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    _fill(synths, block[at:])
    return block


def _fill(synths: list[Any], block: type_wave) -> None:
    if len(block):
        for synth in synths:
            block += np.frombuffer(synth.generate_simple(len(block)), "<f4").reshape(-1, 2)


def _by_fluidsynth(score: Score, rate: int, font: Path) -> Iterator[type_wave]:
    with TemporaryDirectory() as folder:
        raw, tune = Path(folder) / "sound.raw", Path(folder) / "tune.mid"
        write(score, tune)
        dry = ["-R", "0", "-C", "0", "-g", "0.5", "-r", str(rate)]
        dry += ["-o", "synth.dynamic-sample-loading=1"]  # only the instruments that play
        command = ["fluidsynth", "-ni", "-q", *dry, "-T", "raw", "-O", "float", "-F", str(raw), str(font), str(tune)]
        process = subprocess.run(command, capture_output=True, timeout=_TIME_LIMIT, check=False)
        message = process.stderr.decode(errors="replace")
        if process.returncode or "Failed to load" in message or not raw.exists():  # it would play another font instead
            raise FormatError("fluidsynth can't play this", where=str(font), advice=message.strip()[-300:])
        with open(raw, "rb") as file:
            while data := file.read(8 * BLOCK):
                yield np.frombuffer(data[: len(data) // 8 * 8], "<f4").reshape(-1, 2).copy()
