"""Events: bars, positions, voices and pitches, with a prefix that says what is asked for.

A sequence reads

    BOS  Style Meter Key Tempo Texture Voices Program...     the prefix; each value may be "?" (unknown)
    Bar_k [Meter] [Key] [Tempo]                              k bars left, this one counted; changes only
      Pos_p  Voice_v Pitch_n [Dur_d] [Vel_w]  Voice_v ...    notes that begin p 24ths after the bar line
      Pos_p  ...
    Bar_k-1 ...
    EOS

A note lasts until the next note of its voice begins (or to the end of the last bar), unless Dur says otherwise. Voice
is left out where there is only one; Vel is there only where the music has velocities. So a line of notes costs two
tokens a note, and a sampled line has no gaps or overlaps that nobody asked for. "mono" in the prefix says that no voice
ever sounds two notes at once, and the grammar then sees to it.

Pitches are told relative to the key: as if its tonic were C, so that what is learned in one key is known in all. (With
`relative` off, or the key unknown, they are MIDI pitches.)

What is kept: onsets on the 16th, 32nd and triplet grid, durations to the next onset or from a table up to 16 quarters,
pitch, velocity in 16 steps, programs and drums of up to 16 tracks; metre, key (major, minor, dorian, mixolydian) and
tempo (32 steps) as they stand at each bar line; the style. What is lost: titles, names, chord symbols, other detail.
Compare REMI (Huang and Yang 2020), from which bars and positions come.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np

from componium.codecs.base import Codec
from componium.codecs.events import grid as _grid
from componium.codecs.events.grammar import MAX_LEFT, Grammar, State, fold
from componium.codecs.events.grid import DURATIONS, MAX_TRACKS, METERS, POSITIONS, QPMS, TICKS, bar_length
from componium.codecs.vocab import Vocab
from componium.corpora.base import Corpus
from componium.decoding.controls import ALL_CONTROLS
from componium.errors import CodecError
from componium.music.pitch import key_of
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_lines
from componium.music.types import type_ids, type_mask

UNKNOWN = "?"
KEY_MODES = ("major", "minor", "dorian", "mixolydian")
SPAN = 6  # how far a pitch may be told from where it sounds
# Places of the prefix's tokens in a sequence.
STYLE, METER, KEY, TEMPO, TEXTURE, VOICES, PROGRAMS = 1, 2, 3, 4, 5, 6, 7


class Events(Codec):
    """The codec; `styles` are the words that the Style token knows; `relative` tells pitches relative to the key.

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
            "Meter": [UNKNOWN, *(f"{n}/{d}" for n, d in METERS)],
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
        return self._grammar.allowed(state)

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

    def canonicalize(self, score: Score) -> Score:
        return _grid.canonicalize(score, self.styles)

    def _encode(self, score: Score) -> type_ids:
        score = self.canonicalize(score)
        return self._ids([("BOS", ""), *self._prefix(score), *self._body(score), ("EOS", "")])

    def encode_open(self, score: Score) -> type_ids:
        """The ids of a canonical score to be gone on from: no EOS, and the last notes with their durations stated."""
        return self._ids([("BOS", ""), *self._prefix(score), *self._body(score, is_open=True)])

    def _ids(self, words: Sequence[tuple[str, int | str]]) -> type_ids:
        return np.array([self.vocab.id(*word) for word in words], dtype=np.int64)

    def _prefix(self, score: Score) -> Iterator[tuple[str, int | str]]:
        yield "Style", score.about("style") or UNKNOWN
        for name, events in (("Meter", score.meters), ("Key", score.keys), ("Tempo", score.tempos)):
            yield name, _word(events[0]) if events and events[0].tick == 0 else UNKNOWN
        yield "Texture", "mono" if all(_grid.is_mono(track.notes) for track in score.tracks) else "poly"
        yield "Voices", len(score.tracks)
        for track in score.tracks:
            yield "Program", "drums" if track.is_drum else track.program

    def _body(self, score: Score, *, is_open: bool = False) -> Iterator[tuple[str, int | str]]:
        """The words of a canonical score from its first bar on."""
        lines = bar_lines(score)
        rows = _rows(score, -1 if is_open else int(lines[-1]))
        starts = np.searchsorted([row[0] for row in rows], lines)
        heads: dict[int, list[tuple[str, int | str]]] = {}
        for name, events in (("Meter", score.meters), ("Key", score.keys), ("Tempo", score.tempos)):
            for event in events:
                if event.tick > 0:  # the prefix tells what holds from the start
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
                yield "Pitch", pitch - offset
                if duration:
                    yield "Dur", duration
                if velocity:
                    yield "Vel", velocity

    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        return _Decoder(self.vocab, ids, self.offset).score()

    def offset(self, key_id: int) -> int:
        """Semitones, -5 to 6, between the pitches that are told and those that sound, by the prefix's Key token."""
        word = self.vocab.entries[key_id][1]
        return (int(str(word).split("_")[0]) + 5) % 12 - 5 if self.relative and word != UNKNOWN else 0

    def is_note(self, ids: type_ids) -> type_mask:
        part = self.vocab.ids("Pitch")
        mask: type_mask = (ids >= part.start) & (ids < part.stop)
        return mask

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

    # What training changes in a piece's ids, without decoding them.

    def transpose(self, ids: type_ids, semitones: int) -> type_ids:
        """The ids of the music `semitones` higher. Raises CodecError if a pitch would leave 0-127."""
        ids, before = ids.copy(), self.offset(int(ids[KEY]))
        keys, notes_at = self.vocab.ids("Key"), self.is_note(ids)
        at = (ids > keys.start) & (ids < keys.stop)
        mode, tonic = np.divmod(ids[at] - keys.start - 1, 12)
        ids[at] = keys.start + 1 + 12 * mode + (tonic + semitones) % 12
        sounding = self.vocab.values[ids[notes_at]] + before + semitones
        if len(sounding) and not 0 <= sounding.min() <= sounding.max() <= 127:
            raise CodecError(f"a transposition by {semitones}", expected="pitches 0 to 127")
        ids[notes_at] += semitones + before - self.offset(int(ids[KEY]))
        return ids

    def hide(self, ids: type_ids, what: Collection[str]) -> type_ids:
        """The ids with some of "Style", "Meter", "Key", "Tempo", "Program" unknown in the prefix, "Bar" throughout.

        Where pitches are relative to a key that is to be hidden, they become MIDI pitches.

        A metre hidden from the prefix is stated in the first bar, since places in a bar mean nothing without it.
        """
        ids = ids.copy()
        if "Key" in what:
            ids[self.is_note(ids)] += self.offset(int(ids[KEY]))
        for name, place in (("Style", STYLE), ("Meter", METER), ("Key", KEY), ("Tempo", TEMPO)):
            if name in what:
                meter = ids[place]
                ids[place] = self.vocab.id(name, UNKNOWN)
                stated = place == METER and meter != ids[place] and len(ids) > self.prefix_length(ids) + 1
                ids = np.insert(ids, self.prefix_length(ids) + 1, meter) if stated else ids
        if "Program" in what:
            ids[PROGRAMS : self.prefix_length(ids)] = self.vocab.id("Program", UNKNOWN)
        if "Bar" in what:
            bars = self.vocab.ids("Bar")
            ids[(ids >= bars.start) & (ids < bars.stop)] = bars.start
        return ids

    def prefix_length(self, ids: type_ids) -> int:
        """How many ids stand before the first bar."""
        return PROGRAMS + int(ids[VOICES]) - int(self.vocab.ids("Voices").start) + 1

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """Another key (within the registers that the piece allows), one of its styles, some things hidden."""
        pitches = self.vocab.values[ids[self.is_note(ids)]] + self.offset(int(ids[KEY]))
        drums = self.vocab.id("Program", "drums") in ids[: self.prefix_length(ids)]
        if len(pitches) and not drums:
            # Into any key, or, where keys are all told alike, into the near ones; no note below E1 or above E7 for it.
            widest = 2 if self.relative else 6
            low, high = max(-widest, min(28 - int(pitches.min()), 0)), min(widest, max(100 - int(pitches.max()), 0))
            ids = self.transpose(ids, int(rng.integers(low, high + 1)))
        known = [style for style in styles if self.vocab.has("Style", style)]
        if known:
            ids = ids.copy()
            ids[STYLE] = self.vocab.id("Style", known[rng.integers(len(known))])
        names = ("Style", "Meter", "Tempo", "Program", "Bar") + (() if self.relative else ("Key",))
        return self.hide(ids, {name for name, lot in zip(names, rng.random(len(names)), strict=True) if lot < 0.1})


def _word(event: Meter | Key | Tempo) -> int | str:
    """The value of the token that states a metre, key or tempo."""
    if isinstance(event, Key):
        return f"{event.tonic}_{event.mode}"
    return int(event.qpm) if isinstance(event, Tempo) else str(event)


def _rows(score: Score, end: int) -> list[tuple[int, int, int, int, int]]:
    """Notes in the order of tokens: onset, voice, pitch, duration (0: up to the voice's next onset), velocity."""
    rows = []
    for voice, track in enumerate(score.tracks):
        array = track.notes
        legato = array["onset"] + array["duration"] == _grid.following_onset(array["onset"], end)
        shorter = DURATIONS[np.maximum(np.searchsorted(DURATIONS, array["duration"], side="right") - 1, 0)]
        durations = np.where(legato, 0, shorter)
        columns = (array["onset"], np.full(len(array), voice), array["pitch"], durations, array["velocity"])
        rows += list(zip(*(column.tolist() for column in columns), strict=True))
    return sorted(rows)


class _Decoder:
    """Reads ids leniently: what is out of place is passed over, so any ids give a valid score."""

    def __init__(self, vocab: Vocab, ids: Sequence[int] | type_ids, offset: Callable[[int], int]) -> None:
        self.style, self.offset = "", 0
        for_key = offset
        self.programs: list[int | str] = []
        self.n_voices = 1
        self.tempos: list[Tempo] = []
        self.meters: list[Meter] = []
        self.keys: list[Key] = []
        self.line, self.length, self.bars = 0, 4 * TICKS, 0
        self.onset, self.voice = -1, 0
        self.rows: list[list[int]] = []  # voice, onset, pitch, duration (0: to the next onset), velocity
        for index in np.asarray(ids, dtype=np.int64).tolist():
            family, value = vocab.entry(index)
            if family == "EOS":
                break
            if family == "Key" and not self.bars:
                self.offset = for_key(index)
            if value != UNKNOWN or family == "Bar":
                getattr(self, f"_{family.lower()}", self._pass)(value)

    def _pass(self, value: int | str) -> None:
        pass

    def _style(self, value: int | str) -> None:
        self.style = str(value)

    def _voices(self, value: int | str) -> None:
        if not self.bars:
            self.n_voices = int(value)

    def _program(self, value: int | str) -> None:
        if not self.bars and len(self.programs) < MAX_TRACKS:
            self.programs.append(value)

    def _bar(self, value: int | str) -> None:
        self.line += self.length if self.bars else 0
        self.bars += 1
        self.onset, self.voice = -1, 0

    def _meter(self, value: int | str) -> None:
        if self.onset < 0:  # only in a bar's head
            numerator, denominator = map(int, str(value).split("/"))
            self.meters.append(Meter(self.line, numerator, denominator))
            self.length = bar_length((numerator, denominator))

    def _key(self, value: int | str) -> None:
        tonic, mode = str(value).split("_")
        self.keys.append(key_of(int(tonic), mode, self.line))

    def _tempo(self, value: int | str) -> None:
        self.tempos.append(Tempo(self.line, float(value)))

    def _pos(self, value: int | str) -> None:
        if self.bars:
            self.onset = self.line + min(int(value), self.length - 3)

    def _voice(self, value: int | str) -> None:
        self.voice = min(int(value), self.n_voices - 1)

    def _pitch(self, value: int | str) -> None:
        if self.onset >= 0:
            self.rows.append([self.voice, self.onset, min(max(int(value) + self.offset, 0), 127), 0, 0])

    def _dur(self, value: int | str) -> None:
        if self.rows:
            self.rows[-1][3] = int(value)

    def _vel(self, value: int | str) -> None:
        if self.rows:
            self.rows[-1][4] = int(value)

    def score(self) -> Score:
        """The score of what was read."""
        if self.rows and not any(meter.tick == 0 for meter in self.meters):
            self.meters.insert(0, Meter(0, 4, 4))
        style = (("style", self.style),) if self.style else ()
        tracks = tuple(map(self._track, range(self.n_voices)))
        if not self.rows:
            return Score(tracks, TICKS, info=style)
        return Score(tracks, TICKS, tuple(self.tempos), tuple(self.meters), tuple(self.keys), info=style)

    def _track(self, voice: int) -> Track:
        rows = sorted(row[1:] for row in self.rows if row[0] == voice)
        onsets = np.array([row[0] for row in rows], dtype=np.int64)
        following = _grid.following_onset(onsets, self.line + self.length).tolist()
        both = zip(rows, following, strict=True)
        array = notes((row[0], row[2] or after - row[0], row[1], row[3]) for row, after in both)
        program = self.programs[voice] if voice < len(self.programs) else 0
        return Track(array, program if isinstance(program, int) else 0, program == "drums")
