"""Cadence: the last bar closes as planned."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.cadence import PENALTY, Cadence
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter


def at_close(*, closed: bool = True, programs: tuple[int, ...] = (40, 42)) -> tuple[Cadence, Context]:
    """Return a piece of one bar in C at its closing onset, the third quarter, the upper voice on a D."""
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=1, programs=programs, ranges=((0, 127),) * len(programs),
                closed=closed, closing=48)  # fmt: skip
    cadence, context = Cadence.build(plan, StyleProfile()), Context(plan)
    context.begin_bar(1)
    context.open_voices[:] = True
    context.position, context.voice = 0, 0
    context.begin_note(62)
    context.position, context.voice = 48, -1
    return cadence, context


def allowed(cadence: Cadence, context: Context, choice: Choice) -> list[int]:
    cadence.allow(choice, context)
    choice.apply_preferences()
    return choice.values[choice.mask].tolist()


def test_nothing_begins_after_the_closing_onset() -> None:
    cadence, context = at_close()
    context.position = 0
    assert allowed(cadence, context, Choice("position", np.array([0, 24, 48, 60, 72]))) == [0, 24, 48]


def test_a_voice_outside_the_closing_chord_moves_before_the_bass_closes() -> None:
    cadence, context = at_close()
    assert allowed(cadence, context, Choice("voice", np.arange(2))) == [0]
    assert allowed(cadence, context, Choice("end", np.zeros(1, dtype=np.int64))) == []


@pytest.mark.parametrize("closed", [True, False])
def test_the_bass_closes_on_the_tonic_or_off_it_below_all_others(closed: bool) -> None:
    cadence, context = at_close(closed=closed)
    context.voice = 1
    pitches = allowed(cadence, context, Choice("pitch", np.arange(36, 84)))
    assert max(pitches) <= 62 and {pitch % 12 == 0 for pitch in pitches} == {closed}


def test_an_open_ending_leans_toward_the_root_of_the_chord_above() -> None:
    cadence, context = at_close(closed=False, programs=(40, 41, 42))
    for context.voice, pitch in ((0, 71), (1, 67)):
        context.begin_note(pitch)
    context.voice = 2
    choice = Choice("pitch", np.arange(36, 60))
    choice.bias = np.zeros(24, dtype=np.float32)
    cadence.bias(choice, context)
    assert choice.values[choice.bias == 0].tolist() == [40, 43, 52, 55]  # E and G, of G and B
    assert set(choice.bias.tolist()) == {0.0, float(PENALTY), 2 * float(PENALTY)}


@pytest.mark.parametrize("triads", [0.95, 0.5])
def test_where_a_style_closes_on_triads_no_other_pitch_is_in_the_last_chord(triads: float) -> None:
    _, context = at_close()
    profile = StyleProfile(parts={"critics": {"final_triad": (triads, 0.2)}})
    cadence, context.voice = Cadence.build(context.plan, profile), 0
    pitches = allowed(cadence, context, Choice("pitch", np.arange(60, 72)))
    assert pitches == ([60, 64, 67] if triads == 0.95 else list(range(60, 72)))


@pytest.mark.parametrize(("usual", "nats"), [(0.9, 2.197), (0.2, 0.0), (1.0, 2.944)])
def test_before_the_close_the_bass_leans_toward_the_dominant(usual: float, nats: float) -> None:
    plan = Plan(key=Key(0, 2), meter=Meter(0, 4, 4), bars=2, programs=(40, 42), ranges=((0, 127),) * 2, closing=24)
    profile = StyleProfile(parts={"critics": {"final_authentic": (usual, 0.3)}})
    cadence, context = Cadence.build(plan, profile), Context(plan)
    context.begin_bar(2)
    context.begin_bar(1)
    for position, leans in ((0, True), (12, True), (24, False)):
        for context.voice in (0, 1):
            context.position = position
            choice = Choice("pitch", np.arange(40, 60))
            choice.bias = np.zeros(20, dtype=np.float32)
            cadence.bias(choice, context)
            bias = {pitch: nats for pitch in (45, 57) if leans and context.voice}  # A, in D
            expected = [bias.get(pitch, 0.0) for pitch in range(40, 60)]
            if context.voice or position < 24:
                assert choice.bias.tolist() == pytest.approx(expected, abs=1e-3)


def test_the_piece_ends_once_it_has_closed() -> None:
    cadence, context = at_close()
    for context.voice, pitch in ((0, 64), (1, 48)):
        context.begin_note(pitch)
        cadence.observe("pitch", pitch, context)
    assert allowed(cadence, context, Choice("end", np.zeros(1, dtype=np.int64))) == [0]
    assert allowed(cadence, context, Choice("voice", np.arange(2))) == [0]  # no chord in the bass


def test_upper_voices_are_drawn_to_the_triad() -> None:
    cadence, context = at_close()
    context.voice, choice = 0, Choice("pitch", np.arange(60, 72))
    cadence.bias(choice, context)
    assert np.flatnonzero(choice.bias == 0).tolist() == [0, 4, 7] and choice.bias.min() == PENALTY


def test_upper_voices_stay_above_the_bass_whatever_the_drums_play() -> None:
    cadence, context = at_close(programs=(40, 42, 128))
    context.last = [62, 48, 76]
    context.voice = 0
    assert min(allowed(cadence, context, Choice("pitch", np.arange(36, 84)))) == 48


def test_a_note_leaves_the_last_ones_their_room() -> None:
    cadence, context = at_close()
    context.position = 0
    durations = Choice("duration", np.array([24, 48, 72, 96]))
    context.voice = 0  # the D must move
    assert allowed(cadence, context, durations) == [24, 48]
    context.last[0] = 64
    assert allowed(cadence, context, Choice("duration", durations.values)) == [24, 48, 72, 96]
