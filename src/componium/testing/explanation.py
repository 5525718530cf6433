"""Conformance checks of explanations: the hook `explain` of a method."""

from math import isclose, log2

import numpy as np

from componium.decoding.explanation import NoteExplanation
from componium.music.time import n_bars
from componium.testing.checks import require
from componium.testing.subject import Subject, check_of


def _explains(subject: Subject) -> bool:
    return hasattr(subject.kind, "explain")


@check_of(_explains)
def check_explain(subject: Subject) -> None:
    """Check that each note of a take is explained as a candidate.

    It is none that was forbidden.

    Chances are probabilities, and the surprise is that of the note's own.
    """
    method, request = subject.fitted, subject.request()
    plan = method.plan(request, np.random.default_rng(6).spawn(2)[0])
    score = subject.compose(6)[0]
    found = [note for bar in {0, n_bars(score) - 1} for voice in range(len(score.tracks))
             for note in _explained(subject, score, bar, voice, request=request, plan=plan)]
    require(found, "no note of a take was explained")
    for note in found:
        pitches = [each.pitch for each in note.candidates]
        require(len(set(pitches)) == len(pitches) and note.pitch in pitches, f"{note.pitch} among {pitches}")
        require(not note.chosen.forbidden, f"a note of a take is said to be forbidden by {note.chosen.forbidden}")
        _check_chances(note)


def _explained(subject: Subject, *args: object, **options: object) -> tuple[NoteExplanation, ...]:
    notes: tuple[NoteExplanation, ...] = subject.fitted.explain(*args, **options)
    return notes


def _check_chances(note: NoteExplanation) -> None:
    """Require probabilities, and the surprise of the chosen pitch's."""
    chances = [chance for each in note.candidates for chance in (each.chance, each.drawn) if chance is not None]
    require(all(-1e-9 <= chance <= 1 + 1e-9 for chance in chances), "chances must be from 0 to 1")
    if note.surprise is not None:
        chance = note.chosen.chance
        require(chance is not None and isclose(note.surprise, -log2(chance), abs_tol=1e-6),
                f"{note.surprise} bits of surprise at a chance of {chance}")
