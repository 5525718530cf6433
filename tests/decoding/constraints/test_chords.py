"""Chords: on the beat only notes of the chord, where they are allowed; anything off it, and with no chord."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.chords import Chords
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.chords import PlainChord
from componium.music.score import Key, Meter

PLAN = Plan(Key(0, 0), Meter(0, 4, 4), 2, (0, 128), ((0, 127),) * 2,
            chords=((0, PlainChord(0, "")), (48, PlainChord(7, "7")), (96, None)))  # fmt: skip


def allowed(position: int, voice: int = 0, bar: int = 0, mask: list[int] | None = None) -> set[int]:
    context = Context(PLAN)
    context.set_meter("4/4")
    for _ in range(bar + 1):
        context.begin_bar(2)
    context.position, context.voice = position, voice
    choice = Choice("pitch", np.arange(60, 72))
    if mask is not None:
        choice.mask[:] = np.isin(choice.values, mask)
    chords = Chords.build(PLAN, StyleProfile())
    assert chords is not None
    chords.allow(choice, context)
    choice.apply_preferences()
    return set(choice.values[choice.mask].tolist())


@pytest.mark.parametrize(("position", "pitches"), [(0, {60, 64, 67}), (24, {60, 64, 67}), (48, {67, 71, 62, 65})])
def test_on_the_beat_notes_are_of_the_chord(position: int, pitches: set[int]) -> None:
    assert allowed(position) == pitches


def test_off_the_beat_and_without_a_chord_all_are_free() -> None:
    assert len(allowed(12)) == len(allowed(0, bar=1)) == len(allowed(0, voice=1)) == 12


def test_it_yields_where_no_note_of_the_chord_is_left() -> None:
    assert allowed(0, mask=[61, 62]) == {61, 62}


def test_without_chords_there_is_no_such_constraint() -> None:
    plan = Plan(Key(0, 0), Meter(0, 4, 4), 2, (0,), ((0, 127),))
    assert Chords.build(plan, StyleProfile()) is None
