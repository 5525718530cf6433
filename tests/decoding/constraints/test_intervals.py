"""Intervals: melodic intervals that are rare in the style are penalized."""

import numpy as np

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.intervals import PENALTY, Intervals
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter

PITCHES = np.arange(36, 84)
PLAN = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=4, programs=(0,) * 3, ranges=((0, 127),) * 3)


def penalized(voice: int, now: int) -> list[int]:
    """Return the pitches that a voice had better not begin."""
    intervals, context, choice = Intervals([-11, 6]), Context(PLAN), Choice("pitch", PITCHES)
    for context.voice, pitch, context.line in ((0, 67, 0), (1, 50, 0), (0, 60, 24)):
        context.begin_note(pitch)
    context.voice, context.line = voice, now
    intervals.bias(choice, context)
    assert set(choice.bias.tolist()) <= {0, PENALTY}
    return PITCHES[choice.bias < 0].tolist()


def test_an_interval_is_from_the_last_pitch_of_the_same_voice() -> None:
    assert penalized(0, now=48) == [49, 66]
    assert penalized(0, now=24) == []  # a chord's next note is no interval
    assert penalized(2, now=24) == []  # nor is a voice's first


def test_a_style_without_rare_intervals_has_no_such_constraint() -> None:
    assert Intervals.build(PLAN, StyleProfile()) is None
    assert Intervals.build(PLAN, StyleProfile(parts={"intervals": {"rare": (6,)}})) is not None
