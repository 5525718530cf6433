"""How wishes steer the sampling of the `events` codec: what is wished for becomes what may come next.

The prefix, which says what kind of piece this is, isn't left to the model: it is drawn from those of the training
pieces (usual.py). From there on the grammar's mask is narrowed, so that every wish holds by construction.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.codecs.events.closing import Closing, beat_of
from componium.codecs.events.codec import KEY, METER, STYLE, UNKNOWN, Events
from componium.codecs.events.grammar import fold
from componium.codecs.events.grid import DURATIONS, POSITIONS
from componium.codecs.events.key_pitches import KeyPitches
from componium.codecs.events.leanings import Leanings
from componium.codecs.events.prefix import Ends, are_drums, choose_ends, choose_prefix, wished_ids
from componium.codecs.events.survey import NARROWEST, type_range
from componium.codecs.frames import Frames
from componium.codecs.steps.frames_guide import FramesGuide
from componium.codecs.steps.guide import PlainGuide, plain_guide
from componium.decoding.constraints.figures import Figures
from componium.decoding.constraints.pace import Pace
from componium.decoding.constraints.turns import Turns
from componium.decoding.controls import DEFAULT_BARS, MAX_REPEATS, Controls
from componium.decoding.sounding import Sounding
from componium.errors import ControlError
from componium.music.instruments import DRUMS, INSTRUMENTS, of_part
from componium.music.score import Score, Tempo, Track
from componium.music.time import n_bars
from componium.music.transform import change_ticks_per_quarter
from componium.music.types import type_ids, type_mask

TICKS_PER_QUARTER = 480


def guide_for(
    codec: Codec, controls: Controls, prompt: Score | None, seen: Mapping[str, Any], rng: np.random.Generator
) -> "EventsGuide | FramesGuide | PlainGuide":
    """What sees to the wishes in one sequence. Raises ControlError for what can't be met, or a codec without guide."""
    if isinstance(codec, Frames):
        return FramesGuide(codec, controls)
    if not isinstance(codec, Events):
        return plain_guide(codec, controls, prompt, seen)
    if prompt is not None:
        controls, ids = continued(codec, controls, prompt)
        return EventsGuide(codec, controls, ids)
    ids = choose_prefix(codec, controls, seen, rng)
    usual = seen.get(str(codec.vocab.entry(int(ids[STYLE]))[1]), {})
    if controls.ending is None:
        controls = replace(controls, ending="closed" if rng.random() < usual.get("closed", 1.0) else "open")
    key, meter = (str(codec.vocab.entry(int(ids[place]))[1]) for place in (KEY, METER))
    return EventsGuide(codec, controls, ids, usual, choose_ends(usual, key.partition("_")[2], meter, rng))


def continued(codec: Events, wish: Controls, prompt: Score) -> tuple[Controls, type_ids]:
    """The wishes with the number of bars settled, and the prompt's ids, each bar counting down to the last.

    Raises ControlError for an empty prompt, too few bars, or a wish that the prompt has settled.
    """
    for name in ("key", "meter", "qpm", "instruments"):
        if getattr(wish, name) is not None:
            raise ControlError(f"a wish for {name} beside a prompt, which has its own", advice="leave it out")
    if wish.style is not None:
        prompt = replace(prompt, info=(("style", wish.style),))
        wished_ids(codec, wish)
    canonical = codec.canonicalize(prompt)
    if canonical.end == 0:
        raise ControlError("an empty prompt", expected="at least one note")
    bars = n_bars(canonical)
    total = wish.bars or bars + DEFAULT_BARS
    if total < bars + 1:
        raise ControlError(f"{total} bars after a prompt of {bars}", expected=f"at least {bars + 1} bars in all")
    ids = codec.encode_open(canonical)
    starts = codec.bar_starts(ids)
    ids[starts] = [codec.vocab.id("Bar", fold(total - bar)) for bar in range(len(starts))]
    return replace(wish, bars=total), ids


class EventsGuide:
    """The guide of one sequence: first the ids given (a prefix, or a prompt), then what grammar and wishes allow.

    `usual` is what `survey` tells of the style, if that is known. In the last bar nothing begins after the closing
    place that `ends` says; after its last beat, if it says none.
    """

    def __init__(
        self, codec: Events, controls: Controls, given: type_ids, usual: Mapping[str, Any] = MappingProxyType({}),
        ends: Ends | None = None,
    ) -> None:  # fmt: skip
        self.codec, self.controls, self.state = codec, controls, codec.initial_state()
        self.done = False
        self.given, self.queue = given, given.tolist()
        self.prompt_bars = len(codec.bar_starts(given))
        self._slices = {name: codec.vocab.ids(name) for name in codec.vocab.families}
        pitches = KeyPitches(codec, given)
        self._sounding, self._places = pitches.sounding, np.arange(len(pitches.sounding))
        is_drum, first = are_drums(codec, given), self._slices["Voice"].start
        self._voices = slice(first, first + len(is_drum))
        if controls.instruments is not None:
            self.controls = replace(controls, instruments=seated(controls.instruments, is_drum.tolist()))
        self._in_range = self._pitches_in_range(usual.get("ranges", {}).get(str(len(is_drum)), ()))
        self._highest = [int(np.flatnonzero(playable)[-1]) for playable in self._in_range]
        self._notes, self._line = Sounding(), 0  # the line: the last bar's, in 24ths
        self._pace = Pace(usual, str(codec.vocab.entry(int(given[METER]))[1]))
        self._turns = Turns(usual, len(is_drum))
        self._figures = Figures(usual, len(is_drum))
        self._closing = Closing(codec, self.controls, self.state, self._notes, pitches, ends or Ends(), is_drum)
        self._leanings = Leanings(pitches, ends or Ends(), self._closing.is_final, usual, self._closing.bass)
        self._bias: NDArray[np.float32] = np.zeros(len(codec.vocab), dtype=np.float32)
        self._lean()

    def _pitches_in_range(self, usual: Sequence[type_range]) -> list[NDArray[np.bool_]]:
        """For each voice (the last for all further ones) which of the Pitch family's ids it may sound."""
        own = [of_part(number)[1:] for number in self.controls.instruments or ()]
        ranges = [common_range(*both) for both in zip(own, usual, strict=True)] if own and usual else own or usual
        return [(self._sounding >= low) & (self._sounding <= high) for low, high in ranges or [(0, 127)]]

    def mask(self, out: type_mask) -> None:
        """Write the grammar's mask, less what the controls forbid."""
        out[:] = self._mask()

    def bias(self, out: NDArray[np.float32]) -> None:
        """Write what is added to the logits."""
        out[:] = self._bias

    def copy(self) -> "EventsGuide":
        """Return an independent guide in the same state."""
        return deepcopy(self)

    def _mask(self) -> type_mask:
        if self.queue:
            only = self.codec.allowed_next(self.state) & False
            only[self.queue[0]] = True
            return only
        mask = self.codec.allowed_next(self.state)
        phase = self.state.phase
        if phase in ("body", "note"):
            self._in_bar(mask, phase)
        elif phase == "Voice" and self._closing.is_last_bar():
            self._closing.narrow(mask, self._now())
        elif phase == "Pitch":
            self._pitches(mask)
        elif phase == "start":
            self._first_bar(mask)
        return mask

    def _first_bar(self, mask: type_mask) -> None:
        bars = self._slices["Bar"]
        mask[self.codec.eos] = mask[bars.start] = False
        if self.controls.bars is not None:
            mask[bars] = False
            mask[bars.start + fold(self.controls.bars)] = True

    def _in_bar(self, mask: type_mask, phase: str) -> None:
        slices, state, bars = self._slices, self.state, self.controls.bars
        if phase == "body" and state.meter != UNKNOWN:
            for name in ("Meter", "Key", "Tempo"):
                mask[slices[name]] = False
        last = self._closing.is_last_bar()
        if bars is not None and not last and mask[slices["Bar"]].any():
            mask[slices["Bar"]] = False
            mask[slices["Bar"].start + fold(bars - state.bar - 1)] = True
        if phase == "note" and state.stage < 1:
            self._durations(mask, bars)
        if last:  # the last notes sound to the end of the bar
            mask[slices["Dur"]] = False
            mask[slices["Bar"]] = False
            self._closing.narrow(mask, self._now())
        else:
            mask[self.codec.eos] = False
        if state.bar < self.prompt_bars:  # nothing is added to the prompt's own bars
            mask[: slices["Bar"].start] = mask[slices["Bar"].stop :] = False
        elif state.bar == 0 and state.position < 0:
            positions = slices["Pos"]
            mask[positions.start + 1 : positions.stop] = False
            mask[slices["Bar"]] = False
        if phase == "note":
            self._pitches(mask)
            if self._closing.is_bass():  # one note, not a chord
                mask[slices["Voice"].start + state.voice] = False
            highest = self._highest[min(state.voice, len(self._highest) - 1)]
            if state.pitch + 1 >= highest and mask[slices["Voice"]].any():  # no room above in this chord
                mask[slices["Voice"].start + state.voice] = False

    def _durations(self, mask: type_mask, bars: int | None) -> None:
        """No note lasts beyond the end of the last bar, nor beyond where it closes if it can't close it."""
        state, durations = self.state, self._slices["Dur"]
        left = bars - state.bar if bars is not None else state.left
        if isinstance(left, int):
            room = state.length * left - state.position - self._closing.kept()
            fitting = int(np.searchsorted(DURATIONS, room, side="right"))
            mask[durations.start + fitting : durations.stop] = False

    def _pitches(self, mask: type_mask) -> None:
        state, voice = self.state, self.state.voice
        pitches = mask[self._slices["Pitch"]]  # a view
        pitches &= self._in_range[min(voice, len(self._in_range) - 1)]
        if self._closing.is_bass():
            pitches &= self._closing.is_last if state.phase == "Pitch" else False
            _narrow(pitches, self._places <= self._closing.lowest_above(self._now()))
            if state.runs[voice] >= MAX_REPEATS:
                _narrow(pitches, self._places != state.pitches[voice])
        elif state.runs[voice] >= self._most(voice):
            pitches[state.pitches[voice]] = False
        elif voice in self._closing.upper and self._closing.is_here():
            _narrow(pitches, self._places >= state.pitches[-1])
        elif worn := self._figures.worn(voice, self._now()):
            _narrow(pitches, ~np.isin(self._places, list(worn)))

    def _most(self, voice: int) -> int:
        """How often running a voice may strike the pitch it has: of one that may close, the lowest has one to spare."""
        most, spare = MAX_REPEATS, voice == self._closing.bass
        return max(most - (spare and bool(self._closing.is_last[self.state.pitches[voice]])), 1)

    def advance(self, index: int) -> None:
        """Move on past the chosen id."""
        if self.queue:
            self.queue.pop(0)
        self._hear(*self.codec.vocab.entry(index), index)
        self.codec.advance(self.state, index)
        self._lean()
        self.done = index == self.codec.eos

    def _hear(self, family: str, value: int | str, index: int) -> None:
        """Keep account of what sounds."""
        state, now = self.state, self._line + self.state.position
        if family == "Pitch":
            self._closing.hear()
            self._turns.begin(state.voice)
            at = index - self._slices["Pitch"].start
            self._notes.begin(state.voice, at, now)
            if self._has_pitch(state.voice):
                self._figures.begin(state.voice, at, now)
                self._leanings.hear(state.voice, at, now, self._on_beat(now))
        elif family == "Dur":
            self._notes.end_last(state.voice, now + int(value))
        elif family == "Pos":
            self._pace.begin(self._line + int(value))
            self._bias[self._slices["Pos"]] = self._pace.lean() * (POSITIONS % beat_of(state.meter) > 0)
            self._turns.move_on()
            self._bias[self._voices] = self._turns.lean()
        elif family == "Bar" and state.bar >= 0:
            self._line += state.length

    def _lean(self) -> None:
        """Say which pitches are to be likelier."""
        state, pitches = self.state, self._slices["Pitch"]
        if not self._has_pitch(state.voice):
            self._bias[pitches] = 0.0
        elif state.phase == "Pitch":
            now = self._line + state.position
            self._bias[pitches] = self._leanings.of_voice(state.voice, now, self._on_beat(now), self._among())
            last, lean = self._figures.lean(state.voice, now)
            self._bias[pitches.start + max(last, 0)] += lean
        else:
            self._bias[pitches] = self._leanings.of_any()

    def _on_beat(self, now: int) -> list[tuple[int, int]]:
        """What the other voices sound, if this is a beat."""
        if self.state.position % beat_of(self.state.meter):
            return []
        return [each for each in self._notes.of_others(self.state.voice, now) if self._has_pitch(each[0])]

    def _now(self) -> int:
        """The time since the piece began, in 24ths."""
        return self._line + max(self.state.position, 0)

    def _has_pitch(self, voice: int) -> bool:
        """Whether a voice isn't a drum's."""
        return voice == self._closing.bass or voice in self._closing.upper

    def _among(self) -> Literal["first", "last", ""]:
        """Whether the note that begins is among the first, or the last but the lowest voice's."""
        if self._line + self.state.position == 0:
            return "first"
        return "last" if self._closing.is_here() and not self._closing.is_bass() else ""

    def finish(self, score: Score) -> Score:
        """The decoded score with what the codec can't say: the exact tempo, the key's spelling, the instruments."""
        wish, score = self.controls, change_ticks_per_quarter(score, TICKS_PER_QUARTER)
        if wish.qpm is not None:
            score = replace(score, tempos=(Tempo(0, wish.qpm),))
        if wish.key is not None:
            score = replace(score, keys=(replace(wish.key, tick=0),))
        tracks = score.tracks
        if wish.instruments is not None:
            tracks = tuple(replace(track, program=0 if number == DRUMS else number, is_drum=number == DRUMS)
                           for track, number in zip(tracks, wish.instruments, strict=True))
        return replace(score, tracks=named(tracks))


def seated(instruments: Sequence[int], are_drums: Sequence[bool]) -> tuple[int, ...]:
    """The instruments in their order, drums where the piece has them.

    >>> seated((DRUMS, 0, 33), (False, False, True))
    (0, 33, 128)
    """
    others = iter([number for number in instruments if number != DRUMS])
    return tuple(DRUMS if is_drum else next(others) for is_drum in are_drums)


def common_range(one: type_range, other: type_range) -> type_range:
    """What two ranges share, or the first of them if that is too little to play in.

    >>> common_range((55, 103), (60, 81)), common_range((74, 108), (36, 64))
    ((60, 81), (74, 108))
    """
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if high - low >= NARROWEST else one


def _narrow(mask: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> None:
    """Keep of a mask what is wanted, where that leaves anything."""
    if (mask & wanted).any():
        mask &= wanted


def named(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """The tracks with their instruments' names, numbered where one comes twice."""
    names = ["drums" if track.is_drum else INSTRUMENTS[track.program].name for track in tracks]
    numbered = [f"{name} {names[: at + 1].count(name)}" if names.count(name) > 1 else name
                for at, name in enumerate(names)]
    return tuple(replace(track, name=name) for track, name in zip(tracks, numbered, strict=True))
