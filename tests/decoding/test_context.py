"""Context: the clock, and what sounds."""

import pytest

from componium.decoding.context import Context, beat_length
from componium.decoding.style.plan import Plan
from componium.music.instruments import DRUMS
from componium.music.score import Key, Meter


def make(*programs: int, closing: int | None = None) -> Context:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=2, programs=programs, ranges=((0, 127),) * len(programs),
                closing=closing)  # fmt: skip
    return Context(plan)


@pytest.mark.parametrize(("programs", "bass", "upper"), [
    ((40, 42), 1, [0]), ((40, 128, 42), 2, [0]), ((40, 42, 128), 1, [0]), ((128,), 0, []), ((128, 128), 1, [0]),
])  # fmt: skip
def test_the_bass_is_the_lowest_voice_that_has_pitches(programs: tuple[int, ...], bass: int, upper: list[int]) -> None:
    context = make(*programs)
    assert (context.bass, context.upper) == (bass, upper)
    assert [voice for voice, has_pitch in enumerate(context.has_pitch) if has_pitch] == [
        voice for voice, program in enumerate(programs) if program != DRUMS]  # fmt: skip


def test_the_clock_counts_bars_of_the_meter_in_force() -> None:
    context = make(40)
    context.set_meter("6/8")
    context.begin_bar(2)
    assert (context.bar, context.line, context.now, context.beat, context.is_last_bar) == (0, 0, 0, 36, False)
    context.position = 36
    assert context.now == 36 and context.is_on_beat
    context.begin_bar(1)
    assert (context.bar, context.line, context.position, context.is_last_bar) == (1, 72, -1, True)


@pytest.mark.parametrize(("closing", "onset"), [(None, 72), (24, 24), (96, 72)])
def test_the_last_notes_begin_where_planned_or_on_the_last_beat(closing: int | None, onset: int) -> None:
    context = make(40, closing=closing)
    context.begin_bar(1)
    assert context.closing == onset
    context.position = onset - 1
    assert not context.is_closing
    context.position = onset
    assert context.is_closing
    context.bars_left = 2
    assert not context.is_closing


def test_notes_are_counted_in_a_row_and_end_with_the_next_or_as_stated() -> None:
    context = make(40, 42, 128)
    context.begin_bar(2)
    for context.position, context.voice, pitch in ((0, 0, 60), (0, 2, 36), (24, 0, 60), (48, 1, 48)):
        context.begin_note(pitch)
    assert (context.last, context.runs) == ([60, 48, 36], [2, 1, 1])
    assert context.others_sounding() == [(0, 60)]  # drums have no pitch
    context.set_duration(72)
    assert context.busy == [-1, 120, -1]
    context.begin_bar(1)
    assert context.busy == [-1, 24, -1]
    context.voice = 0
    assert context.others_sounding() == [(1, 48)]
    context.position = 24
    assert context.others_sounding() == []


def test_a_copy_is_independent() -> None:
    context = make(40, 42)
    context.begin_bar(2)
    context.position, context.voice = 0, 0
    context.begin_note(60)
    other = context.copy()
    other.position = 24
    other.begin_note(64)
    other.set_duration(24)
    other.open_voices[:] = True
    assert (context.last, context.runs, context.busy) == ([60, -1], [1, 0], [-1, -1])
    assert context.motion.moves == {0: (None, 60, 0)} and not context.open_voices.any()
    assert context.sounding.lowest([0], 24) == 60 and other.sounding.lowest([0], 24) == 64


@pytest.mark.parametrize(("meter", "length"), [("4/4", 24), ("6/8", 36), ("3/8", 12), ("2/2", 48), ("9/16", 18)])
def test_beats_are_dotted_in_compound_meters(meter: str, length: int) -> None:
    assert beat_length(meter) == length
