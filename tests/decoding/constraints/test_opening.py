"""Opening: the first notes form the planned chord."""

from dataclasses import replace

import numpy as np

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.opening import PENALTY, Opening
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter

PLAN = Plan(key=Key(0, 1), meter=Meter(0, 4, 4), bars=1, programs=(40, 42), ranges=((0, 127),) * 2,
            opening=(7, 0b10010001))  # fmt: skip


def unpenalized(voice: int, position: int, *, added: bool = False) -> set[int]:
    """Return the pitch classes that the opening in G leaves alone."""
    opening, context, choice = Opening.build(PLAN, StyleProfile()), Context(PLAN), Choice("pitch", np.arange(48, 60))
    context.begin_bar(1)
    context.position, context.voice, choice.added = position, voice, added
    opening.bias(choice, context)
    assert set(choice.bias.tolist()) <= {0, PENALTY}
    return set((choice.values[choice.bias == 0] % 12).tolist())


def test_the_bass_has_its_pitch_class_and_the_others_the_chord() -> None:
    assert unpenalized(1, 0) == {2}  # a fifth above G
    assert unpenalized(0, 0) == {7, 11, 2}


def test_later_notes_and_further_notes_of_a_voice_are_left_alone() -> None:
    assert unpenalized(1, 24) == unpenalized(1, 0, added=True) == set(range(12))


def test_there_is_none_without_a_planned_chord_or_a_key() -> None:
    assert Opening.build(replace(PLAN, opening=None), StyleProfile()) is None
    assert Opening.build(replace(PLAN, is_keyed=False), StyleProfile()) is None
