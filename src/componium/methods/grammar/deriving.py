"""Explanation of the grammar's notes by productions and chances.

A note of the melody has the chance with which it follows the notes before it, among all melodies by their weight; one
of a lower part is the note of the chord nearest to the part's last.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import log2

import numpy as np

from componium.decoding.explanation import Candidate, NoteExplanation
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.errors import ControlError
from componium.methods.grammar.parts import chord_symbol, lower_pitches, melody_chances, melody_model
from componium.methods.grammar.pcfg import Tree, type_rules
from componium.music.score import Score


def explain_bar(score: Score, piece: Plan, bar: int, voice: int, rules: type_rules) -> tuple[NoteExplanation, ...]:
    """Return the explanations of the notes of one bar and voice, both from 0.

    The score states its derivation, at TICKS_PER_QUARTER. Raises ControlError if it doesn't, or isn't of the grammar.
    """
    tree = Tree.parse(score.about("derivation"))
    words = tree.words()
    if len(words) != piece.bars or score.ticks_per_quarter != TICKS_PER_QUARTER:
        raise ControlError(f"{len(words)} chords in {piece.bars} bars", expected="a score as the grammar composed it")
    reasons = [*productions(tree, bar, rules), f"chord: {words[bar]} ({chord_symbol(words[bar], piece.key)})"]
    rows = score.tracks[voice].notes[["onset", "duration", "pitch"]].tolist()
    inside = [at for at, (onset, _, _) in enumerate(rows) if onset // piece.bar_ticks == bar]
    if voice == 0:
        model = melody_model(piece, words, [row[:2] for row in rows])
        pitches = [row[2] for row in rows]
        outside = [pitch for pitch in pitches if pitch not in model.pitches]
        if outside:
            raise ControlError(f"a pitch of {outside[0]} in the melody", expected="one in the range of its instrument")
        chances = melody_chances(model, pitches)
        found = {at: _by_chance(model.pitches.tolist(), chances[at].tolist()) for at in inside}
    else:
        near = [Candidate(pitch) for pitch in lower_pitches(piece, words[bar], voice, len(score.tracks))]
        reasons.append(_of_lower_part(rows, inside[0] if inside else 0))
        found = {at: tuple(sorted(near, key=lambda each: abs(each.pitch - rows[max(at - 1, 0)][2]))) for at in inside}
    return tuple(_explanation(rows[at], bar * piece.bar_ticks, found[at], reasons) for at in inside)


def productions(tree: Tree, place: int, rules: type_rules) -> list[str]:
    """Return the productions that led to the word at a place.

    Each has its probability, where the grammar states one.

    >>> tree = Tree.parse("(Piece (Period (Closed (TR (t I)) (Cadence (DR (d V)) I))))")
    >>> productions(tree, 1, {"d": [(0.85, ("V",)), (0.15, ("vii",))]})[-2:]
    ['DR → d', 'd → V (85%)']
    """
    lines = []
    for each in tree.path_to(place):
        right = tuple(child if isinstance(child, str) else child.symbol for child in each.children)
        chance = sum(chance for chance, known in rules.get(each.symbol, ()) if known == right)
        lines.append(f"{each.symbol} → {' '.join(right)}" + (f" ({chance:.0%})" if chance else ""))
    return lines


def _by_chance(pitches: Sequence[int], chances: Sequence[float]) -> tuple[Candidate, ...]:
    pairs = sorted(zip(chances, pitches, strict=True), reverse=True)
    return tuple(Candidate(pitch, chance, chance) for chance, pitch in pairs)


def _of_lower_part(rows: Sequence[tuple[int, ...]], at: int) -> str:
    return "the note of the chord nearest to the part's last" if at else "the note of the chord nearest to mid-range"


def _explanation(
    row: tuple[int, ...], line: int, candidates: tuple[Candidate, ...], reasons: Sequence[str]
) -> NoteExplanation:
    onset, duration, pitch = row
    if pitch not in [each.pitch for each in candidates]:  # the close, where a part goes to the tonic or off it
        candidates = (Candidate(pitch), *candidates)
        reasons = [*reasons, "moved to close as asked"]
    chance = next(each.chance for each in candidates if each.pitch == pitch)
    return NoteExplanation(Fraction(onset - line, TICKS_PER_QUARTER), Fraction(duration, TICKS_PER_QUARTER), pitch,
                           candidates, None if chance is None else -log2(max(chance, np.finfo(float).tiny)),
                           reasons=tuple(reasons))  # fmt: skip
