"""Ranges: each voice stays in its own."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.ranges import Ranges, range_of
from componium.decoding.context import Context
from componium.decoding.style.plan import NARROWEST, Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter

PLAN = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=1, programs=(40, 42), ranges=((55, 79), (36, 60)))


@pytest.mark.parametrize("voice", [0, 1])
def test_pitches_outside_the_range_are_forbidden(voice: int) -> None:
    ranges, context, choice = Ranges.build(PLAN, StyleProfile()), Context(PLAN), Choice("pitch", np.arange(128))
    context.voice = voice
    ranges.allow(choice, context)
    assert (np.flatnonzero(choice.mask)[0], np.flatnonzero(choice.mask)[-1]) == PLAN.ranges[voice]


@pytest.mark.parametrize(("last", "is_open"), [(70, True), (78, False), (79, False)])
def test_a_voice_at_its_top_adds_no_note_above(last: int, is_open: bool) -> None:
    ranges, context, choice = Ranges.build(PLAN, StyleProfile()), Context(PLAN), Choice("voice", np.arange(2))
    context.voice = 0
    context.last[0] = last
    ranges.allow(choice, context)
    assert choice.mask.tolist() == [is_open, True]


def test_a_range_excludes_outliers_and_is_an_octave_at_least() -> None:
    assert range_of(np.array([20, *[60, 72] * 500, 110])) == [60, 72]
    for pitches in ([60], [0], [127], [3, 5], [120, 127], []):
        low, high = range_of(np.array(pitches))
        assert 0 <= low <= high - NARROWEST and high <= 127
