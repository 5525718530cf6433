"""Form: forms are measured with their upbeats, notes end with their strain."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.form import Form
from componium.decoding.context import Context
from componium.decoding.style import form as forms
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter, Score, Track, notes


def plan(letters: str, **form: object) -> Plan:
    return Plan(Key(0, 0), Meter(0, 2, 4), 4 * len(letters), (40,), ((0, 127),), form=forms.Form(letters, **form))


def tune(shift: int, upbeat: int) -> Score:
    """Return AABB of eight bars in 2/4, B so many semitones above A; the second A ends otherwise."""
    strain = [60 + at * 5 % 13 for at in range(32)]
    pitches = [*strain, *strain[:-2], 59, 59, *[pitch + shift for pitch in strain + strain]]
    rows = [(0, upbeat, 67)] * (upbeat > 0) + [(upbeat + 240 * at, 240, pitch) for at, pitch in enumerate(pitches)]
    meters = (Meter(0, 1, 8), Meter(240, 2, 4)) if upbeat else (Meter(0, 2, 4),)
    return Score((Track(notes(rows[:-1] if upbeat else rows)),), meters=meters)


def test_forms_are_measured_with_their_upbeats_and_endings() -> None:
    measured = Form.measure([tune(3, 240), tune(3, 240), tune(-2, 0)])
    assert measured["forms"] == {"2/4": ((32, "AABB", 0, 1), (32, "AABB", 12, 2))}
    assert measured["same_endings"] == 0.0  # of the second As; how a piece ends isn't counted
    assert Form.measure([]) == {"forms": {}, "same_endings": 1.0}


def test_a_piece_in_which_nothing_comes_back_has_no_such_constraint() -> None:
    assert Form.build(plan("A", upbeat=12), StyleProfile()) is None
    assert Form.build(plan("AB"), StyleProfile()) is not None


@pytest.mark.parametrize(("upbeat", "bar", "position", "longest"), [
    (0, 0, 0, 192), (0, 3, 12, 36), (0, 4, 0, 192), (12, 4, 0, 36), (12, 4, 36, 12), (12, 1, 0, 180),
])  # fmt: skip
def test_no_note_is_held_into_the_next_strain(upbeat: int, bar: int, position: int, longest: int) -> None:
    piece = plan("AAB", upbeat=upbeat)
    constraint, context, choice = Form.build(piece, StyleProfile()), Context(piece), Choice("duration", np.arange(400))
    context.set_meter("2/4")
    context.bar, context.position, context.voice = bar, position, 0
    assert constraint is not None
    constraint.allow(choice, context)
    assert int(np.flatnonzero(choice.mask).max()) == longest
