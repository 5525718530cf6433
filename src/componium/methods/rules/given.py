"""Four parts to a given soprano or bass, to Roman numerals, or to both.

A chord stands at each beat at which the given part has another note than at the beat before, and lasts to the next, or
to a rest; notes between beats are left as they are, unjudged. The given notes are no matter of choice: rules look only
at places that see something else too. The searches and the rules are those of chorales (table.py); where the triads of
the key cannot set a given part by them, chords are borrowed, and a piece may close from the subdominant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from componium.decoding.style.plan import Plan
from componium.errors import ControlError
from componium.methods.rules.chords import CHORDS, MAJOR_TONIC, Triad, borrowed, triads
from componium.methods.rules.model import Problem, add_borrowing, add_harmony
from componium.methods.rules.phrase import draw_contour, find_values, leading_tones, pitch_domain, solve, type_rows
from componium.methods.rules.table import CHORALE, FREER_CHORALE
from componium.music.chords import Numeral, parse_numeral
from componium.music.pitch import pitch_to_name, str_key
from componium.music.score import Key, Score
from componium.music.time import bar_lines, beat_lines

FIGURES = {"": 0, "6": 1}  # how the bass stands in the chord: on its root, on its third


@dataclass(frozen=True)
class ChordTask:
    """Places of chords, (onset, end) in ticks and bars from 0, and a given part.

    `part` is 0 for the top and -1 for the bass.
    """

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
    """Return (index in CHORDS, role of the bass) of each numeral.

    A 6 after a numeral puts its third in the bass. Raises ControlError for what is neither a triad of the key nor an
    applied dominant.

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
    """Return a numeral without the sign of its fifth, which may be left out."""
    return (*name[:2], name.target and _function(name.target))


def read_given(melody: Score, part: int) -> ChordTask:
    """Return a chord for each beat of a melody with a note of its own.

    The melody is the first track. Raises ControlError.
    """
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
    return ChordTask(spans, places.tolist(), pitches, part)


def four_parts(piece: Plan, task: ChordTask, numerals: str, search: str, rng: np.random.Generator) -> list[type_rows]:
    """Return rows of (onset, duration, pitch) for each part, a note a chord.

    Raises ControlError with the rules that clash.
    """
    chosen, bars, values = read_numerals(numerals, piece.key), max(task.bars) + 1, None
    if not chosen:
        problem, parts = build_problem(piece, task, rng)
        values = find_values(problem, search, bars, rng)
    if values is None:
        borrow = not chosen or any(CHORDS[chord].of for chord, _ in chosen)
        problem, parts = build_problem(piece, task, rng, chosen, borrow=borrow)
        values = solve(problem, search, bars, rng)
    return [[(onset, end - onset, values[index] + piece.key.tonic) for (onset, end), index
             in zip(task.spans, row, strict=True)] for row in parts]


def build_problem(
    piece: Plan, task: ChordTask, rng: np.random.Generator, chosen: Sequence[tuple[int, int]] = (), *,
    borrow: bool = False,
) -> tuple[Problem, list[list[int]]]:
    """Return the problem of a task, and the variables of each part's notes.

    Random contours are drawn for the parts. `chosen` is of `read_numerals`, `borrow` whether chords may be borrowed.
    """
    if chosen and len(chosen) != len(task.spans):
        raise ControlError(f"{len(chosen)} numerals", expected=f"{len(task.spans)}, one for each chord")
    problem, count = Problem(), len(piece.programs)
    own = task.part % count if task.pitches else -1
    domains = [[] if part == own else _part_pitches(piece, part, borrow) for part in range(count)]
    parts: list[list[int]] = [[] for _ in range(count)]
    chords: list[int] = []
    for at, bar in enumerate(task.bars):
        choices = [] if chosen else _chord_choices(piece, task, at, borrow)
        chords.append(problem.add_given(chosen[at][0]) if chosen else problem.add(choices))
        for part, row in enumerate(parts):
            given = part == own
            row.append(problem.add_given(task.pitches[at] - piece.key.tonic) if given else problem.add(domains[part]))
        problem.bars |= dict.fromkeys((chords[-1], *(row[-1] for row in parts)), bar + 1)
    downbeats = [at > 0 and task.bars[at] != task.bars[at - 1] for at in range(len(chords))]
    add_harmony(problem, parts, chords, downbeats, 0, [bass for _, bass in chosen])
    if borrow:
        add_borrowing(problem, parts, chords)
    for part, row in enumerate(parts):
        if part != own:
            draw_contour(problem, row, rng)
    return problem.rule(FREER_CHORALE if borrow else CHORALE), parts


def _part_pitches(piece: Plan, part: int, borrow: bool) -> list[int]:
    """Return the notes of a part: its scale, leading tones and borrowed chords."""
    own = pitch_domain(piece, part)
    foreign = {note for chord in borrowed(piece.key.mode) for note in chord.notes} if borrow else set()
    borrowed_pitches = {pitch for pitch in range(min(own), max(own) + 1) if pitch % 12 in foreign}
    return sorted({*own, *leading_tones(piece, own), *borrowed_pitches})


def _chord_choices(piece: Plan, task: ChordTask, at: int, borrow: bool) -> list[int]:
    """Return the chords that hold the given note.

    At the ends they are the tonic or the dominant, if either does.
    """
    is_last = at == len(task.spans) - 1
    known = triads(piece.key.mode)
    if borrow:
        known += [chord for chord in borrowed(piece.key.mode) if is_last or chord != MAJOR_TONIC]
    every = [CHORDS.index(chord) for chord in known]
    if not task.pitches:
        return every
    degree = (task.pitches[at] - piece.key.tonic) % 12
    holding = [chord for chord in every if degree in CHORDS[chord].notes]
    if not holding and borrow:
        name = pitch_to_name(task.pitches[at], piece.key.fifths)
        raise ControlError(f"no chord of {str_key(piece.key)} holds {name}: this clashes with the rule: chord note",
                           where=f"bar {task.bars[at] + 1}", advice="change the note, or say another key")
    ends = [chord for chord in holding if CHORDS[chord].degree in (0, 4) and not CHORDS[chord].of]
    return ends if ends and (is_last or not at) else holding


def shift_ranges(ranges: Sequence[tuple[int, int]], task: ChordTask) -> list[tuple[int, int]]:
    """Return the ranges, moved as far as the given part lies outside its own.

    >>> shift_ranges([(60, 79), (55, 74)], ChordTask([], [], [62, 82]))
    [(63, 82), (58, 77)]
    """
    low, high = ranges[task.part]
    by = max(max(task.pitches) - high, 0) or min(min(task.pitches) - low, 0)
    return [(max(one + by, 0), min(other + by, 127)) for one, other in ranges]
