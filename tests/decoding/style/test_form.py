"""Forms: drawn with length and upbeat as often as the style has them; what is asked for holds."""

from collections import Counter

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.style.form import LONGEST, Form, draw_form
from componium.decoding.style.plan import Plan, sample_plan
from componium.decoding.style.profile import Setting, StyleProfile
from componium.errors import ControlError
from componium.music.chart import parse_chart

FORMS = {"6/8": ((32, "AABB", 12, 6), (32, "AABB", 0, 2), (24, "ABB", 12, 1), (16, "A", 0, 1), (96, "ABC", 0, 50))}
JIG = StyleProfile(settings=(Setting("6/8", 2, "major", programs=(40,)),), lengths=((20, 1), (300, 9)),
                   closings={"6/8": ((0, 1), (60, 9))},
                   parts={"form": {"forms": FORMS, "same_endings": 0.75}})  # fmt: skip


def draws(n: int, meter: str = "6/8", profile: StyleProfile = JIG, **controls: object) -> list[tuple[int | None, Form]]:
    rng = np.random.default_rng(0)
    return [draw_form(Controls(**controls), profile, meter, rng) for _ in range(n)]


def plan(**controls: object) -> Plan:
    return sample_plan(Controls(**controls), {"jig": JIG}, np.random.default_rng(1))


def test_bars_form_and_upbeat_are_drawn_together() -> None:
    found = Counter((bars, form.letters, form.upbeat) for bars, form in draws(500))
    assert set(found) == {(32, "AABB", 12), (32, "AABB", 0), (24, "ABB", 12), (16, "A", 0)}  # none of 96 bars
    assert found[32, "AABB", 12] / 500 == pytest.approx(0.6, abs=0.07)
    forms = [form for _, form in draws(500) if form.letters == "AABB"]
    assert np.mean([1 in form.endings for form in forms]) == pytest.approx(0.25, abs=0.07)
    assert {ending for form in forms for ending in form.endings} == {1, 3}


def test_bars_have_a_form_of_the_style_and_its_upbeats() -> None:
    for asked, letters in ((32, "AABB"), (30, "A")):
        found = {(bars, form.letters, form.upbeat) for bars, form in draws(50, bars=asked)}
        assert found == {(asked, letters, 12), (asked, letters, 0)}
    assert draws(1, bars=30, profile=StyleProfile()) == [(30, Form())]


def test_a_duration_or_a_chart_brings_no_form_and_draws_nothing() -> None:
    assert draws(1, duration=30.0) == [(None, Form())]
    rng = np.random.default_rng(0)
    assert draw_form(Controls(bars=32, chords=parse_chart("C | G")), JIG, "6/8", rng) == (32, Form())
    assert rng.random() == np.random.default_rng(0).random()


def test_a_form_that_is_asked_for_has_the_bars_and_upbeats_of_the_style() -> None:
    assert {(bars, form.letters) for bars, form in draws(50, form="AABB")} == {(32, "AABB")}
    assert {(bars, form.letters) for bars, form in draws(50, form="ABA")} == {(24, "ABA")}
    assert {(bars, form.letters) for bars, form in draws(50, form="AABBCCD")} == {(56, "AABBCCD")}
    found = draws(50, form="AABB", bars=64)
    assert {(bars, form.letters) for bars, form in found} == {(64, "AABB")} and {f.upbeat for _, f in found} == {0, 12}


def test_an_upbeat_that_is_asked_for_is_drawn_with_forms_that_have_it() -> None:
    for asked in (0.0, 0.5):
        assert {form.upbeat for _, form in draws(50, upbeat=asked)} == {24 * asked}
    assert {bars for bars, _ in draws(50, upbeat=0.5)} == {32, 24}
    assert {form.upbeat for _, form in draws(20, upbeat=0.25)} == {6}  # no piece of the style has it
    assert draws(1, upbeat=0.5, bars=30) == [(30, Form(upbeat=12))] and draws(1, upbeat=0.0, bars=30) == [(30, Form())]


@pytest.mark.parametrize(("controls", "expected"), [
    ({"upbeat": 3.0}, "under 3, a bar"), ({"upbeat": 0.1}, "whole 16ths"), ({"upbeat": 5.0}, "0 to 4"),
])  # fmt: skip
def test_an_upbeat_that_can_not_be_is_refused(controls: dict[str, object], expected: str) -> None:
    with pytest.raises(ControlError, match=expected):
        plan(**controls)


def test_an_upbeat_chooses_a_meter_that_has_room_for_it() -> None:
    settings = (Setting("2/4", 9, "major", programs=(40,)), Setting("4/4", 1, "major", programs=(40,)))
    style = StyleProfile(settings=settings)
    for seed in range(5):
        drawn = sample_plan(Controls(upbeat=2.5), {"march": style}, np.random.default_rng(seed))
        assert (str(drawn.meter), drawn.form.upbeat) == ("4/4", 60)
    unmetered = StyleProfile(settings=(Setting("", 9, "major", programs=(40,)),))
    with pytest.raises(ControlError, match="ask for a meter"):
        sample_plan(Controls(upbeat=0.5), {"fantasia": unmetered}, np.random.default_rng(0))


def test_a_style_without_measured_forms_has_its_lengths_and_a_long_one_the_longest() -> None:
    assert draws(5, meter="4/4") == [(20, Form())] * 5
    assert draws(1, profile=StyleProfile(lengths=((300, 9),))) == [(LONGEST, Form())]
    assert draws(1, profile=StyleProfile())[0][1] == Form()


@pytest.mark.parametrize(("controls", "expected"), [
    ({"form": "AABB", "bars": 30}, "28 or 32"), ({"form": "A1"}, "AABB"), ({"form": "ABA", "bars": 2}, "3"),
])  # fmt: skip
def test_a_form_that_does_not_fit_is_refused_with_what_does(controls: dict[str, object], expected: str) -> None:
    with pytest.raises(ControlError, match=expected):
        Controls(**controls)


def test_a_duration_is_of_whole_strains() -> None:
    for seconds in (50.0, 61.0):
        assert plan(form="AABB", duration=seconds, qpm=180.0).bars % 4 == 0


def test_with_an_upbeat_the_piece_closes_before_its_last_bar_ends() -> None:
    plans = [sample_plan(Controls(), {"jig": JIG}, np.random.default_rng(seed)) for seed in range(60)]
    with_upbeat = [plan for plan in plans if plan.form.upbeat]
    assert {plan.upbeat_onset for plan in with_upbeat} == {60} and {plan.closing for plan in with_upbeat} == {0}
    assert 60 in {plan.closing for plan in plans if not plan.form.upbeat}
