"""Our own synthesiser: every note of a Score as a sum of damped partials, mixed in stereo, in blocks.

Needs numpy alone. A note's sound (its body) depends on the instrument, the pitch and whether it is played softly,
firmly or hard only, so each is made once, as long as the longest such note in the score, and every note is then a copy
of its start, made as loud as its velocity says, with the player's release put on the end.
Bodies are kept in a store of bounded size; what a block holds never depends on the length of the score.

Parts are spread from left to right in their order; drums stand where a drummer's would. Dry: the room comes after.
"""

from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.audio.damped import ramp, type_wave
from componium.audio.drums import drum_of, stroke
from componium.audio.tones import body, body_seconds
from componium.audio.voices import LAYERS, touched, voice_of
from componium.music.score import DEFAULT_VELOCITY, Score
from componium.music.time import tick_to_second

BLOCK = 1 << 16  # samples
STORE = 64 << 20  # bytes of bodies kept
MAX_NOTE = 24.0  # seconds; a longer note is taken up anew, as by a player who must breathe
WIDTH = 0.65  # how far out the outermost parts stand, 0 to 1

type_key = tuple[int, bool, int, int]  # of a body: program, is_drum, pitch, layer


class Player(NamedTuple):
    """What one part's notes are played on, and where it stands (-1 left, 1 right)."""

    program: int
    is_drum: bool
    pan: float


class Events(NamedTuple):
    """All notes of a score in order of onset, times in samples: columns of one length."""

    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]
    part: NDArray[np.int64]


def blocks(score: Score, rate: int = 44_100, part: int | None = None) -> Iterator[type_wave]:
    """The sound of a score, dry, as stereo blocks (T, 2) of float32; nothing for a score without notes.

    With `part` only that part is heard, just as it sounds among the others.
    """
    events = events_of(score, rate)
    bodies = _Bodies(players_of(score), events, rate)
    desk = _Desk()
    first = start = 0
    while first < len(events.onset) or desk.end:
        last = int(np.searchsorted(events.onset, start + BLOCK))
        for at in range(first, last):
            if part is not None and part != events.part[at]:
                continue
            wave, sides = bodies.note(at)
            desk.add(wave, int(events.onset[at]) - start, sides)
        yield desk.take(last=last == len(events.onset))
        first, start = last, start + BLOCK


def players_of(score: Score) -> list[Player]:
    """The player of each part: parts stand from left to right in their order, the drummer in the middle."""
    pitched = [track for track in score.tracks if not track.is_drum]
    places = iter(np.linspace(-WIDTH, WIDTH, len(pitched)) if len(pitched) > 1 else [0.0])
    return [Player(t.program, t.is_drum, 0.0 if t.is_drum else float(next(places))) for t in score.tracks]


def events_of(score: Score, rate: int, longest: float = MAX_NOTE) -> Events:
    """The notes of all parts, those over `longest` seconds cut into several, without velocity given the default one."""
    rows = [_part_events(score, part, rate, longest) for part in range(len(score.tracks))]
    nothing = [np.zeros(0, dtype=np.int64)] * 5
    columns = [np.concatenate(arrays) for arrays in zip(*rows, strict=True)] if rows else nothing
    order = np.argsort(columns[0], kind="stable")
    return Events(*(column[order] for column in columns))


def _part_events(score: Score, part: int, rate: int, longest: float) -> Events:
    notes = score.tracks[part].notes
    seconds = tick_to_second(score, np.stack([notes["onset"], notes["onset"] + notes["duration"]]))
    onset, offset = np.rint(seconds * rate).astype(np.int64)
    most = int(longest * rate)
    pieces = np.maximum(-(-(offset - onset) // most), 1)
    piece = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start = np.repeat(onset, pieces) + piece * most
    length = np.minimum(np.repeat(offset, pieces) - start, most)
    velocity = np.where(notes["velocity"] > 0, notes["velocity"], DEFAULT_VELOCITY).astype(np.int64)
    pitch, velocity = np.repeat(notes["pitch"].astype(np.int64), pieces), np.repeat(velocity, pieces)
    return Events(start, np.maximum(length, 1), pitch, velocity, np.full(len(start), part))


class _Bodies:
    """Makes each note's sound when it is asked for, and keeps those last used."""

    def __init__(self, players: list[Player], events: Events, rate: int) -> None:
        self._players, self._events, self._rate = players, events, rate
        self._kept: OrderedDict[type_key, type_wave] = OrderedDict()
        self._layer = np.searchsorted(LAYERS, events.velocity, side="right")
        self._bytes = 0
        self._longest: dict[type_key, int] = {}
        for part, pitch, layer, length in _longest_of(events, self._layer):
            key = self._key(part, pitch, layer)
            self._longest[key] = max(self._longest.get(key, 0), length)

    def _key(self, part: int, pitch: int, layer: int) -> type_key:
        player = self._players[part]
        return (0, True, pitch, 0) if player.is_drum else (player.program, False, pitch, layer)

    def note(self, at: int) -> tuple[type_wave, tuple[float, float]]:
        """The sound of event `at`, mono, and how loud it is left and right."""
        part, pitch = int(self._events.part[at]), int(self._events.pitch[at])
        gain = (int(self._events.velocity[at]) / 127) ** 1.6
        key, player = self._key(part, pitch, int(self._layer[at])), self._players[part]
        whole = self._body(key)
        if player.is_drum:
            return whole, _sides(drum_of(pitch).pan, gain)
        held = int(self._events.length[at])
        fade = _fade(voice_of(player.program).release, self._rate)[: max(len(whole) - held, 0)]
        wave = whole[: held + len(fade)].copy()
        wave[held:] *= fade
        return wave, _sides(player.pan, gain)

    def _body(self, key: type_key) -> type_wave:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        wave = _make(key, self._longest[key], self._rate)
        self._kept[key] = wave
        self._bytes += wave.nbytes
        while self._bytes > STORE and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return wave


def _longest_of(events: Events, layer: NDArray[np.int64]) -> Iterator[tuple[int, int, int, int]]:
    """Each (part, pitch, layer) there is, with the longest duration it has."""
    code = (events.part * 128 + events.pitch) * 3 + layer
    codes, which = np.unique(code, return_inverse=True)
    longest = np.zeros(len(codes), dtype=np.int64)
    np.maximum.at(longest, which, events.length)
    for one, length in zip(codes.tolist(), longest.tolist(), strict=True):
        yield one // 384, one // 3 % 128, one % 3, length


def _make(key: type_key, held: int, rate: int) -> type_wave:
    program, is_drum, pitch, layer = key
    if is_drum:
        return stroke(pitch, rate)
    voice = touched(program, layer)
    length = held + len(_fade(voice.release, rate))
    ring = body_seconds(voice, pitch) * rate
    return body(voice, pitch, int(min(length, ring)), rate, ends=length > ring)


@cache
def _fade(seconds: float, rate: int) -> type_wave:
    """How a note dies when it is let go: exponentially, and to nothing at the end."""
    length = int(2 * seconds * rate)
    falling = np.exp(-np.arange(length, dtype=np.float32) * np.float32(6.9 / max(length, 1)))
    fade: type_wave = falling * ramp(length)[::-1]
    return fade


def _sides(pan: float, gain: float) -> tuple[float, float]:
    """Left and right gain of equal power together, wherever the sound stands."""
    angle = (pan + 1) * np.pi / 4
    return gain * float(np.cos(angle)), gain * float(np.sin(angle))


class _Desk:
    """Sums what sounds from now on; `end` is how many samples of it there are."""

    def __init__(self) -> None:
        self._sum = np.zeros((2, 2 * BLOCK), dtype=np.float32)
        self.end = 0

    def add(self, wave: type_wave, at: int, sides: tuple[float, float]) -> None:
        """Let `wave` sound, `at` samples from now."""
        stop = at + len(wave)
        if stop > self._sum.shape[1]:
            self._sum = np.pad(self._sum, ((0, 0), (0, stop)))
        for side in (0, 1):
            self._sum[side, at:stop] += wave * np.float32(sides[side])
        self.end = max(self.end, stop)

    def take(self, *, last: bool) -> type_wave:
        """The next block; if no notes follow, `last`, it is no longer than what sounds."""
        block = self._sum[:, : min(self.end, BLOCK) if last else BLOCK].T.copy()
        rest = max(self.end - BLOCK, 0)
        self._sum[:, :rest] = self._sum[:, BLOCK : BLOCK + rest]
        self._sum[:, rest : rest + BLOCK] = 0
        self.end = rest
        return block
