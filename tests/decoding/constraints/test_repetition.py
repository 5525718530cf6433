"""Repetition: figures and notes are repeated no more than in the style."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.repetition import LONGEST, MEMORY, MOST, SPAN, Repetition, figures_of, repeats_of
from componium.decoding.context import Context
from componium.decoding.controls import MAX_REPEATS
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter, Score, Track, notes

FOUR = {"figures": [4] * LONGEST}
QUARTER = {"repeats": [0.25, 0.25]}


def build(part: dict, n_voices: int) -> Repetition:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=4, programs=(0,) * n_voices, ranges=((0, 127),) * n_voices)
    return Repetition.build(plan, StyleProfile(parts={"repetition": part}))


def worn_after(*pitches: int, part: dict = FOUR) -> set[int]:
    """Return the pitches that a voice had better not begin after these, one after another."""
    repetition = build(part, 2)
    for now, pitch in enumerate(pitches):
        repetition.begin(1, pitch, now)
    assert not repetition.worn(0, len(pitches))  # the other voice has no notes
    return repetition.worn(1, len(pitches))


def line(*pitches: int) -> Track:
    return Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(pitches)]))


def test_one_pitch_is_worn_once_it_has_been_repeated_as_often_as_the_style_does() -> None:
    assert worn_after(*[60] * 4) == set() and worn_after(*[60] * 5) == {60}
    assert worn_after(*[60] * 5, 62) == set()


def test_so_is_the_next_pitch_of_a_figure_of_several() -> None:
    assert worn_after(60, 64, 60, 64, 60) == set()
    assert worn_after(60, 64, 60, 64, 60, 64) == {60}
    assert worn_after(60, 62, 64, 60, 62, 64, 60) == {62}


def test_each_length_of_figure_has_a_limit_of_its_own() -> None:
    part = {"figures": [9] + [4] * (LONGEST - 1)}
    assert worn_after(*[60] * 5, part={"figures": [9] + [20] * (LONGEST - 1)}) == set()
    assert worn_after(60, 64, 60, 64, 60, 64, part=part) == {60}


def test_what_comes_again_after_more_notes_is_a_phrase() -> None:
    phrase = range(60, 60 + LONGEST + 1)
    assert worn_after(*phrase, *phrase, *phrase) == set()
    assert worn_after(*[*phrase][:LONGEST] * 3) != set()


def test_a_chord_counts_as_its_highest_note() -> None:
    figures = build(FOUR, 1)
    for now in range(5):
        figures.begin(0, 48, now)
        figures.begin(0, 60, now)
    assert figures.worn(0, 4) == set()  # the last chord may still grow
    assert figures.worn(0, 5) == {60}


def penalty_after(*pitches: int, part: dict = QUARTER) -> tuple[int, float]:
    repetition = build(part, 1)
    for now, pitch in enumerate(pitches):
        repetition.begin(0, pitch, now)
    return repetition.penalty(0, len(pitches))


def test_the_last_pitch_is_penalized_the_more_the_more_often_notes_were_repeated_lately() -> None:
    assert penalty_after() == (-1, 0.0) and penalty_after(60) == (60, 0.0)
    assert penalty_after(60, 62, 62)[0] == 62 and -0.3 < penalty_after(60, 62, 62)[1] < 0
    assert penalty_after(*[60] * 99) == (60, -MOST) and penalty_after(*[60] * 99, *[62, 64] * MEMORY) == (64, 0.0)
    assert penalty_after(60, 60, 62, 64, 65, 65, 64, 62, *[60, 60, 62, 64] * 4)[1] == pytest.approx(0, abs=0.1)


def test_where_the_share_of_repeated_notes_varies_more_or_is_unknown_the_penalty_is_less() -> None:
    assert penalty_after(*[60] * 9) < penalty_after(*[60] * 9, part={"repeats": [0.25, 0.5]}) < (60, 0.0)
    assert penalty_after(*[60] * 99, part={}) == (60, 0.0)
    assert penalty_after(*[60] * 9, part={"repeats": [0.25, 0.0]})[1] == -MOST


def test_repeated_notes_are_counted_in_each_few_notes_of_each_voice() -> None:
    score = Score((line(60, 60, 62, 62, 64), line(*[60] * MEMORY, *range(60, 61 + MEMORY)), line(60), Track()))
    assert repeats_of(score).tolist() == [0.5, 1.0, 0.0]


def test_where_nothing_is_known_of_a_style_nothing_is_worn() -> None:
    assert worn_after(*[60] * 99, part={}) == set()


def test_figures_are_counted_by_length_in_each_span_of_each_voice() -> None:
    (alone,) = figures_of(Score((line(60, 64, 60, 64, 60, 67),)))
    assert alone.tolist() == [0, 3, 0, 1] + [0] * (LONGEST - 4)
    repeated, up = line(*[60] * SPAN), line(*range(SPAN))
    found = figures_of(Score((repeated, up, Track(repeated.notes, is_drum=True))))
    assert found.tolist() == [[SPAN - lag for lag in range(1, LONGEST + 1)], [0] * LONGEST]
    assert len(figures_of(Score((line(*range(2 * SPAN)),)))) == 2
    assert figures_of(Score((Track(),))).shape == (0, LONGEST)


@pytest.mark.parametrize(("voice", "most"), [(0, MAX_REPEATS), (1, MAX_REPEATS - 1)])
def test_no_pitch_is_struck_too_often_in_a_row_and_the_bass_keeps_one_to_close_on(voice: int, most: int) -> None:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=4, programs=(0, 0), ranges=((0, 127),) * 2)
    repetition, context = Repetition.build(plan, StyleProfile()), Context(plan)
    context.begin_bar(4)
    allowed = []
    for at in range(MAX_REPEATS):
        context.position, context.voice = 6 * at, voice
        context.begin_note(60)
        choice = Choice("pitch", np.arange(128))
        repetition.allow(choice, context)
        choice.apply_preferences()
        allowed.append(bool(choice.mask[60]))
        assert choice.mask.sum() == 127 + choice.mask[60]
    assert allowed.count(True) == most - 1 and allowed[-1] is False
