"""What a person may ask for, what it means, and how it is measured afterwards.

A wish becomes a mask on what may come next, so that it holds by construction: nothing is thrown away or mended later.
- style, key, metre, tempo: told to the model in its prefix; no later change of them is allowed.
- bars: the count of bars left stands in every Bar token; the last bar is filled to its end.
- instruments: as many voices, in this order, each inside its instrument's range.
- Every take begins on a downbeat, and no voice strikes one pitch more than `max_repeats` times running.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from componium.codecs._base import Codec, type_ids, type_mask
from componium.codecs._grammar import fold
from componium.codecs._grid import DURATIONS, METERS, nearest_qpm
from componium.codecs.events import KEY_MODES, UNKNOWN, Events
from componium.errors import ControlError
from componium.instruments import INSTRUMENTS
from componium.pitch import str_key
from componium.score import Key, Meter, Score, Tempo, Track
from componium.time import meters_of, n_bars
from componium.transform import change_ticks_per_quarter

MAX_BARS = 1024
TICKS_PER_QUARTER = 480


@dataclass(frozen=True, slots=True)
class Controls:
    """The wishes; None leaves the choice to the method. Raises ControlError for what no method could do.

    `instruments` are General MIDI programs, one a voice from the highest down, or as the style orders them.

    >>> Controls(bars=16, qpm=90.0).bars
    16
    """

    style: str | None = None
    key: Key | None = None
    meter: Meter | None = None
    qpm: float | None = None
    bars: int | None = None
    instruments: tuple[int, ...] | None = None
    max_repeats: int = 12

    def __post_init__(self) -> None:
        if self.bars is not None and not 1 <= self.bars <= MAX_BARS:
            raise ControlError(f"{self.bars} bars", expected=f"1 to {MAX_BARS}")
        if self.qpm is not None and not 10 <= self.qpm <= 400:
            raise ControlError(f"a tempo of {self.qpm:g} quarters a minute", expected="10 to 400")
        if self.instruments is not None and not 1 <= len(self.instruments) <= 16:
            raise ControlError(f"{len(self.instruments)} instruments", expected="1 to 16")
        if self.max_repeats < 2:
            raise ControlError(f"at most {self.max_repeats} repeats of a note", expected="2 or more")

    def asked(self) -> dict[str, Any]:
        """The wishes as plain values, "auto" where there is none."""
        wishes = {
            "style": self.style,
            "key": str_key(self.key) if self.key else None,
            "meter": str(self.meter) if self.meter else None,
            "qpm": self.qpm,
            "bars": self.bars,
            "instruments": [INSTRUMENTS[program].name for program in self.instruments] if self.instruments else None,
        }
        return {name: "auto" if value is None else value for name, value in wishes.items()}


def measure(score: Score) -> dict[str, Any]:
    """What a score turned out to be, in the terms of `Controls.asked`."""
    meters = {str(meter) for meter in meters_of(score)}
    return {
        "style": score.about("style") or "unknown",
        "key": str_key(score.keys[0]) if score.keys else "unknown",
        "meter": meters.pop() if len(meters) == 1 else sorted(meters),
        "qpm": score.tempos[0].qpm if score.tempos else "unknown",
        "bars": n_bars(score),
        "instruments": ["drums" if track.is_drum else INSTRUMENTS[track.program].name for track in score.tracks],
        "notes": score.n_notes,
    }


def guide_for(codec: Codec, controls: Controls, prompt: Score | None = None) -> "EventsGuide":
    """What sees to the wishes in a codec's sequences. Raises ControlError where this codec can't be guided."""
    if isinstance(codec, Events):
        return EventsGuide(codec, controls, prompt)
    raise ControlError(f"the codec {type(codec).__name__} takes no controls", expected="events")


class EventsGuide:
    """The guide of one sequence of the `events` codec."""

    def __init__(self, codec: Events, controls: Controls, prompt: Score | None = None) -> None:
        self.codec, self.controls, self.state = codec, controls, codec.initial_state()
        self.done = False
        self.queue: list[int] = self._prompt_ids(prompt).tolist() if prompt is not None else []
        self.prompt_bars = len(codec.bar_starts(np.array(self.queue, dtype=np.int64)))
        self._forced = self._prefix_wishes()
        self._slices = {name: codec.vocab.ids(name) for name in codec.vocab.families}
        self._ranges = self._pitch_ranges()

    def _prefix_wishes(self) -> dict[str, int]:
        """For each family of the prefix the id that is wished for. Raises ControlError for what the codec can't say."""
        vocab, wish = self.codec.vocab, self.controls
        words: dict[str, int | str] = {}
        if wish.style is not None:
            if wish.style not in self.codec.styles:
                raise ControlError(f"no style {wish.style!r}", expected=f"one of {', '.join(self.codec.styles)}")
            words["Style"] = wish.style
        elif wish.instruments is not None:
            words["Style"] = UNKNOWN  # the instruments say what is wanted
        if wish.key is not None:
            if wish.key.mode not in KEY_MODES:
                raise ControlError(f"the mode of {str_key(wish.key)}", expected=f"one of {', '.join(KEY_MODES)}")
            words["Key"] = f"{wish.key.tonic}_{wish.key.mode}"
        if wish.meter is not None:
            if (wish.meter.numerator, wish.meter.denominator) not in METERS:
                raise ControlError(f"a metre of {wish.meter}", expected="at most 8 quarters a bar, 2 to 16 below")
            words["Meter"] = str(wish.meter)
        if wish.qpm is not None:
            words["Tempo"] = nearest_qpm(wish.qpm)
        if wish.instruments is not None:
            words["Voices"] = len(wish.instruments)
        return {family: vocab.id(family, word) for family, word in words.items()}

    def _pitch_ranges(self) -> list[tuple[int, int]]:
        programs = self.controls.instruments or ()
        return [(INSTRUMENTS[program].low, INSTRUMENTS[program].high) for program in programs]

    def _prompt_ids(self, prompt: Score) -> type_ids:
        """A prompt's ids up to its end, each bar counting down to the bars asked for (default: 16 more)."""
        codec, canonical = self.codec, self.codec.canonicalize(prompt)
        if canonical.end == 0:
            raise ControlError("an empty prompt", expected="at least one note")
        bars = n_bars(canonical)
        total = self.controls.bars or bars + 16
        if total < bars + 1:
            raise ControlError(f"{total} bars after a prompt of {bars}", expected=f"at least {bars + 1} bars in all")
        self.controls = replace(self.controls, bars=total)
        ids = codec.encode_open(canonical)
        starts = codec.bar_starts(ids)
        ids[starts] = [codec.vocab.id("Bar", fold(total - bar)) for bar in range(len(starts))]
        return ids

    def mask(self) -> type_mask:
        """The grammar's mask, less what the wishes forbid."""
        if self.queue:
            only = self.codec.allowed_next(self.state) & False
            only[self.queue[0]] = True
            return only
        mask = self.codec.allowed_next(self.state)
        phase = self.state.phase
        if phase in ("body", "note"):
            self._in_bar(mask, phase)
        elif phase == "Pitch":
            self._pitches(mask)
        elif phase == "start":
            self._first_bar(mask)
        else:
            self._in_prefix(mask, phase)
        return mask

    def _in_prefix(self, mask: type_mask, phase: str) -> None:
        if phase in self._forced:
            mask[:] = False
            mask[self._forced[phase]] = True
        elif phase in ("Meter", "Key") or (phase == "Style" and self.codec.styles):
            mask[self._slices[phase].start] = False  # not "unknown": it is to be chosen
        elif phase == "Program" and self.controls.instruments is not None:
            known = self.controls.style is None
            program = self.controls.instruments[len(self.state.programs)]
            mask[:] = False
            mask[self.codec.vocab.id("Program", program if known else UNKNOWN)] = True

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
        last = state.left == 1 if bars is None else state.bar == bars - 1
        if bars is not None and not last and mask[slices["Bar"]].any():
            mask[slices["Bar"]] = False
            mask[slices["Bar"].start + fold(bars - state.bar - 1)] = True
        if phase == "note" and state.stage < 1:
            self._durations(mask, bars)
        if last:  # the last notes sound to the end of the bar
            mask[slices["Dur"]] = False
            mask[slices["Bar"]] = False
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
            top = self._ranges[state.voice][1] if state.voice < len(self._ranges) else 127
            if state.pitch + 1 >= top and mask[slices["Voice"]].any():  # no room for a higher note in this chord
                mask[slices["Voice"].start + state.voice] = False

    def _durations(self, mask: type_mask, bars: int | None) -> None:
        """No note lasts beyond the end of the last bar."""
        state, durations = self.state, self._slices["Dur"]
        left = bars - state.bar if bars is not None else state.left
        if isinstance(left, int):
            room = state.length * left - state.position
            fitting = int(np.searchsorted(DURATIONS, room, side="right"))
            mask[durations.start + fitting : durations.stop] = False

    def _pitches(self, mask: type_mask) -> None:
        state, start = self.state, self._slices["Pitch"].start
        voice = state.voice
        if voice < len(self._ranges):
            low, high = self._ranges[voice]
            mask[start : start + low] = False
            mask[start + high + 1 : self._slices["Pitch"].stop] = False
        if state.runs[voice] >= self.controls.max_repeats:
            mask[start + state.pitches[voice]] = False

    def advance(self, index: int) -> None:
        """Move on past the chosen id."""
        if self.queue:
            self.queue.pop(0)
        self.codec.advance(self.state, index)
        self.done = index == self.codec.eos

    def finish(self, score: Score) -> Score:
        """The decoded score with what the codec can't say: the exact tempo, the key's spelling, the instruments."""
        wish, score = self.controls, change_ticks_per_quarter(score, TICKS_PER_QUARTER)
        if wish.qpm is not None:
            score = replace(score, tempos=(Tempo(0, wish.qpm),))
        if wish.key is not None:
            score = replace(score, keys=(replace(wish.key, tick=0),))
        tracks = score.tracks
        if wish.instruments is not None:
            tracks = tuple(replace(track, program=program, is_drum=False)
                           for track, program in zip(tracks, wish.instruments, strict=True))
        return replace(score, tracks=named(tracks))


def named(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """The tracks with their instruments' names, numbered where one comes twice."""
    names = ["drums" if track.is_drum else INSTRUMENTS[track.program].name for track in tracks]
    numbered = [f"{name} {names[: at + 1].count(name)}" if names.count(name) > 1 else name
                for at, name in enumerate(names)]
    return tuple(replace(track, name=name) for track, name in zip(tracks, numbered, strict=True))
