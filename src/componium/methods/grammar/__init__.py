"""Grammar: phrases grow into chords by rules, and a melody is fitted to the chords.

After Mark Steedman, *A Generative Grammar for Jazz Chord Sequences* (1984), and Martin Rohrmeier, *Towards a Generative
Syntax of Tonal Harmony* (2011): harmony is a tree, in which a dominant prepares what follows it and a subdominant
prepares a dominant, at any depth. A piece is a row of phrases of four bars or so, in pairs: the first of a pair opens
(it stops on the dominant), the second closes. Every phrase is a tree of the grammar in GRAMMAR with just as many chords
as it has bars; the grammar can parse what it made (tests see to it). Phrases with one letter have one rhythm.

The melody is drawn among all lines that fit (forward filtering, backward sampling): chord notes on the beat, steps
rather than leaps, the tonic at the close. The lower parts take the nearest notes of the chord. It learns nothing.

The derivation is kept in the score, `score.about("derivation")`, and its chords stand there as chord symbols.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.decoding.controls import Controls
from componium.decoding.sampling import choose_by_log
from componium.decoding.style.plan import TICKS_PER_QUARTER
from componium.methods._shared.plan import Plan, ended, settled
from componium.methods.base import Untaught
from componium.methods.grammar.pcfg import Grammar as Rules
from componium.methods.grammar.pcfg import Tree
from componium.music.pitch import spell
from componium.music.score import Chord, Key, Meter, Score
from componium.music.theory import DEGREES

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
# The notes of each chord in semitones over the tonic, in major and in minor; the first is its root.
CHORDS = {
    "major": {"I": (0, 4, 7), "ii": (2, 5, 9), "IV": (5, 9, 0), "V": (7, 11, 2), "vi": (9, 0, 4), "vii": (11, 2, 5),
              "V/V": (2, 6, 9, 0), "V/IV": (0, 4, 7, 10)},
    "minor": {"I": (0, 3, 7), "ii": (2, 5, 8), "IV": (5, 8, 0), "V": (7, 11, 2), "vi": (8, 0, 3), "vii": (11, 2, 5),
              "V/V": (2, 6, 9, 0), "V/IV": (0, 4, 7, 10)},
}  # fmt: skip
PHRASE = 4
PROGRAMS = (73, 40, 41, 42)  # flute, violin, viola, cello
RANGES = ((62, 84), (57, 76), (50, 69), (36, 60))
STEP_COST, AGAIN_COST = 0.55, 2.0  # nats a semitone of interval; nats for striking a note again
LEAP, AWKWARD = 9, (6, 8)  # no interval is wider, nor a tritone or a minor sixth
type_rhythm = list[tuple[int, int]]  # (onset in the phrase, duration) in ticks


class Grammar(Untaught):
    """A grammar of form and harmony. `depth` of 0 to 1 is the share of bars whose beats are divided."""

    CONTROLS = frozenset({"key", "meter", "qpm", "bars", "instruments", "ending"})

    def __init__(self, *, depth: float = 0.6) -> None:
        self.depth = depth

    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        key = Key(0, int(rng.integers(-3, 4)), str(rng.choice(["major", "minor"])))
        meter = Meter(0, *[(4, 4), (3, 4), (6, 8)][int(rng.integers(3))])
        qpm = float(rng.integers(84, 121))
        piece = settled(wishes, key=key, meter=meter, programs=PROGRAMS, ranges=RANGES, qpm=qpm)
        trees = phrases(piece.bars, piece.closed, rng)
        chords = [word for tree in trees for word in tree.words()]
        rhythms = {letter: rhythm(piece, n, self.depth, rng) for letter, n in _lettered(trees)}
        melody = fitted(piece, chords, _in_rhythm(piece, trees, rhythms), rng)
        parts = [melody, *[below(piece, chords, part, len(piece.programs)) for part in range(1, len(piece.programs))]]
        score = piece.score(ended(parts, piece))
        symbols = tuple(Chord(at * piece.bar_ticks, symbol(word, piece.key)) for at, word in enumerate(chords))
        told = str(form(trees))
        return replace(score, chords=symbols, info=(*score.info, ("derivation", told)))


def phrases(bars: int, closed: bool, rng: np.random.Generator) -> list[Tree]:
    """The phrases of a piece: four bars each, the last two sharing what is left over; open and closed in turn."""
    lengths = [PHRASE] * (bars // PHRASE)
    rest = bars - sum(lengths)
    if not lengths or rest == PHRASE - 1:
        lengths.append(rest)
    else:
        lengths[-1] += rest
    opens = [(len(lengths) - at) % 2 == 0 for at in range(len(lengths))]
    opens[-1] = not closed
    return [GRAMMAR.sample(_symbol(n, is_open), n, rng) for is_open, n in zip(opens, lengths, strict=True)]


def parsed(chords: Sequence[str], *, closed: bool = True) -> Tree | None:
    """The likeliest tree of a phrase's chords, each a word of the grammar; None if it is no sentence.

    >>> print(parsed(["I", "ii", "V", "I"]))
    (Closed (TR (t I)) (Cadence (Prepared (SR (s ii)) V) I))
    >>> parsed(["V", "IV", "I"]) is None
    True
    """
    return GRAMMAR.parse(_symbol(len(chords), not closed), chords)


def form(trees: list[Tree]) -> Tree:
    """The whole piece as one tree: a period for each pair of phrases, the second of which answers the first.

    Where phrases are odd in number, the first stands alone.

    >>> print(form([Tree("Closed", ("I",)), Tree("Open", ("V",)), Tree("Closed", ("I",))]))
    (Piece (Period (Closed I)) (Period (Open V) (Closed I)))
    """
    odd = len(trees) % 2
    pairs = [trees[:odd], *(trees[at : at + 2] for at in range(odd, len(trees), 2))]
    return Tree("Piece", tuple(Tree("Period", tuple(pair)) for pair in pairs if pair))


def _symbol(n: int, is_open: bool) -> str:
    """What a phrase of `n` bars is: the shortest are no more than a cadence, or one chord."""
    if is_open:
        return "Open" if n > 1 else "d"
    return "Closed" if n > 2 else "Cadence" if n > 1 else "t"


def _lettered(trees: list[Tree]) -> list[tuple[str, int]]:
    """For each phrase a letter and its bars: a b a c, a b a c ...; another length has letters of its own."""
    return [(f"{'abac'[at % 4]}{len(tree.words())}", len(tree.words())) for at, tree in enumerate(trees)]


def rhythm(piece: Plan, bars: int, depth: float, rng: np.random.Generator) -> type_rhythm:
    """The rhythm of a phrase: bars of beats, some divided, some joined; the last bar one long note."""
    beat, found = piece.beat_ticks, []
    thirds = beat % (TICKS_PER_QUARTER // 2 * 3) == 0
    for bar in range(bars - 1):
        at = bar * piece.bar_ticks
        while at < (bar + 1) * piece.bar_ticks:
            left = (bar + 1) * piece.bar_ticks - at
            lot = rng.random()
            if lot < (1 - depth) / 2 and left >= 2 * beat:
                parts = [2 * beat]
            elif lot < 1 - depth / 2:
                parts = [beat]
            else:
                parts = _divided(beat, thirds, rng)
            for part in parts:
                found.append((at, min(part, (bar + 1) * piece.bar_ticks - at)))
                at += part
    return [*found, ((bars - 1) * piece.bar_ticks, piece.bar_ticks)]


def _divided(beat: int, thirds: bool, rng: np.random.Generator) -> list[int]:
    if thirds:
        return [beat // 3] * 3 if rng.random() < 0.5 else [beat // 3 * 2, beat // 3]
    return [beat // 2] * 2 if rng.random() < 0.75 else [beat // 4 * 3, beat // 4]


def _in_rhythm(piece: Plan, trees: list[Tree], rhythms: Mapping[str, type_rhythm]) -> type_rhythm:
    found, bar = [], 0
    for letter, n in _lettered(trees):
        found += [(bar * piece.bar_ticks + onset, duration) for onset, duration in rhythms[letter]]
        bar += n
    return found


def fitted(piece: Plan, chords: list[str], times: type_rhythm, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """A melody over the chords, drawn from all lines by their weight: rows of (onset, duration, pitch)."""
    low, high = piece.ranges[0]
    pitches = np.arange(low, high + 1)
    intervals = np.abs(pitches[:, None] - pitches[None, :])
    moves = np.where((intervals > LEAP) | np.isin(intervals, AWKWARD), -np.inf, -STEP_COST * intervals)
    moves -= AGAIN_COST * (intervals == 0)
    fits = np.array([_fit(piece, pitches, chords[onset // piece.bar_ticks], onset) for onset, _ in times])
    if piece.closed:
        fits[-1, (pitches - piece.key.tonic) % 12 != 0] = -np.inf
    forward = np.zeros_like(fits)
    forward[0] = fits[0] - 0.02 * (pitches - (low + high) / 2) ** 2
    for at in range(1, len(times)):
        forward[at] = fits[at] + np.logaddexp.reduce(forward[at - 1][:, None] + moves, axis=0)
    path = [choose_by_log(forward[-1], rng)]
    for at in reversed(range(len(times) - 1)):
        path.append(choose_by_log(forward[at] + moves[:, path[-1]], rng))
    return [(onset, duration, int(pitches[at])) for (onset, duration), at in zip(times, path[::-1], strict=True)]


def _fit(piece: Plan, pitches: NDArray[np.int64], word: str, onset: int) -> NDArray[np.float64]:
    """The log weight of each pitch over a chord: its notes on the beat, the scale between."""
    over = (pitches - piece.key.tonic) % 12
    in_chord = np.isin(over, _notes(piece.key, word))
    in_scale = np.isin(over, _scale(piece.key, word))
    on_beat = onset % piece.beat_ticks == 0
    weight: NDArray[np.float64] = np.where(in_chord, 0.0, np.where(in_scale, -4.0 if on_beat else -1.0, -np.inf))
    weight -= 0.012 * (pitches - (piece.ranges[0][0] + piece.ranges[0][1]) / 2) ** 2
    return weight


def _scale(key: Key, word: str) -> tuple[int, ...]:
    """The scale between a chord's notes; in minor its seventh is raised over the dominant."""
    raised = key.mode == "minor" and word in ("V", "vii")
    return tuple(11 if raised and step == 10 else step for step in DEGREES[key.mode])


def _notes(key: Key, word: str) -> tuple[int, ...]:
    return CHORDS["major" if key.mode in ("major", "mixolydian", "lydian") else "minor"][word]


def below(piece: Plan, chords: list[str], part: int, n_parts: int) -> list[tuple[int, ...]]:
    """A lower part: one note a bar; the lowest has the root, the others the nearest note of the chord to their last."""
    low, high = piece.ranges[part]
    last = (low + high) // 2
    rows: list[tuple[int, ...]] = []
    for bar, word in enumerate(chords):
        notes = _notes(piece.key, word)
        turned = notes[part % len(notes) :] + notes[: part % len(notes)]
        wanted = notes[:1] if part == n_parts - 1 else turned[:2]
        found = [pitch for pitch in range(low, high + 1) if (pitch - piece.key.tonic) % 12 in wanted]
        last = min(found, key=lambda pitch: (abs(pitch - last), pitch))
        rows.append((bar * piece.bar_ticks, piece.bar_ticks, last))
    return rows


def symbol(word: str, key: Key) -> str:
    """The chord symbol of a degree in a key.

    >>> symbol("V/V", Key(0, 0)), symbol("ii", Key(0, -3, "minor")), symbol("I", Key(0, 2))
    ('D7', 'Ddim', 'D')
    """
    root, *others = _notes(key, word)
    third, fifth = ((note - root) % 12 for note in others[:2])
    quality = {(4, 7): "", (3, 7): "m", (3, 6): "dim"}[third, fifth]
    return spell((key.tonic + root) % 12, key.fifths) + quality + ("7" if len(others) > 2 else "")
