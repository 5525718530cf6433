"""Four parts to what is told: under a given soprano, over a given bass, to given roman numerals, or to both.

A chord stands at each beat at which the given part has another note than at the beat before, and lasts to the next, or
to a rest; notes between beats are left as they are, unjudged. What is given is no matter of choice: rules look only at
places that see something else too. The searches and the rules are those of chorales (_rules_table.py); where the triads
of the key can't set a given part by them, chords are borrowed, and a piece may close from the subdominant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from componium.errors import ControlError
from componium.methods._shared.plan import Plan
from componium.methods.rules.chords import CHORDS, MAJOR_TONIC, Triad, borrowed, triads
from componium.methods.rules.model import Problem, borrowing, harmony
from componium.methods.rules.phrase import domain, raised, searched, solved, type_rows, wish
from componium.methods.rules.table import CHORALE, FREER_CHORALE
from componium.music.chords import Numeral, parse_numeral
from componium.music.pitch import pitch_to_name, str_key
from componium.music.score import Key, Score
from componium.music.time import bar_lines, beat_lines

FIGURES = {"": 0, "6": 1}  # how the bass stands in the chord: on its root, on its third


@dataclass(frozen=True)
class Told:
    """Where chords stand: (onset, end) in ticks and bars from 0; and one part's pitches (0 the top, -1 the bass)."""

    spans: Sequence[tuple[int, int]]
    bars: Sequence[int]
    pitches: Sequence[int] = ()
    part: int = 0


def numeral(chord: Triad) -> Numeral:
    """Return the Roman numeral of a triad.

    >>> [str(numeral(chord)) for chord in triads("minor")]
    ['i', 'ii°', 'III', 'iv', 'V', 'VI', 'vii°']
    """
    third, fifth = ((note - chord.notes[0]) % 12 for note in chord.notes[1:])
    return Numeral(chord.degree, third == 4, {6: "°", 8: "+"}.get(fifth, ""))


def read_numerals(text: str, key: Key) -> list[tuple[int, int]]:
    """Return (index in CHORDS, role of the bass) of each numeral; a 6 after it puts its third in the bass.

    Raises ControlError for what is neither a triad of the key nor an applied dominant.

    >>> [(CHORDS[chord].degree, bass) for chord, bass in read_numerals("I vii°6 I6 V", Key(0, 0))]
    [(0, 0), (6, 1), (0, 1), (4, 0)]
    >>> [CHORDS[chord].of for chord, _ in read_numerals("I V/ii ii vii°6/V V", Key(0, 0))]
    [0, 1, 0, 4, 0]
    """
    named = _named(key.mode)
    known = {_function(name): chord for name, chord in named.items()}
    chords = []
    for word in text.replace(",", " ").split():
        parsed = parse_numeral(word)
        chord = known.get(_function(parsed))
        if chord is None or parsed.figure not in FIGURES or (parsed.target and parsed.target.figure):
            raise ControlError(f"the numeral {word!r} in {str_key(key)}",
                               expected=f"chords, {' '.join(map(str, named))}, with or without a 6 before the stroke")
        chords.append((CHORDS.index(chord), FIGURES[parsed.figure]))
    return chords


def _named(mode: str) -> dict[Numeral, Triad]:
    """Map Roman numerals to the triads of a mode and to its applied dominants."""
    own = triads(mode)
    applied = {numeral(chord)._replace(degree=4 if chord.is_major else 6, target=numeral(own[chord.of])): chord
               for chord in borrowed(mode) if chord.of}  # fmt: skip
    return {**{numeral(chord): chord for chord in own}, **applied}


def _function(name: Numeral) -> tuple[object, ...]:
    """Return what tells chords apart: degrees and thirds, not the sign of the fifth, which may be left out."""
    return (*name[:2], name.target and _function(name.target))


def told_by(melody: Score, part: int) -> Told:
    """What the first track of a score says: a chord for each beat with a note of its own. Raises ControlError."""
    if not melody.keys or not melody.n_notes or not len(melody.tracks[0].notes):
        raise ControlError("a melody without a key or without notes", expected="both")
    line, beats, bars = melody.tracks[0].notes, beat_lines(melody), bar_lines(melody)
    at = np.searchsorted(line["onset"], beats[:-1], side="right") - 1
    sounds = (at >= 0) & (line["onset"][at] + line["duration"][at] > beats[:-1])
    spans: list[tuple[int, int]] = []
    pitches, last = [], -1
    for beat, stop, note in zip(beats.tolist(), beats.tolist()[1:], np.where(sounds, at, -1).tolist(), strict=False):
        if note >= 0 and note == last:
            spans[-1] = (spans[-1][0], stop)
        elif note >= 0:
            spans.append((beat, stop))
            pitches.append(int(line["pitch"][note]))
        last = note
    if len(spans) < 2:
        raise ControlError(f"a melody with notes on {len(spans)} beats", expected="two or more")
    places = np.searchsorted(bars, [onset for onset, _ in spans], side="right") - 1
    return Told(spans, places.tolist(), pitches, part)


def four_parts(piece: Plan, told: Told, numerals: str, search: str, rng: np.random.Generator) -> list[type_rows]:
    """Rows of (onset, duration, pitch) for each part, a note a chord. Raises ControlError with the rules that clash."""
    chosen, bars, values = read_numerals(numerals, piece.key), max(told.bars) + 1, None
    if not chosen:
        problem, parts = problem_of(piece, told, rng)
        values = searched(problem, search, bars, rng)
    if values is None:
        borrow = not chosen or any(CHORDS[chord].of for chord, _ in chosen)
        problem, parts = problem_of(piece, told, rng, chosen, borrow=borrow)
        values = solved(problem, search, bars, rng)
    return [[(onset, end - onset, values[index] + piece.key.tonic) for (onset, end), index
             in zip(told.spans, row, strict=True)] for row in parts]


def problem_of(
    piece: Plan, told: Told, rng: np.random.Generator, chosen: Sequence[tuple[int, int]] = (), *, borrow: bool = False
) -> tuple[Problem, list[list[int]]]:
    """The problem of what is told, and the variables of each part's notes, which lines drawn by chance are wished for;
    `chosen` is of `read_numerals`, `borrow` whether chords may be borrowed."""
    if chosen and len(chosen) != len(told.spans):
        raise ControlError(f"{len(chosen)} numerals", expected=f"{len(told.spans)}, one for each chord")
    problem, count = Problem(), len(piece.programs)
    own = told.part % count if told.pitches else -1
    stock = [[] if part == own else _notes(piece, part, borrow) for part in range(count)]
    parts: list[list[int]] = [[] for _ in range(count)]
    chords: list[int] = []
    for at, bar in enumerate(told.bars):
        chords.append(problem.add_given(chosen[at][0]) if chosen else problem.add(_choices(piece, told, at, borrow)))
        for part, row in enumerate(parts):
            given = part == own
            row.append(problem.add_given(told.pitches[at] - piece.key.tonic) if given else problem.add(stock[part]))
        problem.bars |= dict.fromkeys((chords[-1], *(row[-1] for row in parts)), bar + 1)
    downbeats = [at > 0 and told.bars[at] != told.bars[at - 1] for at in range(len(chords))]
    harmony(problem, parts, chords, downbeats, 0, [bass for _, bass in chosen])
    if borrow:
        borrowing(problem, parts, chords)
    for part, row in enumerate(parts):
        if part != own:
            wish(problem, row, rng)
    return problem.rule(FREER_CHORALE if borrow else CHORALE), parts


def _notes(piece: Plan, part: int, borrow: bool) -> list[int]:
    """The notes of a part: those of its scale, the leading note, and those of borrowed chords."""
    own = domain(piece, part)
    foreign = {note for chord in borrowed(piece.key.mode) for note in chord.notes} if borrow else set()
    found = {pitch for pitch in range(min(own), max(own) + 1) if pitch % 12 in foreign}
    return sorted({*own, *raised(piece, own), *found})


def _choices(piece: Plan, told: Told, at: int, borrow: bool) -> list[int]:
    """The chords that hold the given note; at the ends the tonic or the dominant, if either does."""
    is_last = at == len(told.spans) - 1
    known = triads(piece.key.mode)
    if borrow:
        known += [chord for chord in borrowed(piece.key.mode) if is_last or chord != MAJOR_TONIC]
    every = [CHORDS.index(chord) for chord in known]
    if not told.pitches:
        return every
    degree = (told.pitches[at] - piece.key.tonic) % 12
    found = [chord for chord in every if degree in CHORDS[chord].notes]
    if not found and borrow:
        name = pitch_to_name(told.pitches[at], piece.key.fifths)
        raise ControlError(f"no chord of {str_key(piece.key)} holds {name}: this clashes with the rule: chord note",
                           where=f"bar {told.bars[at] + 1}", advice="change the note, or say another key")
    ends = [chord for chord in found if CHORDS[chord].degree in (0, 4) and not CHORDS[chord].of]
    return ends if ends and (is_last or not at) else found


def moved(ranges: Sequence[tuple[int, int]], told: Told) -> list[tuple[int, int]]:
    """The ranges, moved up or down as far as the given part lies above or below its own.

    >>> moved([(60, 79), (55, 74)], Told([], [], [62, 82]))
    [(63, 82), (58, 77)]
    """
    low, high = ranges[told.part]
    by = max(max(told.pitches) - high, 0) or min(min(told.pitches) - low, 0)
    return [(max(one + by, 0), min(other + by, 127)) for one, other in ranges]
