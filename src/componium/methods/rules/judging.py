"""Explanation of a finished score by the rules that each pitch would break.

The notes are laid out as the search lays them out: two parts as counterpoint on a cantus firmus, three or four as
chords, one to a beat. All other notes are kept, as is the chord; then each pitch of a part is tried in a note's place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from componium.analysis.lines import line_at
from componium.decoding.explanation import Candidate, NoteExplanation
from componium.decoding.style.plan import Plan
from componium.errors import ControlError
from componium.methods.rules.chords import CHORDS, borrowed, triads
from componium.methods.rules.given import numeral
from componium.methods.rules.model import (
    Problem,
    Slot,
    add_borrowing,
    add_counterpoint,
    add_harmony,
    add_melody,
    add_texture,
)
from componium.methods.rules.phrase import leading_tones, pitch_domain
from componium.methods.rules.table import CADENCE, CHORALE, FIRST_SPECIES, FREER_CHORALE, MELODY, SPECIES
from componium.music.score import Score, type_notes
from componium.music.time import bar_lines, beat_lines

PAST = 2  # notes of the phrase before that rules look back on


@dataclass
class Layout:
    """Notes of a phrase as variables of a problem.

    values  of all variables: semitones over the tonic, chords, roles
    of      variables of each note, by its part and onset; several where a note is held over
    roles   the role of a note in its chord, and the chord, by the variable of the note
    """

    problem: Problem = field(default_factory=Problem)
    values: list[int] = field(default_factory=list)
    of: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    roles: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, value: int, part: int, onset: int, *, past: bool = False) -> int:
        """Add a note; return its variable. One of the phrase before is not judged."""
        number = self.problem.add_given(value) if past else self.problem.add([value])
        self.values.append(value)
        self.of.setdefault((part, onset), []).append(number)
        return number


def explain_bar(
    score: Score, piece: Plan, bar: int, voice: int, bounds: tuple[int, int], *, species: int, above: bool, preset: str
) -> tuple[NoteExplanation, ...]:
    """Return the explanations of the notes of one bar and voice, both from 0.

    piece   key, meter and ranges
    bounds  the first bar of the phrase and the one after its last: the rules of beginnings and ends look there

    Raises ControlError for two parts of which neither has one note a bar.
    """
    lines = bar_lines(score)
    begin, end = (int(lines[at]) for at in bounds)
    sounding = [part for part, track in enumerate(score.tracks)
                if ((track.notes["onset"] >= begin) & (track.notes["onset"] < end)).any()]
    if len(sounding) > 2 and not preset:
        layout = _chords(score, piece, sounding, begin, end)
    elif len(sounding) == 2:
        layout = _two_parts(score, piece, sounding, bounds, species, above)
    else:
        layout = _note_against_note(score, piece, sounding, begin, end)
    array = score.tracks[voice].notes
    inside = array[(array["onset"] >= lines[bar]) & (array["onset"] < lines[bar + 1])]
    return tuple(_explain(layout, piece, voice, note, int(lines[bar]), score.ticks_per_quarter) for note in inside)


def _explain(
    layout: Layout, piece: Plan, voice: int, note: type_notes, line: int, ticks: int
) -> NoteExplanation:
    onset, duration, pitch = (int(note[name]) for name in ("onset", "duration", "pitch"))
    times = Fraction(onset - line, ticks), Fraction(duration, ticks)
    variables = layout.of.get((voice, onset), [])
    if not variables:
        return NoteExplanation(*times, pitch, (Candidate(pitch),), reasons=("between the beats: no rule looks at it",))
    own = pitch_domain(piece, voice)
    domain = sorted({*own, *leading_tones(piece, own), pitch - piece.key.tonic})
    candidates = [_candidate(layout, variables, value, piece.key.tonic) for value in domain]
    candidates.sort(key=lambda each: (len(each.forbidden), -sum(each.biases.values()), abs(each.pitch - pitch)))
    chords = [CHORDS[layout.values[layout.roles[index][1]]] for index in variables if index in layout.roles]
    return NoteExplanation(*times, pitch, tuple(candidates),
                           reasons=tuple(dict.fromkeys(f"chord: {numeral(chord)}" for chord in chords)))  # fmt: skip


def _candidate(layout: Layout, variables: Sequence[int], value: int, tonic: int) -> Candidate:
    """Return a pitch with the hard rules that it breaks, and prices of soft ones."""
    values = list(layout.values)
    changed = set(variables)
    for index in variables:
        values[index] = value
        if index in layout.roles:
            role, chord = layout.roles[index]
            changed.add(role)
            values[role] = _role(values[chord], value, values[role])
    seen = [place for place in layout.problem.places if layout.problem.variables(place) & changed]
    broken = [row for row, arguments in seen if not layout.problem.holds((row, arguments), values)]
    prices: dict[str, float] = {}
    for row in broken:
        if not row.hard:
            prices[row.name] = prices.get(row.name, 0.0) - row.price
    hard = tuple(dict.fromkeys(row.name for row in broken if row.hard))
    return Candidate(value + tonic, forbidden=hard, biases=prices)


def _role(chord: int, value: int, usual: int) -> int:
    """Return the role of a note in a chord; `usual` for one that isn't in it."""
    notes = CHORDS[chord].notes
    return notes.index(value % 12) if value % 12 in notes else usual


def _chords(score: Score, piece: Plan, parts: Sequence[int], begin: int, end: int) -> Layout:
    """Lay out parts in chords: one at each beat at which any part begins a note."""
    layout, beats = Layout(), beat_lines(score)
    onsets = np.unique(np.concatenate([score.tracks[part].notes["onset"] for part in parts]))
    times = np.intersect1d(beats, onsets)
    pitches = np.stack([line_at(score.tracks[part].notes, times) for part in parts])
    sound = (pitches >= 0).all(axis=0) & (times < end)
    first = max(int(np.searchsorted(times[sound], begin)) - PAST, 0)
    times, pitches = times[sound][first:], pitches[:, sound][:, first:]
    rows: list[list[int]] = [[] for _ in parts]
    for at, time in enumerate(times.tolist()):
        for row, part, pitch in zip(rows, parts, pitches[:, at].tolist(), strict=True):
            onset = _onset(score.tracks[part].notes, time)
            row.append(layout.add(pitch - piece.key.tonic, part, onset, past=time < begin))
    known = int((times < begin).sum())
    own, sonorities = [CHORDS.index(chord) for chord in triads(piece.key.mode)], (pitches - piece.key.tonic) % 12
    every = own + [CHORDS.index(chord) for chord in borrowed(piece.key.mode)]
    found = [_chord(set(column.tolist()), every) for column in sonorities.T]
    chords = []
    for at, chord in enumerate(found):
        chords.append(layout.problem.add_given(chord) if at < known else layout.problem.add([chord]))
        layout.values.append(chord)
    downbeats = np.isin(times, bar_lines(score)).tolist()
    is_free = any(chord not in own for chord in found)
    before = len(layout.problem.domains)
    add_harmony(layout.problem, rows, chords, downbeats, known)
    for at in range(known, len(chords)):
        for place, row in enumerate(rows):
            role = before + (at - known) * len(rows) + place
            layout.values.append(_role(found[at], layout.values[row[at]], 0))
            layout.roles[row[at]] = role, chords[at]
    if is_free:
        add_borrowing(layout.problem, rows, chords)
    layout.problem.rule(FREER_CHORALE if is_free else CHORALE)
    return layout


def _chord(pitch_classes: set[int], every: Sequence[int]) -> int:
    """Return the chord that holds the most of some pitch classes.

    Root and third are among them if they can be.
    """
    return max(every, key=lambda chord: (len(pitch_classes & set(CHORDS[chord].notes)),
                                         len(pitch_classes & set(CHORDS[chord].notes[:2]))))  # fmt: skip


def _onset(array: type_notes, time: int) -> int:
    """Return the onset of the note that sounds at a time."""
    return int(array["onset"][np.searchsorted(array["onset"], time, side="right") - 1])


def _two_parts(
    score: Score, piece: Plan, parts: Sequence[int], bounds: tuple[int, int], species: int, above: bool
) -> Layout:
    """Lay out a counterpoint and its cantus firmus, which has one note a bar."""
    lines = bar_lines(score)
    begin, end = (int(lines[at]) for at in bounds)
    notes = [score.tracks[part].notes for part in parts]
    bases = [at for at in (1, 0) if set(lines[bounds[0] : bounds[1]].tolist())
             == {onset for onset in notes[at]["onset"].tolist() if begin <= onset < end}]  # fmt: skip
    if not bases:
        raise ControlError("two parts of which neither has one note a bar",
                           expected="a cantus firmus and a counterpoint")
    base = bases[0] if len(bases) == 1 else int(above)
    layout, past = Layout(), min(PAST, bounds[0]) if _continues(score, parts, begin) else 0
    cantus, slots, line = [], [], []
    for bar in range(bounds[0] - past, bounds[1]):
        for at, is_cantus in ((base, True), (1 - base, False)):
            for onset, pitch in _in_bar(notes[at], int(lines[bar]), int(lines[bar + 1]), split=not is_cantus):
                begun = onset if is_cantus else _onset(notes[at], onset)
                index = layout.add(pitch - piece.key.tonic, parts[at], begun, past=bar < bounds[0])
                if is_cantus:
                    cantus.append(index)
                else:
                    half = 2 * (onset - int(lines[bar])) == int(lines[bar + 1] - lines[bar])
                    slots.append(Slot(bar - bounds[0] + past, onset == int(lines[bar]), half))
                    line.append(index)
    add_counterpoint(layout.problem, cantus, line, slots, base == 1, not past)
    layout.problem.rule(SPECIES[species])
    return layout


def _continues(score: Score, parts: Sequence[int], begin: int) -> bool:
    """Return whether the same parts sound up to where a phrase begins."""
    return begin > 0 and [part for part, track in enumerate(score.tracks)
                          if ((track.notes["onset"] < begin) & (track.notes["onset"] + track.notes["duration"] >= begin)
                              ).any()] == list(parts)  # fmt: skip


def _in_bar(array: type_notes, begin: int, end: int, *, split: bool) -> list[tuple[int, int]]:
    """Return (onset, pitch) of the notes of a bar.

    With `split`, one that is held over the bar line begins there again.
    """
    rows = [(onset, pitch) for onset, duration, pitch in array[["onset", "duration", "pitch"]].tolist()
            if begin <= onset < end or (split and onset < begin < onset + duration)]
    return [(max(onset, begin), pitch) for onset, pitch in rows]


def _note_against_note(score: Score, piece: Plan, parts: Sequence[int], begin: int, end: int) -> Layout:
    """Lay out one line, or parts that move together."""
    layout, rows, past = Layout(), [], PAST if _continues(score, parts, begin) else 0
    for part in parts:
        array = score.tracks[part].notes
        array = array[array["onset"] < end]
        array = array[max(int(np.searchsorted(array["onset"], begin)) - past, 0) :]
        rows.append([layout.add(int(pitch) - piece.key.tonic, part, int(onset), past=onset < begin)
                     for onset, pitch in zip(array["onset"], array["pitch"], strict=True)])  # fmt: skip
    if len(rows) == 1:
        add_melody(layout.problem, rows[0])
        if len(rows[0]) > 1:
            layout.problem.see("cantus end", (rows[0][-1], rows[0][-2]))
        layout.problem.rule((*MELODY, *CADENCE))
    else:
        add_texture(layout.problem, rows)
        layout.problem.rule(FIRST_SPECIES)
    return layout
