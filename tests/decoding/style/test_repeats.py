"""Plans of repetition: those of pieces with the strains and about the bars of the take."""

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.style.plan import sample_plan
from componium.decoding.style.profile import Setting, StyleProfile
from componium.decoding.style.repeats import Repeat, draw_repeats

SONATA, TUNE = (6, "A", ((4, 2, 0, 7, 10),)), (8, "AABB", ((2, 2, 0, 0, 10), (5, 1, 1, 0, 6), (6, 2, 4, 0, 10)))


def profile_of(*plans: object) -> StyleProfile:
    return StyleProfile(settings=(Setting("2/4", 0, "major"),), lengths=((20, 1),),
                        parts={"recurrence": {"plans": plans}})  # fmt: skip


def sources(profile: StyleProfile, bars: int, letters: str | None) -> list[int | None]:
    return [repeat.source for repeat in draw_repeats(profile, bars, letters, np.random.default_rng(0))]


def test_a_piece_of_other_length_is_cut_or_follows_itself_with_new_music() -> None:
    repeats = draw_repeats(profile_of(SONATA), 5, None, np.random.default_rng(0))
    assert repeats == (*[Repeat()] * 4, Repeat(0, 7, 1.0))
    assert sources(profile_of(SONATA), 11, None) == [None] * 4 + [0, 1] + [None] * 4 + [6]


@pytest.mark.parametrize(("bars", "letters", "expected"), [
    (8, "AABB", [None, None, 0, 1, None, 1, 4, 5]),  # the second strain may end as the first
    (8, None, [None, None, 0, 1, None, 1, 4, 5]),
    (16, "AABB", [None, None, 0, 1, None, None, 4, 5, None, None, 8, 9, None, None, 12, 13]),
    (8, "AB", [None, None, 0, 1, None, None, 4, 5]),  # of a piece with other strains none repeats another
])  # fmt: skip
def test_a_strain_repeats_another_only_as_in_a_piece_with_its_form(bars, letters, expected) -> None:
    assert sources(profile_of(TUNE), bars, letters) == expected
    assert sources(profile_of(TUNE, SONATA), bars, "AABB")[:4] == sources(profile_of(TUNE), bars, "AABB")[:4]


def test_all_pieces_of_about_the_length_are_drawn_from() -> None:
    plans = [(32, "A", ((at, 1, 0, 0, 10),)) for at in range(1, 21)]
    rng = np.random.default_rng(0)
    drawn = {draw_repeats(profile_of(*plans), 32, None, rng) for _ in range(200)}
    assert len(drawn) == 20


@pytest.mark.parametrize(("controls", "has_plan"), [
    ({}, True), ({"bars": 17}, True), ({"bars": 16}, False), ({"bars": 16, "form": "AABB"}, True),
    ({"duration": 8.0, "qpm": 120.0}, False),
])  # fmt: skip
def test_few_bars_without_a_form_have_no_plan(controls, has_plan) -> None:
    profiles = {"jig": profile_of(TUNE)}
    plan = sample_plan(Controls(**controls), profiles, np.random.default_rng(0))
    assert len(plan.repeats) == (plan.bars if has_plan else 0)
    bare = sample_plan(Controls(**controls), {"jig": profile_of()}, np.random.default_rng(0))
    assert (bare.key, bare.bars, bare.form, bare.repeats) == (plan.key, plan.bars, plan.form, ())
