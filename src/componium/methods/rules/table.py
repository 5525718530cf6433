"""Rules of counterpoint and of four-part writing, one a row.

Both searches read this table and nothing else. A row has a name, what it forbids, its source, whether it is hard (never
broken) or soft (broken at a price), its scope (which notes it looks at; model.py lists them) and the function that says
whether it holds.

Functions take whole numbers: a `step` is the interval in semitones from a note to the next of its part, a `gap` that
from a lower part up to a higher one, a `pitch` is counted from a tonic, a `chord` is an index in CHORDS (chords.py),
and a `role` is 0, 1, 2 for the root, third and fifth.

Sources, with the page on which the chapter begins: Johann Joseph Fux, *Gradus ad Parnassum* (1725), in Alfred Mann's
translation, *The Study of Counterpoint* (Norton, 1965); Knud Jeppesen, *Counterpoint* (1931), for lines that can be
sung; Walter Piston and Mark DeVoto, *Harmony* (fifth edition), the textbook of chorales; Lejaren Hiller and Leonard
Isaacson, *Experimental Music* (1959). "ours" is a matter of our own taste.
"""

from collections.abc import Callable
from typing import NamedTuple

from componium.methods.rules.chords import CHORDS, follows
from componium.methods.rules.predicates import (
    STEPS,
    is_applied_leading_tone,
    is_by_step,
    is_complete,
    is_consonant,
    is_passing,
    is_singable,
    is_suspension,
    is_turned_back,
    no_direct_perfect,
    no_double_leap,
    no_octaves,
    no_outlined_tritone,
    no_parallel,
    no_parallel_downbeats,
    no_trill,
    similar,
    stands_on_root_or_third,
)
from componium.music.theory import CONSONANT, CONSONANT_ABOVE_BASS, IMPERFECT, PERFECT

FUX_1, FUX_2, FUX_3, FUX_4 = (f"Fux, ch. {at}, p. {page}" for at, page in ((1, 27), (2, 41), (3, 50), (4, 55)))
PIST_2, PIST_3, PIST_4, PIST_6 = (f"Piston, ch. {at}, p. {page}" for at, page in ((2, 13), (3, 22), (4, 43), (6, 71)))
PIST_APPLIED = "Piston, on secondary dominants"
JEPPESEN, HILLER, OURS = "Jeppesen, on the line", "Hiller and Isaacson, experiment 2", "ours"


class Rule(NamedTuple):
    """Row of the table; `price` is the cost of breaking a soft rule, 0 for a hard one."""

    name: str
    forbids: str
    source: str
    scope: str
    holds: Callable[..., bool]
    price: int = 0

    @property
    def hard(self) -> bool:
        return self.price == 0


MELODY = (
    Rule("singable step", "tritones, major sixths, falling sixths, sevenths, more than an octave",
         FUX_1, "step", is_singable),
    Rule("leap turned back", "going on the same way, or leaping far, after a fifth or more",
         JEPPESEN, "two steps", is_turned_back),
    Rule("no double leap", "two leaps one way, unless they make a fifth, a minor sixth or an octave",
         JEPPESEN, "two steps", no_double_leap),
    Rule("no tritone outlined", "two steps one way that span a tritone or a seventh",
         JEPPESEN, "two steps", no_outlined_tritone),
    Rule("no note thrice", "a note three times running",
         OURS, "two steps", lambda step, then: bool(step or then)),
    Rule("no augmented second", "a step from the minor sixth degree to the raised seventh, or back",
         PIST_4, "note and step", lambda note, step: {note % 12, (note + step) % 12} != {8, 11}),
    Rule("no chromatic step", "a degree and the same degree raised, one after the other",
         PIST_4, "note and step", lambda note, step: {note % 12, (note + step) % 12} not in ({8, 9}, {10, 11})),
    Rule("steps before leaps", "leaps", JEPPESEN, "step", lambda step: abs(step) <= 2, 3),
    Rule("small leaps", "leaps beyond a third", JEPPESEN, "step", lambda step: abs(step) <= 4, 5),
    Rule("move", "a repeated note", FUX_1, "step", lambda step: step != 0, 8),
    Rule("no trill", "two notes, and the same two again", OURS, "three steps", no_trill),
    Rule("no octaves in the line", "leaps of an octave", OURS, "step", lambda step: abs(step) != 12),
    Rule("no way back and forth", "a note, another, and the first again",
         OURS, "two steps", lambda step, then: step + then != 0, 4),
)  # fmt: skip

CADENCE = (
    Rule("cadence of the cantus", "a cantus firmus that doesn't come to its last note from a step above",
         FUX_1, "cantus end", lambda step: step in (-1, -2)),
    Rule("cadence of the counterpoint", "a counterpoint that doesn't come to its last note from a step below",
         FUX_1, "counterpoint end", lambda step: step in (1, 2)),
)  # fmt: skip

TWO_PARTS = (
    *MELODY,
    *CADENCE,
    Rule("perfect beginning", "beginning on an imperfect consonance or a dissonance",
         FUX_1, "first gap", lambda gap: gap % 12 in PERFECT and gap >= 0),
    Rule("perfect end", "ending on anything but the unison or octave",
         FUX_1, "last gap", lambda gap: gap % 12 == 0 and gap >= 0),
    Rule("no unison inside", "a unison on a downbeat, but for the first and the last",
         FUX_1, "inner gap", lambda gap: gap != 0),
    Rule("no direct perfects", "coming to a fifth, octave or unison in similar motion",
         FUX_1, "arrival", no_direct_perfect),
    Rule("contrary motion", "similar motion", FUX_1, "arrival",
         lambda gap, upper, lower: not similar(upper, lower), 3),
    Rule("imperfect consonances", "fifths and octaves inside", FUX_1, "inner gap",
         lambda gap: gap % 12 not in PERFECT, 3),
    Rule("near each other", "parts more than a tenth apart", JEPPESEN, "inner gap", lambda gap: gap <= 16, 6),
)  # fmt: skip

_DOWNBEATS = Rule("no perfects on successive downbeats", "fifths or octaves on successive downbeats",
                  FUX_2, "downbeats", no_parallel_downbeats)
_MOVES = Rule("no repetition inside a bar", "a repeated note inside a bar",
              JEPPESEN, "step inside", lambda step: step != 0)
_MOVES_ON = Rule("no repetition over a bar line", "a note repeated over a bar line",
                 JEPPESEN, "step over", lambda step: step != 0)
_TIED = Rule("tie", "a note not tied over the bar line", FUX_4, "step over", lambda step: step == 0, 12)
_STRONG = Rule("consonant downbeat", "a dissonance on a downbeat", FUX_1, "strong", is_consonant)
_SUSPENDED = Rule("suspension", "a dissonance on a downbeat, unless it is held over and falls by a step",
                  FUX_4, "strong", is_suspension)
_BY_STEP = Rule("dissonance by step", "a dissonance that isn't come to and left by step",
                FUX_3, "weak", is_by_step)

SPECIES = {
    1: (*TWO_PARTS, _STRONG),
    2: (*TWO_PARTS, _STRONG, _DOWNBEATS, _MOVES, _MOVES_ON,
        Rule("passing note", "a dissonance that doesn't pass by step", FUX_2, "weak", is_passing)),
    3: (*TWO_PARTS, _STRONG, _DOWNBEATS, _MOVES, _MOVES_ON, _BY_STEP),
    4: (*TWO_PARTS, _SUSPENDED, _MOVES, _TIED,
        Rule("consonant off the beat", "a dissonance on the weak half", FUX_4, "weak", is_consonant),
        Rule("no octaves off the beat", "octaves on successive weak halves", FUX_4, "weak halves",
             no_octaves)),
    5: (*TWO_PARTS, _SUSPENDED, _DOWNBEATS, _MOVES, _BY_STEP),
}  # fmt: skip

SEVERAL_PARTS = (
    Rule("no crossing", "a part above the next higher one", PIST_3, "neighbors", lambda gap: gap >= 0),
    Rule("spacing", "more than an octave between neighbors, the lowest two excepted",
         PIST_2, "upper neighbors", lambda gap: gap <= 12),
    Rule("no parallel perfects", "parallel fifths, octaves and unisons", PIST_3, "pairs arrival", no_parallel),
    Rule("no direct perfects outside", "coming to a fifth or octave in the outer parts by a leap above",
         PIST_3, "outer arrival", lambda gap, upper, lower: abs(upper) <= 2 or no_direct_perfect(gap, upper, lower)),
    Rule("singable step", "tritones, major sixths, sevenths, more than an octave", PIST_3, "step",
         lambda step: abs(step) in STEPS),
    *(rule for rule in MELODY if rule.name in ("no note thrice", "no augmented second", "no chromatic step")),
    Rule("small steps above", "leaps in the upper parts", PIST_3, "upper step", lambda step: abs(step) <= 2, 3),
    Rule("no large leaps above", "leaps beyond a fourth in the upper parts", PIST_3, "upper step",
         lambda step: abs(step) <= 5, 12),
    Rule("moving outer parts", "a repeated note in the outer parts", OURS, "outer step",
         lambda step: step != 0, 5),
)  # fmt: skip

HARMONIC = (*CONSONANT_ABOVE_BASS, 6)  # between upper parts a tritone may stand over a consonant bass
FIRST_SPECIES = (
    *SEVERAL_PARTS,
    Rule("leap turned back", "going on the same way, or leaping far, after a fifth or more",
         HILLER, "two steps", is_turned_back),
    Rule("consonant with the bass", "a dissonance with the lowest part", HILLER, "bass gaps",
         lambda gap: gap % 12 in CONSONANT),
    Rule("consonant above", "seconds and sevenths between upper parts", HILLER, "upper gaps",
         lambda gap: gap % 12 in HARMONIC),
    Rule("full sound", "a unison between neighbors", OURS, "neighbors", lambda gap: gap != 0, 6),
    Rule("thirds and sixths", "fifths and octaves with the bass", OURS, "bass gaps",
         lambda gap: gap % 12 in IMPERFECT, 2),
)  # fmt: skip


AUTHENTIC = Rule("authentic cadence", "a last tonic that no dominant comes before", PIST_3, "last chords",
                 lambda chord, then: CHORDS[then].degree != 0 or CHORDS[chord].degree == 4)
CHORALE = (
    *SEVERAL_PARTS,
    Rule("chord note", "a note that isn't in the chord", PIST_2, "chord note",
         lambda chord, pitch, role: CHORDS[chord].notes[role] == pitch % 12),
    Rule("complete chord", "a chord without root or third, a doubled leading tone", PIST_2, "chord", is_complete),
    Rule("bass of the chord", "the fifth in the bass, or a diminished root", PIST_6, "chord bass",
         stands_on_root_or_third),
    Rule("progression", "a chord that doesn't follow from the last", PIST_3, "progression",
         lambda chord, then: follows(CHORDS[chord], CHORDS[then])),
    Rule("harmony moves to the downbeat", "the chord before a bar line again after it", PIST_3,
         "progression over", lambda chord, then: chord != then),
    Rule("leading tone rises", "a leading tone on top that goes elsewhere when the tonic chord follows", PIST_3,
         "top to chord", lambda pitch, step, then: pitch % 12 != 11 or CHORDS[then].degree != 0 or step == 1),
    AUTHENTIC,
    Rule("end on the root", "a last chord that doesn't stand on its root", PIST_3, "last chord bass",
         lambda role: role == 0),
    Rule("moving harmony", "the same chord again", OURS, "progression", lambda chord, then: chord != then, 6),
    Rule("root position", "chords of the sixth", PIST_6, "chord bass", lambda chord, bass: bass == 0, 2),
    Rule("fifth in the chord", "a chord without its fifth", PIST_2, "chord",
         lambda chord, *roles: 2 in roles, 3),
    Rule("strong degrees", "the third and the seventh degree", PIST_3, "progression",
         lambda chord, then: CHORDS[then].degree not in (2, 6), 3),
)  # fmt: skip

# Where the triads of the key and an authentic cadence can't set what is given.
FREER_CHORALE = (
    *(rule for rule in CHORALE if rule is not AUTHENTIC),
    AUTHENTIC._replace(price=20),
    Rule("cadence", "a last tonic that neither dominant nor subdominant comes before", PIST_3, "last chords",
         lambda chord, then: CHORDS[then].degree != 0 or CHORDS[chord].degree in (3, 4)),
    Rule("chords of the key", "an applied dominant", PIST_APPLIED, "chord bass",
         lambda chord, bass: not CHORDS[chord].of, 8),
    Rule("no cross relation", "a degree, and the same degree raised in another part after it", PIST_APPLIED,
         "note to chord", lambda pitch, step, chord: not is_applied_leading_tone(chord, pitch + 1) or step == 1, 12),
    Rule("applied leading tone rises", "the leading tone of an applied dominant that goes elsewhere", PIST_APPLIED,
         "chord to note", lambda chord, pitch, step: not is_applied_leading_tone(chord, pitch) or step == 1, 8),
)  # fmt: skip


def rows() -> list[Rule]:
    """Return every row that any kind of writing reads, once each, in order."""
    every = [rule for rules in (*SPECIES.values(), FIRST_SPECIES, CHORALE, FREER_CHORALE) for rule in rules]
    return list(dict.fromkeys(every))
