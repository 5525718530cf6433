"""Events: bars, positions, voices and pitches after a prefix of controls.

A sequence reads

    BOS  Style Meter Key Tempo Texture Voices Program...     the prefix; each value may be "?" (unknown)
    Bar_k [Meter] [Key] [Tempo]                              k bars left, this one counted; changes only
      Pos_p  Voice_v Pitch_n [Dur_d] [Vel_w]  Voice_v ...    notes that begin p 24ths after the bar line
      Pos_p  ...
    Bar_k-1 ...
    EOS

A note lasts until the next note of its voice begins (or to the end of the last bar), unless Dur states otherwise. Voice
is left out where there is only one; Vel is there only where the music has velocities, and the music learned from had
some. So a line of notes costs two tokens a note, and a sampled line has no unintended gaps or overlaps. "mono" in the
prefix states that no voice ever sounds two notes at once, and the grammar enforces it.

Pitches are written relative to the key, as if its tonic were C, so that a model learns all keys from each. With
`relative` off, or the key unknown, they are MIDI pitches. Those of drums always are: they name drums, not tones.

With `regions` a sequence may also have chords, an upbeat, and hidden cells to be filled in (see `cells`):

    Bar_k ... [Upbeat]                                       in the first bar: it begins with its first note
      Pos_p [Chord_c]  Voice_v Pitch_n ...                   a chord where a bar begins, and where it changes

Kept: onsets on the 16th, 32nd and triplet grid, durations to the next onset or from a table up to 16 quarters, pitch,
velocity in 16 steps, programs and drums of up to 16 tracks; meter, key (major, minor, dorian, mixolydian) and tempo (32
steps) in force at each bar line; the style. Lost: titles, names, other detail, and without `regions` chord symbols and
upbeats, which are filled up with silence. Compare REMI (Huang and
Yang 2020), from which bars and positions come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.analysis.chord_labels import label_chords
from componium.analysis.key import DEFAULT_FINAL, with_key
from componium.codecs.base import Codec, Encoded
from componium.codecs.events import grid
from componium.codecs.events.augmentation import augment, without_chords
from componium.codecs.events.cells import COUNTS, MORE, Cells
from componium.codecs.events.chords import CHORD_WORDS, chord_word, chords_from
from componium.codecs.events.decoder import Decoder
from componium.codecs.events.fills import fill_examples, keep_voices
from componium.codecs.events.grammar import MAX_LEFT, Grammar, State, fold
from componium.codecs.events.grid import DURATIONS, MAX_TRACKS, METERS, POSITIONS
from componium.codecs.events.guide import EventsGuide
from componium.codecs.events.known import Known
from componium.codecs.events.prefix import (
    KEY,
    METER_WORDS,
    SPAN,
    TEXTURE,
    UNKNOWN,
    canonical_settings,
    is_pitch,
    is_tonal,
    pitch_offset,
    prefix_length,
)
from componium.codecs.events.restoring import Restorer, texture_beside
from componium.codecs.events.sustaining import sustained
from componium.codecs.events.upbeat import cut_silence, silence_before
from componium.codecs.events.velocities import VELOCITIES, has_velocities, in_steps
from componium.codecs.vocab import Vocab
from componium.corpora.base import Corpus
from componium.decoding.constraints.base import build_constraints
from componium.decoding.context import TICKS
from componium.decoding.controls import ALL_CONTROLS
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.following import with_chords
from componium.decoding.style.measuring import is_monophonic
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import KEY_MODES, QPMS, StyleProfile, nearest_qpm
from componium.errors import ControlError
from componium.music.chords import NO_CHORD
from componium.music.instruments import DRUMS
from componium.music.pitch import str_key
from componium.music.score import Chord, Key, Meter, Score, Tempo
from componium.music.time import bar_lines, meters_of, n_bars
from componium.music.transform import without_velocities
from componium.music.types import type_ids, type_mask

FEWER_VOICES, FEWEST_NOTES = 0.08, 20  # in training: the share of pieces that lose voices, and the notes that are left
WITH_CHORDS = 0.55  # in training: the share of pieces that state their chords
CHORD_ROW = -1  # the voice of a row that is a chord, before those of notes
REGION_FAMILIES: dict[str, Sequence[int | str]] = {
    "Hole": range(MAX_TRACKS), "Fill": [""], "Chord": CHORD_WORDS, "HoleChords": [""], "Count": [*COUNTS, MORE],
    "Upbeat": [""],
}  # fmt: skip


class Events(Codec):
    """The events codec.

    styles      values of the Style token
    relative    whether pitches are written relative to the key; default True
    regions     whether sequences may have hidden cells, chords and an upbeat; default False
    velocities  whether velocities are kept; by default they are, until the codec is fitted to a corpus without any, to
                a model of which they would be ids that it never saw

    >>> from componium.music.score import Score, Track, notes
    >>> codec = Events(styles=("jig",))
    >>> score = Score(tracks=(Track(notes([(0, 480, 60), (480, 1440, 64)])),))
    >>> " ".join(map(codec.vocab.token, codec.encode(score).ids[7:]))
    'Program_0 Bar_1 Pos_0 Pitch_60 Pos_24 Pitch_64 EOS'
    >>> codec.decode(codec.encode(score).ids) == codec.canonicalize(score)
    True
    """

    def __init__(
        self, styles: Sequence[str] = (), *, relative: bool = True, regions: bool = False,
        velocities: bool | None = None,
    ) -> None:  # fmt: skip
        self.styles, self.relative, self.regions, self.velocities = tuple(styles), relative, regions, velocities
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
            "Vel": VELOCITIES,
            **(REGION_FAMILIES if regions else {}),
        })
        self.pad, self.bos, self.eos = (self.vocab.id(name) for name in ("PAD", "BOS", "EOS"))
        self._grammar = Grammar(self.vocab, velocities=self.keeps_velocities)
        given = ("Hole", "Fill", "HoleChords", "Count", "Upbeat") if regions else ()
        self._given = np.concatenate([np.zeros(0, dtype=np.int64), *(np.r_[self.vocab.ids(name)] for name in given)])

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
        return ALL_CONTROLS | {"chords"} | ({"region"} if self.regions else set())

    @property
    def keeps_velocities(self) -> bool:
        """True unless velocities are left out."""
        return self.velocities is not False

    def fit(self, corpus: Corpus) -> "Events":
        """Return the codec with what it isn't told.

        These are the styles of a corpus, and whether that has velocities.
        """
        velocities = has_velocities(corpus) if self.velocities is None else self.velocities
        return Events(self.styles or corpus.styles, relative=self.relative, regions=self.regions, velocities=velocities)

    def config(self) -> dict[str, Any]:
        options = {"name": "events", "styles": list(self.styles), "relative": self.relative}
        options |= {"regions": True} if self.regions else {}
        return options if self.velocities is None else {**options, "velocities": self.velocities}

    def plan(self, request: Request, profiles: Mapping[str, StyleProfile], rng: np.random.Generator) -> Plan:
        request = replace(request, score=_as_read(request))
        plan = super().plan(request, {style: canonical_settings(profiles[style]) for style in profiles}, rng)
        controls = request.controls
        if controls.chords is None:
            return plan
        if request.score is not None:
            raise ControlError("chords beside a piece to go on from or to fill in", advice="leave one of them out")
        return with_chords(plan, controls.chords, controls.ending)

    def guide(self, plan: Plan, request: Request, profile: StyleProfile) -> EventsGuide:
        plan = replace(plan, closing=_closing(plan))
        known, restorer, n_prompt, score = None, None, 0, _as_read(request)
        if score is not None and request.region is not None:
            score = self._in_style(_with_chords(score, request.region), plan)
            laid, silence = self._lay(score)
            restorer = Restorer(score, laid.n_bars, silence)
            region, whole = restorer.region(request.region), self._ids([*self._words(laid, silence), ("EOS", "")])
            whole[TEXTURE] = self.vocab.id("Texture", texture_beside(laid, region))
            cells = Cells.parse(self.vocab, whole)
            known, ids = Known(cells, region, restorer.pad), cells.hide(region)
            piece = int(np.argmax(ids == self.vocab.id("Fill"))) + 1
            given = ids[: piece + int(self.bar_starts(ids[piece:])[known.first])]
        elif score is not None:
            given, n_prompt = self._prompt(score, plan), n_bars(self.canonicalize(score))
        else:
            given = self.prefix(plan)
        constraints = build_constraints(plan, profile, request.constraints)
        return EventsGuide(self, self._grammar, plan, constraints, given, offset=self.offset(int(given[KEY])),
                           request=request, prompt_bars=n_prompt, known=known, restorer=restorer)  # fmt: skip

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
        score = self.canonicalize(self._in_style(prompt, plan))
        ids = self.encode_open(score)
        starts = self.bar_starts(ids)
        ids[starts] = [self.vocab.id("Bar", fold(plan.bars - bar)) for bar in range(len(starts))]
        if str(meters_of(score)[-1]) == str(plan.meter):
            return ids
        return np.append(ids, self._ids([("Bar", fold(plan.bars - len(starts))), ("Meter", str(plan.meter))]))

    def _in_style(self, score: Score, plan: Plan) -> Score:
        """Return a score that states the plan's style, if there is a token for it."""
        return replace(score, info=(("style", plan.style),) if plan.style in self.styles else ())

    def canonicalize(self, score: Score) -> Score:
        laid, silence = self._lay(score)
        return cut_silence(laid, silence)

    def _lay(self, score: Score) -> tuple[Score, int]:
        """Return a score with a whole first bar, and the silence before its upbeat.

        The silence is 0 without an upbeat.
        """
        laid, pad = grid.lay(score, self.styles, chords=self.regions)
        laid = in_steps(laid) if self.keeps_velocities else without_velocities(laid)
        if not (self.regions and pad):
            return laid, 0
        silence = silence_before(laid)
        return replace(laid, chords=chords_from(laid.chords, silence)), silence

    def encode(self, score: Score, hidden: Region | None = None) -> Encoded:
        if hidden is None or not self.regions:
            return super().encode(score, hidden)
        return self.encoded(Cells.parse(self.vocab, self._encode(score)).hide(hidden))

    def _encode(self, score: Score) -> type_ids:
        return self._ids([*self._words(*self._lay(score)), ("EOS", "")])

    def encode_open(self, score: Score) -> type_ids:
        """Return the ids of a score to continue.

        They have no EOS, and state the durations of the last notes.
        """
        return self._ids([*self._words(*self._lay(score), is_open=True)])

    def _words(self, laid: Score, silence: int, *, is_open: bool = False) -> Iterator[tuple[str, int | str]]:
        """Yield the tokens of what `_lay` returns, but EOS."""
        yield "BOS", ""
        yield from self._prefix(laid)
        yield from self._body(laid, is_open=is_open, has_upbeat=silence > 0)

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

    def _body(self, score: Score, *, is_open: bool, has_upbeat: bool) -> Iterator[tuple[str, int | str]]:
        """Yield the tokens of a laid score from its first bar on."""
        lines = bar_lines(score)
        rows = sorted([*_rows(score, -1 if is_open else int(lines[-1])), *_chord_rows(score, lines)])
        starts = np.searchsorted([row[0] for row in rows], lines)
        heads: dict[int, list[tuple[str, int | str]]] = {}
        for name, events in (("Meter", score.meters), ("Key", score.keys), ("Tempo", score.tempos)):
            for event in events:
                if event.tick > 0:  # the prefix states what holds from the start
                    heads.setdefault(event.tick, []).append((name, _word(event)))
        n_bars = len(lines) - 1
        first_key = next((_word(key) for key in score.keys if key.tick == 0), UNKNOWN)
        offset = self.offset(self.vocab.id("Key", first_key))
        symbols = {chord.tick: chord.symbol for chord in score.chords}
        for bar, line in enumerate(lines[:-1].tolist()):
            yield "Bar", fold(n_bars - bar)
            yield from heads.get(line, ())
            if has_upbeat and bar == 0:
                yield "Upbeat", ""
            position = -1
            for onset, voice, pitch, duration, velocity in rows[starts[bar] : starts[bar + 1]]:
                if onset - line != position:
                    position = onset - line
                    yield "Pos", position
                if voice == CHORD_ROW:
                    yield "Chord", chord_word(symbols[pitch], offset)
                    continue
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

    def ids_after(self, given: type_ids, score: Score) -> type_ids:
        ids = self.encode(score).ids
        begun, starts = self.bar_starts(given), self.bar_starts(ids)
        if not len(begun):
            return np.concatenate([given, ids[starts[0] :]])
        if self.is_note(given[begun[-1] :]).any():
            rest = [*starts, len(ids) - 1][len(begun)]
        else:  # the last bar of a prompt is begun by its head alone
            rest = starts[len(begun) - 1] + len(given) - begun[-1]
        return np.concatenate([given, ids[rest:]])

    def strikes(self, ids: type_ids, at: int) -> type_mask:
        part = self.vocab.ids("Pitch")
        offset = self.offset(int(ids[KEY])) if is_tonal(self.vocab, ids)[at] else 0
        pitches = self.vocab.values[part] + offset
        sounds = (pitches >= 0) & (pitches <= 127)
        table = np.zeros((len(self.vocab), 128), dtype=bool)
        table[part.start + np.flatnonzero(sounds), pitches[sounds]] = True
        return table

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
        return mask | np.isin(ids, self._given) if self.regions else mask

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
        if self.regions:
            ids = self._vary(ids, rng)
        return augment(self.vocab, ids, styles, rng, relative=self.relative)

    def _vary(self, ids: type_ids, rng: np.random.Generator) -> type_ids:
        """Return a piece without chords, or without some of its voices, now and then."""
        cells = Cells.parse(self.vocab, ids)
        if cells.n_voices > 2 and rng.random() < FEWER_VOICES:
            kept = rng.random(cells.n_voices) < 0.6
            kept[rng.integers(cells.n_voices)] = True
            fewer = keep_voices(cells, kept)
            ids = fewer.ids() if (~fewer.is_chord).sum() > FEWEST_NOTES else ids
        return ids if rng.random() < WITH_CHORDS else without_chords(self.vocab, ids)

    def fill_examples(self, ids: type_ids, size: int, rng: np.random.Generator) -> Iterator[type_ids]:
        if self.regions:
            yield from fill_examples(Cells.parse(self.vocab, ids), size, rng)


def _as_read(request: Request) -> Score | None:
    """Return the score of a request as music is written.

    It has a key, and notes that last until the next ones: a model foretells it much better.
    """
    score, is_whole = request.score, request.region is not None
    return None if score is None else with_key(sustained(score), final=DEFAULT_FINAL if is_whole else 0.0)


def _with_chords(score: Score, region: Region) -> Score:
    """Return a score that has chords, if some are to be written.

    They are labels, or none where all are to be written.
    """
    if score.chords or not region.chords.any():
        return score
    return replace(score, chords=(Chord(0, NO_CHORD),) if region.chords.all() else label_chords(score))


def _closing(plan: Plan) -> int | None:
    """Return the closing onset of a plan on the grid; None for one beyond the bar."""
    length = grid.bar_length((plan.meter.numerator, plan.meter.denominator))
    return grid.position_before(plan.closing) if plan.closing is not None and plan.closing < length else None


def _word(event: Meter | Key | Tempo) -> int | str:
    """Return the value of the token that states a meter, key or tempo."""
    if isinstance(event, Key):
        return f"{event.tonic}_{event.mode}"
    return int(event.qpm) if isinstance(event, Tempo) else str(event)


def _chord_rows(score: Score, lines: NDArray[np.int64]) -> list[tuple[int, int, int, int, int]]:
    """Return rows (onset, CHORD_ROW, tick of the symbol, 0, 0).

    They are where bars begin and where chords change.
    """
    ticks = np.array([chord.tick for chord in score.chords], dtype=np.int64)
    if not len(ticks):
        return []
    onsets = np.union1d(ticks, lines[:-1])
    symbols = ticks[np.searchsorted(ticks, onsets, side="right") - 1]
    return [(onset, CHORD_ROW, tick, 0, 0) for onset, tick in zip(onsets.tolist(), symbols.tolist(), strict=True)]


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
