"""Imitation: voices go on with what another began, at the style's lags and intervals, as often as the style's do."""

from dataclasses import replace

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.imitation import LEAST, MOST_PAIRS, STRENGTHS, Imitation
from componium.decoding.context import TICKS, Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter, Score, Track, notes

PART = {"share": 0.2, "pairs": ((48, -7), (96, 0), (96, -12))}
LINE = np.random.default_rng(0).integers(55, 75, 32)


def canon(lag: int, shift: int) -> Score:
    voices = [[(480 * (at + later), 480, int(pitch) + up) for at, pitch in enumerate(LINE)]
              for later, up in ((0, 0), (lag, shift))]  # fmt: skip
    return Score(tuple(Track(notes(rows)) for rows in voices))


def test_the_commonest_lags_and_intervals_are_measured_where_voices_imitate() -> None:
    measured = Imitation.measure([canon(4, -7), canon(4, -7), canon(2, 5), canon(0, 0)])
    assert measured["share"] == pytest.approx(0.375) and measured["pairs"] == [[4 * TICKS, -7], [2 * TICKS, 5]]
    assert Imitation.measure([canon(0, 0)]) == {} == Imitation.measure([]) and LEAST > 0 and MOST_PAIRS > 2


def plan(**changes: object) -> Plan:
    return replace(Plan(Key(0, 0), Meter(0, 4, 4), 4, (0, 0), ((0, 127),) * 2), **changes)


def test_it_needs_two_pitched_voices_and_a_style_that_imitates() -> None:
    profile = StyleProfile(parts={"imitation": PART})
    assert Imitation.build(plan(), StyleProfile()) is None and Imitation.build(plan(), profile) is not None
    assert Imitation.build(plan(programs=(0, 128)), profile) is None


def test_the_next_note_of_the_source_is_likelier_where_it_is_due() -> None:
    constraint, context = Imitation(0.5, [(96, -7)], [0, 1]), Context(plan())
    context.set_meter("4/4")
    context.begin_bar(4)
    for onset, pitch in ((0, 72), (24, 74), (48, 76), (72, 77)):
        context.position, context.voice = onset, 0
        constraint.observe("pitch", pitch, context)
    context.begin_bar(3)
    strengths = []
    for onset, pitch in ((0, 65), (24, 67), (48, 69), (72, 70)):
        context.position, context.voice = onset, 1
        choice = Choice("pitch", np.arange(128))
        constraint.bias(choice, context)
        strengths.append(float(choice.bias[pitch]))
        assert np.flatnonzero(choice.bias).tolist() in ([], [pitch])
        constraint.observe("pitch", pitch, context)
    assert strengths == list(STRENGTHS)
    other = constraint.copy()
    context.position = 84
    other.observe("pitch", 60, context)  # is not in the source
    assert not other._threads[1] and constraint._threads[1]


def test_it_rests_once_as_much_is_imitated_as_in_the_style() -> None:
    biased = []
    for share in (0.5, 0.2):
        constraint, context = Imitation(share, [(96, 0)], [0, 1]), Context(plan())
        context.set_meter("4/4")
        for bar, voice in ((0, 0), (1, 1)):
            context.begin_bar(4 - bar)
            for onset in range(0, 96, 12):
                context.position, context.voice = onset, voice
                choice = Choice("pitch", np.arange(128))
                constraint.bias(choice, context)
                biased.append(bool(choice.bias.any()))
                constraint.observe("pitch", 60 + onset // 12, context)
    never = [False] * 8
    assert biased == [*never, False, *[True] * 7, *never, False, *[True] * 5, False, False]
