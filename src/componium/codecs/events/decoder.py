"""Decoder of the events codec: any ids to a score."""

from collections.abc import Callable, Sequence

import numpy as np

from componium.codecs.events.cells import in_order
from componium.codecs.events.chords import chord_symbol
from componium.codecs.events.grid import MAX_TRACKS, bar_length, following_onset
from componium.codecs.events.prefix import UNKNOWN
from componium.codecs.events.upbeat import cut_silence, silence_before
from componium.codecs.vocab import Vocab
from componium.decoding.context import TICKS
from componium.music.pitch import key_of
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.music.types import type_ids


class Decoder:
    """Lenient reader of ids.

    Ids out of place are ignored, so any ids give a valid score. `offset` returns the semitones from written to sounding
    pitches, drums aside, by a Key token's id. Raises CodecError for ids outside the vocabulary.
    """

    def __init__(self, vocab: Vocab, ids: Sequence[int] | type_ids, offset: Callable[[int], int]) -> None:
        self.style, self.offset = "", 0  # semitones from the pitches that are written to those that sound
        self.programs: list[int | str] = []
        self.n_voices = 1
        self.tempos: list[Tempo] = []
        self.meters: list[Meter] = []
        self.keys: list[Key] = []
        self.line, self.length, self.bars = 0, 4 * TICKS, 0
        self.onset, self.voice = -1, 0
        self.chords: list[tuple[int, str]] = []  # onset, and the token's value
        self.has_upbeat = False
        self.rows: list[list[int]] = []  # voice, onset, pitch, duration (0: to the next onset), velocity
        for index in in_order(vocab, np.asarray(ids, dtype=np.int64)).tolist():
            family, value = vocab.entry(index)
            if family == "EOS":
                break
            if family == "Key" and not self.bars:
                self.offset = offset(index)
            if value != UNKNOWN or family in ("Bar", "Program"):
                getattr(self, f"_{family.lower()}", self._ignore)(value)

    def _ignore(self, value: int | str) -> None:
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

    def _upbeat(self, value: int | str) -> None:
        self.has_upbeat |= self.bars == 1

    def _chord(self, value: int | str) -> None:
        if self.onset >= 0 and (not self.chords or self.chords[-1][1] != value):
            self.chords.append((self.onset, str(value)))

    def _pos(self, value: int | str) -> None:
        if self.bars:
            self.onset = self.line + min(int(value), self.length - 3)

    def _voice(self, value: int | str) -> None:
        self.voice = min(int(value), self.n_voices - 1)

    def _pitch(self, value: int | str) -> None:
        if self.onset >= 0:
            is_drum = self.voice < len(self.programs) and self.programs[self.voice] == "drums"
            pitch = int(value) + (0 if is_drum else self.offset)
            self.rows.append([self.voice, self.onset, min(max(pitch, 0), 127), 0, 0])

    def _dur(self, value: int | str) -> None:
        if self.rows:
            self.rows[-1][3] = int(value)

    def _vel(self, value: int | str) -> None:
        if self.rows:
            self.rows[-1][4] = int(value)

    def score(self) -> Score:
        """Return the score of what was read."""
        if self.rows and not any(meter.tick == 0 for meter in self.meters):
            self.meters.insert(0, Meter(0, 4, 4))
        style = (("style", self.style),) if self.style else ()
        tracks = tuple(map(self._track, range(self.n_voices)))
        if not self.rows:
            return Score(tracks, TICKS, info=style)
        events = tuple(self.tempos), tuple(self.meters), tuple(self.keys), self._symbols()
        score = Score(tracks, TICKS, *events, info=style)
        return cut_silence(score, silence_before(score)) if self.has_upbeat else score

    def _symbols(self) -> tuple[Chord, ...]:
        key = self.keys[0] if self.keys and self.keys[0].tick == 0 else None
        fifths = key.fifths if key else 0
        return tuple(Chord(onset, chord_symbol(word, self.offset, fifths)) for onset, word in self.chords)

    def _track(self, voice: int) -> Track:
        rows = sorted(row[1:] for row in self.rows if row[0] == voice)
        onsets = np.array([row[0] for row in rows], dtype=np.int64)
        following = following_onset(onsets, self.line + self.length).tolist()
        array = notes((onset, duration or after - onset, pitch, velocity)
                      for (onset, pitch, duration, velocity), after in zip(rows, following, strict=True))  # fmt: skip
        program = self.programs[voice] if voice < len(self.programs) else 0
        return Track(array, program if isinstance(program, int) else 0, program == "drums")
