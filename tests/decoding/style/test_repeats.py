"""Plans of repetition: those of pieces of about the bars of the take; of a form, that its strains differ."""

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.style.plan import sample_plan
from componium.decoding.style.profile import Setting, StyleProfile
from componium.decoding.style.repeats import Repeat, draw_repeats, repeats_of_form

SONATA = (6, ((4, 2, 0, 7, 10),))


def profile_of(*plans: object, voices: int = 2) -> StyleProfile:
    return StyleProfile(settings=(Setting("2/4", 0, "major", programs=(40,) * voices),), lengths=((20, 1),),
                        parts={"recurrence": {"plans": plans}})  # fmt: skip


def test_a_piece_of_other_length_is_cut_or_follows_itself_with_new_music() -> None:
    repeats = draw_repeats(profile_of(SONATA), 11, np.random.default_rng(0))
    assert [repeat.source for repeat in repeats] == [None] * 4 + [0, 1] + [None] * 4 + [6]
    assert repeats[3] == Repeat(unlike=3) and repeats[4] == Repeat(0, 7, 1.0) and repeats[9] == Repeat(unlike=9)
    assert draw_repeats(profile_of(SONATA), 5, np.random.default_rng(0)) == repeats[:5]
    assert draw_repeats(profile_of(), 5, np.random.default_rng(0)) == ()


@pytest.mark.parametrize(("letters", "bars", "unlike"), [
    ("AABB", 16, [0] * 8 + [8, 8, 0, 0] + [0] * 4), ("AB", 6, [0, 0, 0, 3, 3, 0]), ("AAA", 6, [0] * 6),
])  # fmt: skip
def test_the_first_half_of_a_new_strain_is_unlike_all_before(letters: str, bars: int, unlike: list[int]) -> None:
    repeats = repeats_of_form(letters, bars, StyleProfile(), np.random.default_rng(0))
    assert [repeat.unlike for repeat in repeats] == unlike and all(repeat.source is None for repeat in repeats)


def test_a_new_strain_repeats_earlier_bars_as_in_a_piece_of_the_form() -> None:
    aabb = (8, ((2, 2, 0, 0, 10), (5, 1, 1, 0, 10), (6, 2, 4, 0, 10)))
    aaab, other_length = (8, ((2, 2, 0, 0, 10), (4, 2, 2, 0, 10))), (4, ((2, 1, 0, 0, 10),))
    for seed in range(9):
        repeats = repeats_of_form("AABB", 8, profile_of(aaab, other_length, aabb), np.random.default_rng(seed))
        assert repeats == (Repeat(), Repeat(unlike=1), *[Repeat()] * 2, Repeat(unlike=4), *[Repeat()] * 3)
    repeats = repeats_of_form("AAB", 9, profile_of((9, ((3, 3, 0, 0, 10), (7, 1, 1, 5, 8)))), np.random.default_rng(0))
    assert repeats[6:] == (Repeat(unlike=6), Repeat(1, 5, 0.8), Repeat())  # the last bar closes


def test_all_pieces_of_about_the_length_are_drawn_from() -> None:
    plans = [(32, ((at, 1, 0, 0, 10),)) for at in range(1, 21)]
    rng = np.random.default_rng(0)
    assert len({draw_repeats(profile_of(*plans), 32, rng) for _ in range(200)}) == 20


@pytest.mark.parametrize(("controls", "voices", "has_plan"), [
    ({}, 2, True), ({}, 1, False), ({"bars": 17}, 2, True), ({"bars": 17}, 1, False), ({"bars": 16}, 2, False),
    ({"bars": 16, "form": "AABB"}, 1, True), ({"duration": 8.0, "qpm": 120.0}, 2, False),
])  # fmt: skip
def test_few_bars_without_a_form_and_single_lines_have_no_plan_and_it_changes_no_other_draw(
    controls, voices, has_plan
) -> None:
    plan = sample_plan(Controls(**controls), {"jig": profile_of(SONATA, voices=voices)}, np.random.default_rng(0))
    assert len(plan.repeats) == (plan.bars if has_plan else 0)
    bare = sample_plan(Controls(**controls), {"jig": profile_of(voices=voices)}, np.random.default_rng(0))
    assert (bare.key, bare.bars, bare.form, bare.closing) == (plan.key, plan.bars, plan.form, plan.closing)
