"""Rules: species counterpoint and four-part writing by constraint search.

The rules are rows of a table (table.py) after Johann Joseph Fux, *Gradus ad Parnassum* (1725), and textbooks of
four-part harmony. A search finds notes that keep every hard rule; soft rules have random prices, and each part has a
random contour to be near to: these prices and contours make the pieces differ. A piece is made phrase by phrase, each
bound to the one before by the same rules, so that time grows with length and no faster.

The presets "illiac-1" and "illiac-2" are after the first two experiments of Lejaren Hiller and Leonard Isaacson,
*Experimental Music* (1959), the *Illiac Suite*: one, two and four parts; and four parts of the first species.

A soprano, a bass, or a row of Roman numerals can be given, and is set in four parts (given.py).

It learns nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from componium.analysis.meter import main_meter
from componium.decoding.controls import Controls
from componium.decoding.explanation import NoteExplanation
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan, settle_plan
from componium.errors import ControlError
from componium.methods._shared.parameters import check_choice, check_range
from componium.methods.base import Untaught
from componium.methods.rules.given import ChordTask, four_parts, read_given, shift_ranges
from componium.methods.rules.judging import explain_bar
from componium.methods.rules.phrase import Phrase, compose_phrase
from componium.music.chords import parse_numeral
from componium.music.pitch import parse_key
from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.time import n_bars

CHOIR = 52
VOICES = ((60, 79), (55, 74), (48, 67), (41, 60))  # soprano, alto, tenor, bass
RANGES = {1: VOICES[1:2], 2: VOICES[1:3], 3: VOICES[1:], 4: VOICES}  # by the number of parts
KEYS = ("C major", "G major", "F major", "D dorian", "A minor", "E minor", "G mixolydian")
PRESETS = ("", "illiac-1", "illiac-2")
STRINGS = (40, 40, 41, 42)
STRING_RANGES = ((64, 84), (57, 76), (50, 69), (40, 60))
SEARCHES, GIVEN = ("cp-sat", "backtrack"), ("soprano", "bass")
PHRASE_BARS, PHRASE_CHORDS = 8, 16


class Rules(Untaught):
    """Counterpoint for two parts, chords for three or four, a cantus firmus for one.

      species   species of the counterpoint, 1 to 5
      parts     1 to 4, unless instruments are requested
      cantus    a cantus firmus of your own, MIDI pitches of a bar each; without, one is made
      above     whether the counterpoint is above it
      preset    "", "illiac-1" or "illiac-2"
      numerals  chords of four parts, such as "I vi ii6 V I", one a beat, the last to the end of its bar
      given     the part that `harmonize` is given, "soprano" or "bass"
      search    "cp-sat" or "backtrack"

    Composing raises ControlError, naming the rules that clash, when nothing can be written.
    """

    CONTROLS = frozenset({"key", "meter", "qpm", "bars", "duration", "instruments", "ending"})
    TINY: ClassVar[Mapping[str, Any]] = {"species": 1}

    def __init__(
        self, *, species: int = 1, parts: int = 2, cantus: tuple[int, ...] = (), above: bool = True, preset: str = "",
        numerals: str = "", given: str = "soprano", search: str = "cp-sat",
    ) -> None:
        self.species, self.parts, self.cantus, self.above = species, parts, cantus, above
        self.preset, self.numerals, self.given, self.search = preset, numerals, given, search

    def harmonize(self, melody: Score, *, rng: np.random.Generator | None = None) -> Score:
        """Return the melody as the soprano or the bass of four parts.

        The melody is the first track, and is kept note for note. A chord stands at each beat with a note of its own.
        Without `rng` it is as with seed 0. Raises ControlError if no key is stated, and if none can be written, naming
        the rules that clash and their bars.
        """
        self.check_params()
        part = GIVEN.index(self.given)
        task = read_given(melody, -part)
        program = melody.tracks[0].program
        piece = settle_plan(Controls(), key=melody.keys[0], meter=replace(main_meter(melody), tick=0),
                            programs=(program,) * len(VOICES), ranges=shift_ranges(VOICES, task))  # fmt: skip
        rows = four_parts(piece, task, self.numerals, self.search, rng or np.random.default_rng(0))
        tracks = [Track(notes(row), program) for row in rows]
        tracks[-part] = melody.tracks[0]
        return replace(melody, tracks=tuple(tracks), chords=())

    def explain(
        self, score: Score, bar: int, voice: int, *, request: Request | None = None, plan: Plan | None = None
    ) -> tuple[NoteExplanation, ...]:
        """Explain the notes of one bar and voice, both from 0, by rules broken.

        request  that of a take of this method, whose phrases are known; without, the score is judged as one phrase

        Raises ControlError for a score without a key, and for more parts than four.
        """
        self.check_params()
        if not score.keys or not 1 <= len(score.tracks) <= len(VOICES):
            raise ControlError("a score without a key, or of more parts than four", expected="a key and 1 to 4 parts")
        piece = self._plan_of(score, request)
        starts = np.cumsum([0, *(self._lengths(piece) if request and not self.numerals else [piece.bars])]).tolist()
        phrase = int(np.searchsorted(starts, bar, side="right")) - 1
        return explain_bar(score, piece, bar, voice, (starts[phrase], starts[phrase + 1]), species=self.species,
                           above=self.above, preset=self.preset)  # fmt: skip

    def _plan_of(self, score: Score, request: Request | None) -> Plan:
        """Return the plan of a finished score; its ranges hold all of its notes."""
        asked = request.controls if request else Controls()
        controls = replace(asked, key=score.keys[0], meter=None, bars=n_bars(score))
        n = len(score.tracks)
        ranges = STRING_RANGES if self.preset else RANGES[n]
        piece = settle_plan(controls, key=score.keys[0], meter=replace(main_meter(score), tick=0),
                            programs=(CHOIR,) * n, ranges=ranges)
        pitches = [track.notes["pitch"] for track in score.tracks]
        return replace(piece, ranges=tuple(
            (int(min(low, own.min(initial=low))), int(max(high, own.max(initial=high))))
            for (low, high), own in zip(piece.ranges, pitches, strict=True)))

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        write = self._to_numerals if self.numerals else self._to_rules
        return write(self._plan(controls, rng), rng)

    def _to_numerals(self, piece: Plan, rng: np.random.Generator) -> Score:
        beats = max(piece.bar_ticks // piece.beat_ticks, 1)
        onsets = [at // beats * piece.bar_ticks + at % beats * piece.beat_ticks for at in range(self._chords)]
        spans = list(zip(onsets, [*onsets[1:], piece.end], strict=True))
        task = ChordTask(spans, [onset // piece.bar_ticks for onset in onsets])
        return piece.score(four_parts(piece, task, self.numerals, self.search, rng))

    @property
    def _chords(self) -> int:
        return len(self.numerals.replace(",", " ").split())

    def check_params(self) -> None:
        super().check_params()
        check_range("species", self.species, 1, 5)
        check_range("parts", self.parts, 1, 4)
        check_choice("preset", self.preset, PRESETS)
        check_choice("given", self.given, GIVEN)
        check_choice("search", self.search, SEARCHES)
        if not all(isinstance(pitch, int) and 0 <= pitch <= 127 for pitch in self.cantus) or len(self.cantus) in (1, 2):
            raise ControlError(f"cantus={self.cantus!r}", expected="three or more MIDI pitches, 0 to 127")
        if self.numerals and self._chords < 2:
            raise ControlError(f"numerals={self.numerals!r}", expected="two or more, such as \"I V I\"")
        for word in self.numerals.replace(",", " ").split():
            parse_numeral(word)

    def _plan(self, controls: Controls, rng: np.random.Generator) -> Plan:
        task = str(rng.choice(KEYS)) if not self.preset and not self.numerals else "C major"
        usual = 4 if self.preset or self.numerals else self.parts
        n = len(controls.instruments) if controls.instruments else usual
        if n > 4 or (self.preset and n != 4):
            raise ControlError(f"{n} parts", expected="4 for a preset" if self.preset else "1 to 4")
        ranges = STRING_RANGES if self.preset else RANGES[n]
        piece = settle_plan(
            controls, key=parse_key(task), meter=Meter(0, 2, 2) if n < 3 or self.preset else Meter(0, 4, 4),
            programs=STRINGS if self.preset else (CHOIR,) * n, ranges=ranges,
            qpm=144.0 if n < 3 or self.preset else 84.0,
        )  # fmt: skip
        asked = None if controls.bars is None and controls.duration is None else piece.bars
        if self.cantus:
            if n != 2 or asked not in (None, len(self.cantus)):
                raise ControlError(f"a cantus firmus of {len(self.cantus)} bars", expected="two parts and as many bars")
            piece = replace(piece, bars=len(self.cantus), key=controls.key or _key_of(self.cantus))
        if self.numerals:
            return self._fill_numerals(piece, asked, controls, n)
        if piece.bars < 3:
            raise ControlError(f"{piece.bars} bars", expected="3 or more, for a beginning and a cadence")
        return piece

    def _fill_numerals(self, piece: Plan, asked: int | None, controls: Controls, n: int) -> Plan:
        """Return the plan with as many bars as the numerals fill.

        It is in A minor where they begin on i and no key is requested.
        """
        beats = max(piece.bar_ticks // piece.beat_ticks, 1)
        bars = -(-self._chords // beats)
        if n < 3 or asked not in (None, bars) or self._chords < 2:
            raise ControlError(f"{self._chords} numerals in {asked or bars} bars and {n} parts",
                               expected=f"{bars} bars, a chord a beat, for two chords or more in 3 or 4 parts")
        minor = self.numerals.lstrip().startswith("i")
        return replace(piece, bars=bars, key=controls.key or parse_key("A minor" if minor else "C major"))

    def _to_rules(self, piece: Plan, rng: np.random.Generator) -> Score:
        n = len(piece.programs)
        parts: list[list[tuple[int, ...]]] = [[] for _ in range(n)]
        at, last = 0, Phrase()
        lengths = self._lengths(piece)
        for place, bars in enumerate(lengths):
            voices = tuple(range(n))
            if self.preset == "illiac-1":
                third = place * 3 // len(lengths)
                voices = ((0,), (0, 1), (0, 1, 2, 3))[third if place < len(lengths) - 1 else 2]
            kind = "chords" if n > 2 and not self.preset else "notes"
            final = 0 if (piece.closed if place == len(lengths) - 1 else rng.random() < 0.5) else 7
            last = compose_phrase(
                piece, bars, final, voices, kind, 1 if self.preset else self.species, self.above,
                self.cantus, last if last.voices == voices else Phrase(), self.search, rng,
            )  # fmt: skip
            for voice, rows in zip(voices, last.rows, strict=True):
                parts[voice] += [(at * piece.bar_ticks + onset, length, pitch) for onset, length, pitch in rows]
            at += bars
        return piece.score(parts)

    def _lengths(self, piece: Plan) -> list[int]:
        """Return the bars of each phrase: nearly equal, none too long for the search."""
        if self.cantus:
            return [piece.bars]
        beats = piece.bar_ticks // piece.beat_ticks
        most = max(PHRASE_CHORDS // beats, 3) if len(piece.programs) > 2 and not self.preset else PHRASE_BARS
        most = max(3, min(most, piece.bars // 3)) if self.preset == "illiac-1" else most
        count = max(1, min(-(-piece.bars // most), piece.bars // 3))
        return [piece.bars * (at + 1) // count - piece.bars * at // count for at in range(count)]


def _key_of(cantus: tuple[int, ...]) -> Key:
    """Return the mode on the last note with the fewest accidentals that has all notes."""
    from componium.music.pitch import key_of
    from componium.music.score import MODES
    from componium.music.theory import DEGREES

    tonic = cantus[-1] % 12
    fitting = [mode for mode in MODES if all((pitch - tonic) % 12 in DEGREES[mode] for pitch in cantus)]
    keys = [key_of(tonic, mode) for mode in fitting or ["major"]]
    return min(keys, key=lambda key: abs(key.fifths))


