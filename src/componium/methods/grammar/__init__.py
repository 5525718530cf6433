"""Generative grammar: phrases expand into chords, with a melody drawn over them.

After Mark Steedman, *A Generative Grammar for Jazz Chord Sequences* (1984), and Martin Rohrmeier, *Towards a Generative
Syntax of Tonal Harmony* (2011): harmony is a tree, in which a dominant prepares what follows it and a subdominant
prepares a dominant, at any depth. A piece is a row of phrases of four bars or so, in pairs: the first of a pair is open
(it stops on the dominant), the second closed. Every phrase is a tree of the grammar in GRAMMAR with as many chords as
it has bars; the grammar can parse it (a test checks that). Phrases with one letter have one rhythm.

The melody is drawn among all lines that fit (forward filtering, backward sampling): chord notes on the beat, steps
rather than leaps, the tonic at the close. The lower parts take the nearest notes of the chord. It learns nothing.

The derivation is kept in the score, `score.about("derivation")`, and its chords are the score's chord symbols.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from componium.analysis.cadence import ends_on_tonic
from componium.analysis.meter import main_meter
from componium.decoding.controls import Controls
from componium.decoding.explanation import NoteExplanation
from componium.decoding.request import Request
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan, settle_plan
from componium.errors import ControlError
from componium.methods._shared.parameters import check_range
from componium.methods._shared.plan import close_parts
from componium.methods.base import Untaught
from componium.methods.grammar.deriving import explain_bar
from componium.methods.grammar.parts import chord_symbol, draw_melody, lower_part, type_rhythm
from componium.methods.grammar.pcfg import Grammar as Rules
from componium.methods.grammar.pcfg import Tree
from componium.music.score import Chord, Key, Meter, Score
from componium.music.time import n_bars

# TR, SR, DR are regions of tonic, subdominant and dominant harmony (Rohrmeier 2011); t, s, d their chords. `Open` stops
# on the dominant, `Closed` on the tonic. Words are degrees; "V/V" is the dominant of the dominant.
GRAMMAR = Rules({
    "Open": [(0.8, ("TR", "Half")), (0.2, ("TR", "Open"))],
    "Half": [(0.5, ("SR", "V")), (0.2, ("V/V", "V")), (0.3, ("V",))],
    "Closed": [(0.85, ("TR", "Cadence")), (0.15, ("TR", "Closed"))],
    "Cadence": [(0.7, ("DR", "I")), (0.3, ("Prepared", "I"))],
    "Prepared": [(1.0, ("SR", "V"))],
    "TR": [(0.35, ("TR", "TR")), (0.15, ("DR", "t")), (0.1, ("s", "t")), (0.4, ("t",))],
    "DR": [(0.45, ("SR", "d")), (0.55, ("d",))],
    "SR": [(0.15, ("SR", "SR")), (0.1, ("V/IV", "IV")), (0.75, ("s",))],
    "t": [(0.75, ("I",)), (0.25, ("vi",))],
    "s": [(0.55, ("IV",)), (0.45, ("ii",))],
    "d": [(0.85, ("V",)), (0.15, ("vii",))],
})  # fmt: skip
PHRASE = 4
PROGRAMS = (73, 40, 41, 42)  # flute, violin, viola, cello
RANGES = ((62, 84), (57, 76), (50, 69), (36, 60))


class Grammar(Untaught):
    """Generative grammar of form and harmony.

      depth  share of bars whose beats are divided, 0 to 1
    """

    CONTROLS = frozenset({"key", "meter", "qpm", "bars", "duration", "instruments", "ending"})
    RECORDS = frozenset({"derivation"})

    def __init__(self, *, depth: float = 0.6) -> None:
        self.depth = depth

    def check_params(self) -> None:
        super().check_params()
        check_range("depth", self.depth, 0, 1)

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        key = Key(0, int(rng.integers(-3, 4)), str(rng.choice(["major", "minor"])))
        meter = Meter(0, *[(4, 4), (3, 4), (6, 8)][int(rng.integers(3))])
        qpm = float(rng.integers(84, 121))
        piece = settle_plan(controls, key=key, meter=meter, programs=PROGRAMS, ranges=RANGES, qpm=qpm)
        trees = draw_phrases(piece.bars, piece.closed, rng)
        chords = [word for tree in trees for word in tree.words()]
        rhythms = {letter: draw_rhythm(piece, n, self.depth, rng) for letter, n in _letters(trees)}
        melody = draw_melody(piece, chords, _note_times(piece, trees, rhythms), rng)
        n_parts = len(piece.programs)
        parts = [melody, *(lower_part(piece, chords, part, n_parts) for part in range(1, n_parts))]
        score = piece.score(close_parts(parts, piece))
        symbols = tuple(Chord(at * piece.bar_ticks, chord_symbol(word, piece.key)) for at, word in enumerate(chords))
        derivation = str(build_form(trees))
        return replace(score, chords=symbols, info=(*score.info, ("derivation", derivation)))


    def explain(
        self, score: Score, bar: int, voice: int, *, request: Request | None = None, plan: Plan | None = None
    ) -> tuple[NoteExplanation, ...]:
        """Explain the notes of one bar and voice, both from 0, by their productions.

        The score is one that the grammar composed, and states its derivation; else ControlError is raised.
        """
        self.check_params()
        if not score.keys or len(score.tracks) > len(PROGRAMS) or not score.about("derivation"):
            raise ControlError("a score without a derivation", expected="one that the grammar composed")
        controls = replace(request.controls if request else Controls(), bars=n_bars(score))
        piece = settle_plan(controls, key=score.keys[0], meter=replace(main_meter(score), tick=0), programs=PROGRAMS,
                            ranges=RANGES, closed=ends_on_tonic(score, score.keys[0]))
        return explain_bar(score, piece, bar, voice, GRAMMAR.rules)


def draw_phrases(bars: int, closed: bool, rng: np.random.Generator) -> list[Tree]:
    """Draw the phrases of a piece, open and closed in turn.

    They have four bars each; the last takes what is left over, or that is a phrase of its own.
    """
    lengths = [PHRASE] * (bars // PHRASE)
    rest = bars - sum(lengths)
    if not lengths or rest == PHRASE - 1:
        lengths.append(rest)
    else:
        lengths[-1] += rest
    opens = [(len(lengths) - at) % 2 == 0 for at in range(len(lengths))]
    opens[-1] = not closed
    return [GRAMMAR.sample(_symbol(n, is_open), n, rng) for is_open, n in zip(opens, lengths, strict=True)]


def parse_phrase(chords: Sequence[str], *, closed: bool = True) -> Tree | None:
    """Return the likeliest tree of a phrase's chords; None if it is no sentence.

    Each chord is a word of the grammar.

    >>> print(parse_phrase(["I", "ii", "V", "I"]))
    (Closed (TR (t I)) (Cadence (Prepared (SR (s ii)) V) I))
    >>> parse_phrase(["V", "IV", "I"]) is None
    True
    """
    return GRAMMAR.parse(_symbol(len(chords), not closed), chords)


def build_form(trees: list[Tree]) -> Tree:
    """Return the whole piece as one tree: a period for each pair of phrases.

    The second of a pair answers the first. Of an odd number of phrases the first stands alone.

    >>> print(build_form([Tree("Closed", ("I",)), Tree("Open", ("V",)), Tree("Closed", ("I",))]))
    (Piece (Period (Closed I)) (Period (Open V) (Closed I)))
    """
    odd = len(trees) % 2
    pairs = [trees[:odd], *(trees[at : at + 2] for at in range(odd, len(trees), 2))]
    return Tree("Piece", tuple(Tree("Period", tuple(pair)) for pair in pairs if pair))


def _symbol(n: int, is_open: bool) -> str:
    """Return the symbol of a phrase of `n` bars; short ones are cadences or one chord."""
    if is_open:
        return "Open" if n > 1 else "d"
    return "Closed" if n > 2 else "Cadence" if n > 1 else "t"


def _letters(trees: list[Tree]) -> list[tuple[str, int]]:
    """Return a letter and the number of bars for each phrase: a b a c, a b a c ...

    Phrases of another length have letters of their own.
    """
    return [(f"{'abac'[at % 4]}{len(tree.words())}", len(tree.words())) for at, tree in enumerate(trees)]


def draw_rhythm(piece: Plan, bars: int, depth: float, rng: np.random.Generator) -> type_rhythm:
    """Draw the rhythm of a phrase: beats, some divided, some joined.

    The last bar is one long note.
    """
    beat, times = piece.beat_ticks, []
    thirds = beat % (TICKS_PER_QUARTER // 2 * 3) == 0
    for bar in range(bars - 1):
        at = bar * piece.bar_ticks
        while at < (bar + 1) * piece.bar_ticks:
            left = (bar + 1) * piece.bar_ticks - at
            draw = rng.random()
            if draw < (1 - depth) / 2 and left >= 2 * beat:
                parts = [2 * beat]
            elif draw < 1 - depth / 2:
                parts = [beat]
            else:
                parts = _divide(beat, thirds, rng)
            for part in parts:
                times.append((at, min(part, (bar + 1) * piece.bar_ticks - at)))
                at += part
    return [*times, ((bars - 1) * piece.bar_ticks, piece.bar_ticks)]


def _divide(beat: int, thirds: bool, rng: np.random.Generator) -> list[int]:
    if thirds:
        return [beat // 3] * 3 if rng.random() < 0.5 else [beat // 3 * 2, beat // 3]
    return [beat // 2] * 2 if rng.random() < 0.75 else [beat // 4 * 3, beat // 4]


def _note_times(piece: Plan, trees: list[Tree], rhythms: Mapping[str, type_rhythm]) -> type_rhythm:
    times, bar = [], 0
    for letter, n in _letters(trees):
        times += [(bar * piece.bar_ticks + onset, duration) for onset, duration in rhythms[letter]]
        bar += n
    return times
