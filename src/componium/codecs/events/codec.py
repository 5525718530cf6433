"""Events: bars, positions, voices and pitches after a prefix of controls.

A sequence reads

    BOS  Style Meter Key Tempo Texture Voices Program...     the prefix; each value may be "?" (unknown)
    Bar_k [Meter] [Key] [Tempo]                              k bars left, this one counted; changes only
      Pos_p  Voice_v Pitch_n [Dur_d] [Vel_w]  Voice_v ...    notes that begin p 24ths after the bar line
      Pos_p  ...
    Bar_k-1 ...
    EOS

A note lasts until the next note of its voice begins (or to the end of the last bar), unless Dur states otherwise. Voice
is left out where there is only one; Vel is there only where the music has velocities. So a line of notes costs two
tokens a note, and a sampled line has no unintended gaps or overlaps. "mono" in the prefix states that no voice ever
sounds two notes at once, and the grammar enforces it.

Pitches are written relative to the key, as if its tonic were C, so that a model learns all keys from each. With
`relative` off, or the key unknown, they are MIDI pitches. Those of drums always are: they name drums, not tones.

Kept: onsets on the 16th, 32nd and triplet grid, durations to the next onset or from a table up to 16 quarters, pitch,
velocity in 16 steps, programs and drums of up to 16 tracks; meter, key (major, minor, dorian, mixolydian) and tempo (32
steps) in force at each bar line; the style. Lost: titles, names, chord symbols, other detail. Compare REMI (Huang and
Yang 2020), from which bars and positions come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.codecs.events import grid
from componium.codecs.events.augmentation import augment
from componium.codecs.events.decoder import Decoder
from componium.codecs.events.grammar import MAX_LEFT, Grammar, State, fold
from componium.codecs.events.grid import DURATIONS, MAX_TRACKS, METERS, POSITIONS
from componium.codecs.events.guide import EventsGuide
from componium.codecs.events.prefix import (
    KEY,
    METER_WORDS,
    SPAN,
    UNKNOWN,
    canonical_settings,
    is_pitch,
    pitch_offset,
    prefix_length,
)
from componium.codecs.vocab import Vocab
from componium.corpora.base import Corpus
from componium.decoding.constraints.base import build_constraints
from componium.decoding.context import TICKS
from componium.decoding.controls import ALL_CONTROLS
from componium.decoding.request import Request
from componium.decoding.style.measuring import is_monophonic
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import KEY_MODES, QPMS, StyleProfile, nearest_qpm
from componium.errors import ControlError
from componium.music.instruments import DRUMS
from componium.music.pitch import str_key
from componium.music.score import Key, Meter, Score, Tempo
from componium.music.time import bar_lines, meters_of, n_bars
from componium.music.types import type_ids, type_mask


class Events(Codec):
    """The events codec.

    styles    values of the Style token
    relative  whether pitches are written relative to the key; default True

    >>> from componium.music.score import Score, Track, notes
    >>> codec = Events(styles=("jig",))
    >>> score = Score(tracks=(Track(notes([(0, 480, 60), (480, 1440, 64)])),))
    >>> " ".join(map(codec.vocab.token, codec.encode(score).ids[7:]))
    'Program_0 Bar_1 Pos_0 Pitch_60 Pos_24 Pitch_64 EOS'
    >>> codec.decode(codec.encode(score).ids) == codec.canonicalize(score)
    True
    """

    def __init__(self, styles: Sequence[str] = (), *, relative: bool = True) -> None:
        self.styles, self.relative = tuple(styles), relative
        self.vocab = Vocab({
            "PAD": [""], "BOS": [""], "EOS": [""],
            "Style": [UNKNOWN, *self.styles],
            "Meter": [UNKNOWN, *METER_WORDS],
            "Key": [UNKNOWN, *(f"{tonic}_{mode}" for mode in KEY_MODES for tonic in range(12))],
            "Tempo": [UNKNOWN, *QPMS.tolist()],
            "Texture": ["mono", "poly"],
            "Voices": range(1, MAX_TRACKS + 1),
            "Program": [UNKNOWN, *range(128), "drums"],
            "Bar": [UNKNOWN, *range(1, MAX_LEFT + 1)],
            "Pos": POSITIONS.tolist(),
            "Voice": range(MAX_TRACKS),
            "Pitch": range(-SPAN, 128 + SPAN) if relative else range(128),
            "Dur": DURATIONS.tolist(),
            "Vel": range(4, 128, 8),
        })
        self.pad, self.bos, self.eos = (self.vocab.id(name) for name in ("PAD", "BOS", "EOS"))
        self._grammar = Grammar(self.vocab)

    def initial_state(self) -> State:
        return State()

    def allowed_next(self, state: State) -> type_mask:
        mask = np.zeros(len(self.vocab), dtype=bool)
        self._grammar.allow(state, mask)
        return mask

    def advance(self, state: State, index: int) -> None:
        self._grammar.advance(state, index)

    @property
    def supported_controls(self) -> frozenset[str]:
        return ALL_CONTROLS

    def fit(self, corpus: Corpus) -> "Events":
        """Return the codec with the styles of a corpus, unless it has some."""
        return self if self.styles else Events(corpus.styles, relative=self.relative)

    def config(self) -> dict[str, Any]:
        return {"name": "events", "styles": list(self.styles), "relative": self.relative}

    def plan(self, request: Request, profiles: Mapping[str, StyleProfile], rng: np.random.Generator) -> Plan:
        return super().plan(request, {style: canonical_settings(profiles[style]) for style in profiles}, rng)

    def guide(self, plan: Plan, request: Request, profile: StyleProfile) -> EventsGuide:
        plan = replace(plan, closing=_closing(plan))
        given = self._prompt(request.score, plan) if request.score is not None else self.prefix(plan)
        constraints = build_constraints(plan, profile, request.constraints)
        n_prompt = n_bars(self.canonicalize(request.score)) if request.score is not None else 0
        return EventsGuide(self, self._grammar, plan, constraints, given, offset=self.offset(int(given[KEY])),
                           controls=request.controls, prompt_bars=n_prompt)  # fmt: skip

    def prefix(self, plan: Plan) -> type_ids:
        """Return the ids that state a plan, bos included.

        Raises ControlError for a style, mode or meter that has no token.
        """
        meter, key = (plan.meter.numerator, plan.meter.denominator), plan.key
        if plan.style and plan.style not in self.styles:
            raise ControlError(f"no style {plan.style!r}", expected=f"one of {', '.join(self.styles)}")
        if key.mode not in KEY_MODES:
            raise ControlError(f"the mode of {str_key(key)}", expected=f"one of {', '.join(KEY_MODES)}")
        if meter not in METERS:
            raise ControlError(f"a meter of {plan.meter}", expected="at most 8 quarters a bar, 2 to 16 below")
        words: list[tuple[str, int | str]] = [
            ("BOS", ""),
            ("Style", plan.style or UNKNOWN),
            ("Meter", str(plan.meter) if plan.is_metered else UNKNOWN),
            ("Key", _word(key) if plan.is_keyed else UNKNOWN),
            ("Tempo", nearest_qpm(plan.qpm) if plan.qpm is not None else UNKNOWN),
            ("Texture", plan.texture),
            ("Voices", len(plan.programs)),
        ]
        programs = [("Program", "drums" if program == DRUMS else program) for program in plan.stated or plan.programs]
        return self._ids([*words, *programs])

    def _prompt(self, prompt: Score, plan: Plan) -> type_ids:
        """Return the ids of a prompt, its bars counting down to the plan's last.

        If it ends in another meter than the plan's, they go on to the head of the next bar, which returns to that.
        """
        info = (("style", plan.style),) if plan.style in self.styles else ()
        score = self.canonicalize(replace(prompt, info=info))
        ids = self.encode_open(score)
        starts = self.bar_starts(ids)
        ids[starts] = [self.vocab.id("Bar", fold(plan.bars - bar)) for bar in range(len(starts))]
        if str(meters_of(score)[-1]) == str(plan.meter):
            return ids
        return np.append(ids, self._ids([("Bar", fold(plan.bars - len(starts))), ("Meter", str(plan.meter))]))

    def canonicalize(self, score: Score) -> Score:
        return grid.canonicalize(score, self.styles)

    def _encode(self, score: Score) -> type_ids:
        score = self.canonicalize(score)
        return self._ids([("BOS", ""), *self._prefix(score), *self._body(score), ("EOS", "")])

    def encode_open(self, score: Score) -> type_ids:
        """Return the ids of a canonical score to continue.

        They have no EOS, and state the durations of the last notes.
        """
        return self._ids([("BOS", ""), *self._prefix(score), *self._body(score, is_open=True)])

    def _ids(self, words: Sequence[tuple[str, int | str]]) -> type_ids:
        return np.array([self.vocab.id(*word) for word in words], dtype=np.int64)

    def _prefix(self, score: Score) -> Iterator[tuple[str, int | str]]:
        yield "Style", score.about("style") or UNKNOWN
        for name, events in (("Meter", score.meters), ("Key", score.keys), ("Tempo", score.tempos)):
            yield name, _word(events[0]) if events and events[0].tick == 0 else UNKNOWN
        yield "Texture", "mono" if all(is_monophonic(track.notes) for track in score.tracks) else "poly"
        yield "Voices", len(score.tracks)
        for track in score.tracks:
            yield "Program", "drums" if track.is_drum else track.program

    def _body(self, score: Score, *, is_open: bool = False) -> Iterator[tuple[str, int | str]]:
        """Yield the tokens of a canonical score from its first bar on."""
        lines = bar_lines(score)
        rows = _rows(score, -1 if is_open else int(lines[-1]))
        starts = np.searchsorted([row[0] for row in rows], lines)
        heads: dict[int, list[tuple[str, int | str]]] = {}
        for name, events in (("Meter", score.meters), ("Key", score.keys), ("Tempo", score.tempos)):
            for event in events:
                if event.tick > 0:  # the prefix states what holds from the start
                    heads.setdefault(event.tick, []).append((name, _word(event)))
        n_bars = len(lines) - 1
        first_key = next((_word(key) for key in score.keys if key.tick == 0), UNKNOWN)
        offset = self.offset(self.vocab.id("Key", first_key))
        for bar, line in enumerate(lines[:-1].tolist()):
            yield "Bar", fold(n_bars - bar)
            yield from heads.get(line, ())
            position = -1
            for onset, voice, pitch, duration, velocity in rows[starts[bar] : starts[bar + 1]]:
                if onset - line != position:
                    position = onset - line
                    yield "Pos", position
                if len(score.tracks) > 1:
                    yield "Voice", voice
                yield "Pitch", pitch if score.tracks[voice].is_drum else pitch - offset
                if duration:
                    yield "Dur", duration
                if velocity:
                    yield "Vel", velocity

    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        return Decoder(self.vocab, ids, self.offset).score()

    def offset(self, key: int) -> int:
        """Return the semitones from written to sounding pitches, by a Key token's id."""
        return pitch_offset(self.vocab, key, relative=self.relative)

    def stated_quarters(self) -> dict[str, NDArray[np.float64]]:
        found = {}
        for kind, family, ticks in (("step", "Pos", POSITIONS), ("duration", "Dur", DURATIONS)):
            quarters = np.full(len(self.vocab), np.nan)
            quarters[self.vocab.ids(family)] = ticks / TICKS
            found[kind] = quarters
        return found

    def is_note(self, ids: type_ids) -> type_mask:
        return is_pitch(self.vocab, ids)

    def is_condition(self, ids: type_ids) -> type_mask:
        first = self.vocab.ids("Bar").start
        mask: type_mask = (np.cumsum(ids >= first) == 0) & (ids != self.eos)
        return mask

    def bar_starts(self, ids: type_ids) -> type_ids:
        part = self.vocab.ids("Bar")
        return np.flatnonzero((ids >= part.start) & (ids < part.stop))

    def note_index(self, ids: type_ids) -> type_ids:
        notes = self.is_note(ids)
        after = np.isin(ids, np.r_[self.vocab.ids("Dur"), self.vocab.ids("Vel")])
        index: type_ids = np.cumsum(notes) - notes - after
        return np.where(index < notes.sum(), index, -1)

    def prefix_length(self, ids: type_ids) -> int:
        """Return the number of ids before the first bar."""
        return prefix_length(self.vocab, ids)

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        return augment(self.vocab, ids, styles, rng, relative=self.relative)


def _closing(plan: Plan) -> int | None:
    """Return the closing onset of a plan on the grid; None for one beyond the bar."""
    length = grid.bar_length((plan.meter.numerator, plan.meter.denominator))
    return grid.position_before(plan.closing) if plan.closing is not None and plan.closing < length else None


def _word(event: Meter | Key | Tempo) -> int | str:
    """Return the value of the token that states a meter, key or tempo."""
    if isinstance(event, Key):
        return f"{event.tonic}_{event.mode}"
    return int(event.qpm) if isinstance(event, Tempo) else str(event)


def _rows(score: Score, end: int) -> list[tuple[int, int, int, int, int]]:
    """Return the notes in the order of tokens.

    They are rows of (onset, voice, pitch, duration, velocity), in 24ths of a quarter. A duration of 0 lasts to the
    voice's next onset, or to `end`.
    """
    rows = []
    for voice, track in enumerate(score.tracks):
        array = track.notes
        legato = array["onset"] + array["duration"] == grid.following_onset(array["onset"], end)
        shorter = DURATIONS[np.maximum(np.searchsorted(DURATIONS, array["duration"], side="right") - 1, 0)]
        durations = np.where(legato, 0, shorter)
        columns = (array["onset"], np.full(len(array), voice), array["pitch"], durations, array["velocity"])
        rows += list(zip(*(column.tolist() for column in columns), strict=True))
    return sorted(rows)
