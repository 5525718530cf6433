"""How wishes steer the sampling of the `events` codec: what is wished for becomes what may come next.

The prefix, which says what kind of piece this is, isn't left to the model: it is drawn from the prefixes of the
training pieces that agree with the wishes, and the wishes are written over it. So what nobody asked for is as it
usually is in that style, and the model goes on from there.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs._base import Codec, type_ids, type_mask
from componium.codecs._grammar import fold
from componium.codecs._grid import DURATIONS, METERS, POSITIONS, TICKS, nearest_qpm
from componium.codecs.events import KEY, KEY_MODES, METER, STYLE, TEMPO, UNKNOWN, VOICES, Events
from componium.controls import Controls
from componium.errors import ControlError
from componium.instruments import INSTRUMENTS
from componium.pitch import str_key
from componium.score import Meter, Score, Tempo, Track
from componium.time import beat_quarters, n_bars
from componium.transform import change_ticks_per_quarter

TICKS_PER_QUARTER = 480
# The degrees of each mode in semitones over the tonic; minor with both its sixths and sevenths.
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 9, 10, 11), "dorian": (0, 2, 3, 5, 7, 9, 10),
          "mixolydian": (0, 2, 4, 5, 7, 9, 10)}
# Notes outside the scale become so much rarer, in nats. A small model lets each stray note lead to the next; without
# this, one take in three wanders off to another key (benchmarks/takes).
OUTSIDE = -1.5
DEFAULT_BARS = 16  # after a prompt, where no number is wished for


def guide_for(
    codec: Codec, controls: Controls, prompt: Score | None, seen: Mapping[str, Any], rng: np.random.Generator
) -> "EventsGuide":
    """What sees to the wishes in one sequence. Raises ControlError for what can't be met, or a codec without guide."""
    if not isinstance(codec, Events):
        raise ControlError(f"the codec {type(codec).__name__} takes no controls", expected="events")
    if prompt is None:
        return EventsGuide(codec, controls, choose_prefix(codec, controls, seen, rng))
    controls, ids = continued(codec, controls, prompt)
    return EventsGuide(codec, controls, ids)


def wished_ids(codec: Events, wish: Controls) -> dict[int, int]:
    """For each place of the prefix the id that is wished for. Raises ControlError for what the codec can't say."""
    words: dict[int, tuple[str, int | str]] = {}
    if wish.style is not None:
        if wish.style not in codec.styles:
            raise ControlError(f"no style {wish.style!r}", expected=f"one of {', '.join(codec.styles)}")
        words[STYLE] = ("Style", wish.style)
    if wish.key is not None:
        if wish.key.mode not in KEY_MODES:
            raise ControlError(f"the mode of {str_key(wish.key)}", expected=f"one of {', '.join(KEY_MODES)}")
        words[KEY] = ("Key", f"{wish.key.tonic}_{wish.key.mode}")
    if wish.meter is not None:
        if (wish.meter.numerator, wish.meter.denominator) not in METERS:
            raise ControlError(f"a metre of {wish.meter}", expected="at most 8 quarters a bar, 2 to 16 below")
        words[METER] = ("Meter", str(wish.meter))
    if wish.qpm is not None:
        words[TEMPO] = ("Tempo", nearest_qpm(wish.qpm))
    if wish.instruments is not None:
        words[VOICES] = ("Voices", len(wish.instruments))
    return {place: codec.vocab.id(*word) for place, word in words.items()}


def choose_prefix(codec: Events, wish: Controls, seen: Mapping[str, Any], rng: np.random.Generator) -> type_ids:
    """A training piece's prefix that agrees with as many wishes as any does, with the wishes written over it.

    `seen` is what methods' `survey` tells. Raises ControlError for a number of parts, or a metre, of which the model
    has seen nothing.
    """
    wished = wished_ids(codec, wish)
    chosen = dict(seen) if wish.style is None or wish.style not in seen else {wish.style: seen[wish.style]}
    rows = [(style, row[0], np.array([codec.bos, 0, *row[1:]])) for style, found in chosen.items() for row in found]
    if wish.meter is not None and not any(wished[METER] == row[1] for found in seen.values() for row in found):
        known = sorted({codec.vocab.token(row[1])[len("Meter_") :] for found in seen.values() for row in found})
        raise ControlError(f"a metre of {wish.meter}, in which this model has seen no music",
                           expected=f"one of {', '.join(known)}")
    for place in (VOICES, METER, TEMPO, KEY):
        agreeing = [row for row in rows if row[2][place] == wished.get(place)]
        if place == VOICES and VOICES in wished and not agreeing:
            counts = sorted({int(codec.vocab.values[row[2][VOICES]]) for row in rows})
            raise ControlError(f"{len(wish.instruments or ())} instruments for {wish.style or 'this model'}",
                               expected=f"{' or '.join(map(str, counts))}, as in the music learned from")
        rows = agreeing or rows
    if not rows:
        raise ControlError("this model doesn't say what it was trained on", expected="one fitted by this version")
    styles = sorted({row[0] for row in rows})
    style = styles[rng.integers(len(styles))]
    rows = [row for row in rows if row[0] == style]
    weights = np.array([row[1] for row in rows], dtype=float)
    ids = rows[rng.choice(len(rows), p=weights / weights.sum())][2].copy()
    ids[STYLE] = codec.vocab.id("Style", style)
    for place, index in wished.items():
        ids[place] = index
    return ids


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


def sounding_pitches(codec: Events, given: type_ids) -> NDArray[np.int64]:
    """The MIDI pitch that each id of the Pitch family sounds under the prefix's key."""
    return codec.vocab.values[codec.vocab.ids("Pitch")] + codec.offset(int(given[KEY]))


def key_bias(codec: Events, given: type_ids) -> NDArray[np.float32]:
    """What is added to the logits of pitches outside the scale of the prefix's key; nothing if it names none."""
    bias = np.zeros(len(codec.vocab), dtype=np.float32)
    word = codec.vocab.entry(int(given[KEY]))[1]
    if word != UNKNOWN:
        tonic, mode = str(word).split("_")
        outside = ~np.isin((sounding_pitches(codec, given) - int(tonic)) % 12, SCALES[mode])
        bias[codec.vocab.ids("Pitch")] = np.where(outside, OUTSIDE, 0.0)
    return bias


def tonic_pitches(codec: Events, given: type_ids) -> NDArray[np.bool_]:
    """Which of the Pitch family's ids sound the tonic of the prefix's key; all, if it names none."""
    word = codec.vocab.entry(int(given[KEY]))[1]
    sounding = sounding_pitches(codec, given)
    if word == UNKNOWN:
        return np.ones(len(sounding), dtype=bool)
    mask: NDArray[np.bool_] = (sounding - int(str(word).split("_")[0])) % 12 == 0
    return mask


class EventsGuide:
    """The guide of one sequence: first the ids given (a prefix, or a prompt), then what grammar and wishes allow."""

    def __init__(self, codec: Events, controls: Controls, given: type_ids) -> None:
        self.codec, self.controls, self.state = codec, controls, codec.initial_state()
        self.done = False
        self.queue: list[int] = given.tolist()
        self.prompt_bars = len(codec.bar_starts(given))
        self._slices = {name: codec.vocab.ids(name) for name in codec.vocab.families}
        self.bias = key_bias(codec, given)
        self._out_of_range = self._pitches_out_of_range(given)
        self._is_tonic = tonic_pitches(codec, given)

    def _pitches_out_of_range(self, given: type_ids) -> list[NDArray[np.bool_]]:
        """For each voice (the last for all further ones) which of the Pitch family's ids its instrument can't play."""
        sounding = sounding_pitches(self.codec, given)
        ranges = [INSTRUMENTS[program][1:] for program in self.controls.instruments or ()] or [(0, 127)]
        return [(sounding < low) | (sounding > high) for low, high in ranges]

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
        last = self._is_last_bar()
        if bars is not None and not last and mask[slices["Bar"]].any():
            mask[slices["Bar"]] = False
            mask[slices["Bar"].start + fold(bars - state.bar - 1)] = True
        if phase == "note" and state.stage < 1:
            self._durations(mask, bars)
        if last:  # the last notes sound to the end of the bar
            mask[slices["Dur"]] = False
            mask[slices["Bar"]] = False
            self._close(mask)
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
            if self._is_closing():  # one note, not a chord
                mask[slices["Voice"].start + state.voice] = False
            playable = np.flatnonzero(~self._out_of_range[min(state.voice, len(self._out_of_range) - 1)])
            if state.pitch + 1 >= playable[-1] and mask[slices["Voice"]].any():  # no room above in this chord
                mask[slices["Voice"].start + state.voice] = False

    def _close(self, mask: type_mask) -> None:
        """The last note of the lowest voice is the tonic: until it is there is no end, nor a way past the last beat."""
        state, slices, voice = self.state, self._slices, self.state.n_voices - 1
        beat = self._last_beat()
        closed = state.pitches[voice] >= 0 and bool(self._is_tonic[state.pitches[voice]])
        if closed or state.busy[voice] > max(beat, state.position):
            return
        mask[self.codec.eos] = False
        positions = slices["Pos"]
        if state.position < beat:
            mask[positions.start + int(np.searchsorted(POSITIONS, beat, side="right")) : positions.stop] = False
        elif state.voice < voice:
            mask[positions] = False

    def _last_beat(self) -> int:
        """Where in the bar, in 24ths, its last beat begins."""
        numerator, denominator = map(int, self.state.meter.split("/"))
        return self.state.length - int(beat_quarters(Meter(0, numerator, denominator)) * TICKS)

    def _is_closing(self) -> bool:
        """Whether a note of the lowest voice, begun now, is to be the tonic: on the last beat, or after it."""
        state = self.state
        lowest = state.voice == state.n_voices - 1
        return lowest and self._is_last_bar() and state.position >= self._last_beat()

    def _is_last_bar(self) -> bool:
        state, bars = self.state, self.controls.bars
        return state.left == 1 if bars is None else state.bar == bars - 1

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
        mask[self._slices["Pitch"]] &= ~self._out_of_range[min(voice, len(self._out_of_range) - 1)]
        if self._is_closing():
            mask[self._slices["Pitch"]] &= self._is_tonic if state.phase == "Pitch" else False
        elif state.runs[voice] >= self.controls.max_repeats:
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
