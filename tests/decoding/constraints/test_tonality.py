"""Tonality: where another key leads, pitches that distinguish the two are favored."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.tonality import FEWEST, Tonality
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.pitch import key_of
from componium.music.score import Key, Meter

G_MAJOR = (7, 9, 11, 0, 2, 4, 6)


def bias_after(pitch_classes: list[int], tonic: int = 0, mode: str = "major") -> np.ndarray:
    """Return the bias of each pitch class, C first, after these."""
    plan = Plan(key=key_of(tonic, mode), meter=Meter(0, 4, 4), bars=4, programs=(0,), ranges=((0, 127),))
    tonality, context = Tonality.build(plan, StyleProfile()), Context(plan)
    context.voice = 0
    for pitch_class in pitch_classes:
        tonality.observe("pitch", 48 + pitch_class, context)
    choice = Choice("pitch", np.arange(48, 84))
    tonality.bias(choice, context)
    assert np.array_equal(choice.bias[:12], choice.bias[12:24])
    return choice.bias[:12]


def test_a_piece_whose_key_is_unknown_has_none() -> None:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=4, programs=(0,), ranges=((0, 127),), is_keyed=False)
    assert Tonality.build(plan, StyleProfile()) is None


def test_a_piece_that_keeps_to_its_key_is_left_alone() -> None:
    safe = [0, 4, 7, 0, 5, 9, 0, 7, 11, 2, 7, 0, 4, 0, 7, 0]
    assert not bias_after(safe).any()


@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "mixolydian"])
def test_where_another_key_leads_the_notes_that_tell_them_apart_are_favored(mode: str) -> None:
    strayed = [7, 11, 2, 7, 6, 9, 2, 7, 11, 2, 6, 7, 7, 2]  # G major
    bias = bias_after(strayed, mode=mode)
    assert bias[0] > 0.5 and bias[5] > 0 and bias[6] < 0 and bias[11] < 0


def test_the_more_another_key_leads_the_larger_the_bias() -> None:
    little, much = [0, 4, 7, 0, 5, 9, 0, 7, 11, 2, 7, 0, 4, 7, 2, 7, 0], [7, 11, 2, 7, 6, 9, 2, 7, 11, 2, 6, 7, 7, 2]
    assert np.abs(bias_after(much)).sum() > np.abs(bias_after(little)).sum() > 0


def test_nothing_is_favored_after_too_few_notes_or_where_all_are_alike() -> None:
    strayed = list(G_MAJOR) * 4
    assert bias_after(strayed).any() and not bias_after(strayed[: FEWEST - 1]).any()
    assert not bias_after(list(range(12)) * 2).any()
