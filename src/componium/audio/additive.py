"""Additive synthesizer: each note of a Score as a sum of damped partials.

Needs numpy alone. A note's tone depends only on the instrument, the pitch and a dynamic layer, so each tone is computed
once, as long as the longest such note in the score; a note is a copy of its beginning, scaled by its velocity, with the
release at its end. Tones are kept in a cache of bounded size, and the memory for a block doesn't depend on the
length of the score.

Parts are panned from left to right in their order; drums have the positions of a drum kit. The output is dry:
`reverb` adds the room.
"""

from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.audio.drums import drum_of, stroke
from componium.audio.oscillators import ramp, type_wave
from componium.audio.presets import LAYER, LAYERS, preset_for_layer, preset_of
from componium.audio.tones import tone, tone_seconds
from componium.music.score import DEFAULT_VELOCITY, Score
from componium.music.time import tick_to_second

BLOCK = 1 << 16  # samples
CACHE_BYTES = 64 << 20  # of tones
VELOCITY_EXPONENT = 1.6  # amplitude is (velocity / 127) to this power
MAX_NOTE = 24.0  # seconds; a longer note is struck again, as by a player who must breathe
WIDTH = 0.65  # pan of the outermost parts, 0 to 1

type_key = tuple[int, bool, int, int]  # of a tone: program, is_drum, pitch, layer


class Player(NamedTuple):
    """The instrument of one part, and its pan (-1 left, 1 right)."""

    program: int
    is_drum: bool
    pan: float


class Events(NamedTuple):
    """The notes of a score in order of onset, times in samples: columns of one length."""

    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]
    part: NDArray[np.int64]


def blocks(score: Score, rate: int = 44_100, part: int | None = None) -> Iterator[type_wave]:
    """Synthesize a score, dry, as stereo blocks (T, 2) of float32.

    A score without notes gives no block.

    With `part`, a track's index, only that part sounds, exactly as it does in the mix.
    """
    events = note_events(score, rate)
    tones = _Tones(players(score), events, rate)
    mixer = _Mixer()
    first = start = 0
    while first < len(events.onset) or mixer.end:
        last = int(np.searchsorted(events.onset, start + BLOCK))
        for at in range(first, last):
            if part is not None and part != events.part[at]:
                continue
            wave, gains = tones.note(at)
            mixer.add(wave, int(events.onset[at]) - start, gains)
        yield mixer.take(last=last == len(events.onset))
        first, start = last, start + BLOCK


def players(score: Score) -> list[Player]:
    """Return the player of each part.

    Parts are panned from left to right in their order, drums to the middle.
    """
    pitched = [track for track in score.tracks if not track.is_drum]
    pans = iter(np.linspace(-WIDTH, WIDTH, len(pitched)) if len(pitched) > 1 else [0.0])
    return [Player(t.program, t.is_drum, 0.0 if t.is_drum else float(next(pans))) for t in score.tracks]


def note_events(score: Score, rate: int, longest: float = MAX_NOTE) -> Events:
    """Return the notes of all parts in order of onset.

    Notes over `longest` seconds are split, missing velocities set to the default.
    """
    rows = [_part_events(score, part, rate, longest) for part in range(len(score.tracks))]
    nothing = [np.zeros(0, dtype=np.int64)] * 5
    columns = [np.concatenate(arrays) for arrays in zip(*rows, strict=True)] if rows else nothing
    order = np.argsort(columns[0], kind="stable")
    return Events(*(column[order] for column in columns))


def _part_events(score: Score, part: int, rate: int, longest: float) -> Events:
    notes = score.tracks[part].notes
    seconds = tick_to_second(score, np.stack([notes["onset"], notes["onset"] + notes["duration"]]))
    onset, offset = np.rint(seconds * rate).astype(np.int64)
    limit = int(longest * rate)
    pieces = np.maximum(-(-(offset - onset) // limit), 1)
    piece = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start = np.repeat(onset, pieces) + piece * limit
    length = np.minimum(np.repeat(offset, pieces) - start, limit)
    velocity = np.where(notes["velocity"] > 0, notes["velocity"], DEFAULT_VELOCITY).astype(np.int64)
    pitch, velocity = np.repeat(notes["pitch"].astype(np.int64), pieces), np.repeat(velocity, pieces)
    return Events(start, np.maximum(length, 1), pitch, velocity, np.full(len(start), part))


class _Tones:
    """A cache of tones, computed on request; the least recently used are dropped."""

    def __init__(self, players: list[Player], events: Events, rate: int) -> None:
        self._players, self._events, self._rate = players, events, rate
        self._cached: OrderedDict[type_key, type_wave] = OrderedDict()
        self._layer = events.velocity // LAYER
        self._bytes = 0
        self._longest: dict[type_key, int] = {}
        for part, pitch, layer, length in _longest_of(events, self._layer):
            key = self._key(part, pitch, layer)
            self._longest[key] = max(self._longest.get(key, 0), length)

    def _key(self, part: int, pitch: int, layer: int) -> type_key:
        player = self._players[part]
        return (0, True, pitch, 0) if player.is_drum else (player.program, False, pitch, layer)

    def note(self, at: int) -> tuple[type_wave, tuple[float, float]]:
        """Return the mono sound of event `at`, and its gains left and right."""
        part, pitch = int(self._events.part[at]), int(self._events.pitch[at])
        gain = (int(self._events.velocity[at]) / 127) ** VELOCITY_EXPONENT
        key, player = self._key(part, pitch, int(self._layer[at])), self._players[part]
        tone_ = self._tone(key)
        if player.is_drum:
            return tone_, _stereo_gains(drum_of(pitch).pan, gain)
        held = int(self._events.length[at])
        fade = _fade(preset_of(player.program).release, self._rate)[: max(len(tone_) - held, 0)]
        wave = tone_[: held + len(fade)].copy()
        wave[held:] *= fade
        return wave, _stereo_gains(player.pan, gain)

    def _tone(self, key: type_key) -> type_wave:
        if key in self._cached:
            self._cached.move_to_end(key)
            return self._cached[key]
        wave = _synthesize(key, self._longest[key], self._rate)
        self._cached[key] = wave
        self._bytes += wave.nbytes
        while self._bytes > CACHE_BYTES and len(self._cached) > 1:
            self._bytes -= self._cached.popitem(last=False)[1].nbytes
        return wave


def _longest_of(events: Events, layer: NDArray[np.int64]) -> Iterator[tuple[int, int, int, int]]:
    """Yield each (part, pitch, layer) that occurs, with its longest duration."""
    code = (events.part * 128 + events.pitch) * LAYERS + layer
    codes, index = np.unique(code, return_inverse=True)
    longest = np.zeros(len(codes), dtype=np.int64)
    np.maximum.at(longest, index, events.length)
    for value, length in zip(codes.tolist(), longest.tolist(), strict=True):
        yield value // (128 * LAYERS), value // LAYERS % 128, value % LAYERS, length


def _synthesize(key: type_key, held: int, rate: int) -> type_wave:
    program, is_drum, pitch, layer = key
    if is_drum:
        return stroke(pitch, rate)
    preset = preset_for_layer(program, layer)
    length = held + len(_fade(preset.release, rate))
    ring = tone_seconds(preset, pitch) * rate
    return tone(preset, pitch, int(min(length, ring)), rate, ends=length > ring)


@cache
def _fade(seconds: float, rate: int) -> type_wave:
    """Return the release envelope: an exponential decay that reaches 0 at its end."""
    length = int(2 * seconds * rate)
    falling = np.exp(-np.arange(length, dtype=np.float32) * np.float32(6.9 / max(length, 1)))
    fade: type_wave = falling * ramp(length)[::-1]
    return fade


def _stereo_gains(pan: float, gain: float) -> tuple[float, float]:
    """Return the left and right gain; their power is the same at any pan."""
    angle = (pan + 1) * np.pi / 4
    return gain * float(np.cos(angle)), gain * float(np.sin(angle))


class _Mixer:
    """The sum of all that sounds from the current block on.

    `end` is its length in samples.
    """

    def __init__(self) -> None:
        self._sum = np.zeros((2, 2 * BLOCK), dtype=np.float32)
        self.end = 0

    def add(self, wave: type_wave, at: int, gains: tuple[float, float]) -> None:
        """Add a mono wave, `at` samples after the start of the current block."""
        stop = at + len(wave)
        if stop > self._sum.shape[1]:
            self._sum = np.pad(self._sum, ((0, 0), (0, stop)))
        for channel in (0, 1):
            self._sum[channel, at:stop] += wave * np.float32(gains[channel])
        self.end = max(self.end, stop)

    def take(self, *, last: bool) -> type_wave:
        """Return the current block and advance.

        The `last` block, after all notes, ends where the sound does.
        """
        block = self._sum[:, : min(self.end, BLOCK) if last else BLOCK].T.copy()
        remaining = max(self.end - BLOCK, 0)
        self._sum[:, :remaining] = self._sum[:, BLOCK : BLOCK + remaining]
        self._sum[:, remaining : remaining + BLOCK] = 0
        self.end = remaining
        return block
