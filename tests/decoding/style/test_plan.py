"""Plan: controls hold, what is open is drawn as often as in the style, the rest is refused with the reason."""

import numpy as np
import pytest

from componium.decoding.controls import DEFAULT_BARS, Controls
from componium.decoding.style.plan import FULL_RANGE, Plan, continue_plan, draw_ends, sample_plan, settle_plan
from componium.decoding.style.profile import Setting, StyleProfile
from componium.errors import ControlError
from componium.music.instruments import DRUMS, INSTRUMENTS
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Key, Meter, Score, Tempo, Track, notes


def setting(meter: str, n_voices: int, count: int = 1, **others: object) -> Setting:
    """Return the setting of so many pieces in C major."""
    return Setting(meter, 0, "major", programs=(40,) * n_voices, count=count, **others)


JIG = StyleProfile(settings=(setting("6/8", 1, 9), setting("9/8", 2)), lengths=((8, 3), (16, 1)))
REEL = StyleProfile(settings=(setting("4/4", 2, qpm=120), setting("3/4", 2)), closed=0.5, full=0.25,
                    parts={"ranges": {"by_voices": {"2": ((60, 76), (43, 58))}}},
                    closings={"4/4": ((0, 3), (48, 1))}, openings={"major": ((0, 0b10010001, 1),)})  # fmt: skip
PROFILES = {"": StyleProfile(settings=(*JIG.settings, *REEL.settings)), "jig": JIG, "reel": REEL}
BAND = {"reel": StyleProfile(settings=(Setting("4/4", 0, "major", programs=(0, DRUMS, 33)),
                                       Setting("4/4", 0, "major", programs=(0, 33))))}  # fmt: skip


def draws(n: int, profiles: dict[str, StyleProfile] = PROFILES, **controls: object) -> list[Plan]:
    rng = np.random.default_rng(0)
    return [sample_plan(Controls(**controls), profiles, rng) for _ in range(n)]


def test_what_is_requested_is_in_the_plan() -> None:
    (plan,) = draws(1, style="jig", key=parse_key("Eb mixolydian"), meter=parse_meter("9/8"), qpm=101.0, bars=7,
                    instruments=(73, 42), ending="open")  # fmt: skip
    assert (plan.style, plan.key, plan.qpm, plan.bars) == ("jig", parse_key("Eb mixolydian"), 101.0, 7)
    assert (str(plan.meter), plan.programs, plan.stated, plan.closed) == ("9/8", (73, 42), (40, 40), False)
    assert plan.ranges == (INSTRUMENTS[73][1:], INSTRUMENTS[42][1:])


def test_what_is_open_is_as_often_as_in_the_style() -> None:
    plans = draws(500, style="jig")
    meters = [str(plan.meter) for plan in plans]
    assert meters.count("6/8") / 500 == pytest.approx(0.9, abs=0.05) and set(meters) == {"6/8", "9/8"}
    assert {(str(plan.meter), len(plan.programs)) for plan in plans} == {("6/8", 1), ("9/8", 2)}
    bars = [plan.bars for plan in plans]
    assert bars.count(8) / 500 == pytest.approx(0.75, abs=0.06) and set(bars) == {8, 16}
    assert all(plan.closed and not plan.is_full for plan in plans)


def test_endings_are_as_often_on_the_tonic_and_full_as_in_the_style() -> None:
    plans = draws(400, style="reel", meter=parse_meter("4/4"))
    assert np.mean([plan.closed for plan in plans]) == pytest.approx(0.5, abs=0.07)
    assert np.mean([plan.is_full for plan in plans]) == pytest.approx(0.25, abs=0.07)
    assert np.mean([plan.closing == 0 for plan in plans]) == pytest.approx(0.75, abs=0.07)
    assert {plan.opening for plan in plans} == {(0, 0b10010001)}


def test_lengths_too_short_or_too_long_to_be_a_piece_are_not_drawn() -> None:
    odd = StyleProfile(settings=(setting("4/4", 1),), lengths=((1, 99), (12, 1), (5000, 99)))
    assert {plan.bars for plan in draws(20, {"a": odd})} == {12}
    none = StyleProfile(settings=(setting("4/4", 1),), lengths=((1, 99),))
    assert {plan.bars for plan in draws(2, {"a": none})} == {DEFAULT_BARS}


def test_ends_are_drawn_as_often_as_they_come_and_none_where_the_style_has_none() -> None:
    rng = np.random.default_rng(0)
    profile = StyleProfile(closings={"4/4": ((0, 3), (48, 1))}, openings={"minor": ((7, 0b10001000, 2),)}, full=1.0)
    drawn = [draw_ends(profile, "minor", "4/4", rng) for _ in range(400)]
    assert set(drawn) == {((7, 0b10001000), 0, True), ((7, 0b10001000), 48, True)}
    assert 0.68 < np.mean([closing == 0 for _, closing, _ in drawn]) < 0.82
    assert draw_ends(profile, "major", "3/4", rng) == (None, None, True)
    assert draw_ends(StyleProfile(), "minor", "4/4", rng) == (None, None, False)


def test_a_control_that_no_piece_of_the_style_has_is_kept_beside_what_its_pieces_have() -> None:
    (plan,) = draws(1, style="jig", meter=parse_meter("3/4"))
    assert (plan.style, str(plan.meter)) == ("jig", "3/4")


def test_a_style_with_as_many_parts_in_the_meter_is_drawn() -> None:
    assert {plan.style for plan in draws(50, meter=parse_meter("4/4"))} == {"reel"}
    assert {(plan.style, str(plan.meter)) for plan in draws(50, instruments=(40,))} == {("jig", "6/8")}
    assert {plan.qpm for plan in draws(50, style="reel", qpm=121.0)} == {121.0}
    assert {str(plan.meter) for plan in draws(50, style="reel", qpm=121.0)} == {"4/4"}


def test_the_ranges_are_those_of_the_style_s_voices() -> None:
    assert draws(1, style="reel")[0].ranges == ((60, 76), (43, 58))
    assert draws(1, style="jig", meter=parse_meter("9/8"))[0].ranges == (FULL_RANGE,) * 2
    assert draws(1, style="reel", instruments=(73, 42))[0].ranges == ((60, 76), (43, 58))


def test_a_key_or_meter_that_no_piece_states_is_marked() -> None:
    (plan,) = draws(1, {"a": StyleProfile(settings=(Setting(),))})
    assert (plan.is_keyed, plan.is_metered, plan.qpm, str(plan.meter)) == (False, False, None, "4/4")
    (plan,) = draws(1, {"a": StyleProfile(settings=(Setting(),))}, key=parse_key("D"))
    assert (plan.is_keyed, plan.is_metered) == (True, False)


@pytest.mark.parametrize(
    ("controls", "reason"),
    [({"style": "polka"}, "jig, reel"), ({"meter": parse_meter("5/8")}, "3/4, 4/4, 6/8, 9/8"),
     ({"instruments": (40,) * 3}, "1 or 2"), ({"style": "reel", "instruments": (40,)}, "2")],
)
def test_what_no_music_learned_from_has_is_refused_with_the_reason(controls: dict[str, object], reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        draws(1, **controls)


def test_a_model_without_profiles_has_no_plan() -> None:
    with pytest.raises(ControlError, match="profiles"):
        draws(1, {})


@pytest.mark.parametrize("requested", [(DRUMS, 40, 42), (40, 42, DRUMS)])
def test_requested_drums_are_seated_where_the_style_has_them(requested: tuple[int, ...]) -> None:
    (plan,) = draws(1, BAND, instruments=requested)
    assert plan.programs == (40, DRUMS, 42) and plan.stated == (0, DRUMS, 33)


def test_a_part_is_not_made_of_drums_nor_drums_of_a_part() -> None:
    assert all(DRUMS not in plan.programs for plan in draws(8, BAND, instruments=(40, 42)))
    for wrong in ((40, 41, 42), (40, DRUMS)):
        with pytest.raises(ControlError, match=r"2 or 3 \(1 of them drums\), as in the music"):
            draws(1, BAND, instruments=wrong)
    with pytest.raises(ControlError, match="drums, of a method that plays none"):
        settle_plan(Controls(instruments=(DRUMS,)), key=parse_key("C"), meter=parse_meter("4/4"), programs=[0],
                    ranges=[(0, 9)])  # fmt: skip


PROMPT = Score((Track(notes([(0, 480 * 6, 60)]), 40), Track(notes([(0, 480 * 6, 36)]), is_drum=True)),
               tempos=(Tempo(0, 90.0),), meters=(Meter(0, 3, 4),), keys=(Key(0, 1),),
               info=(("style", "reel"),))  # fmt: skip


def continued(prompt: Score = PROMPT, **controls: object) -> Plan:
    return continue_plan(prompt, Controls(**controls), PROFILES, np.random.default_rng(0))


def test_a_prompt_settles_all_but_length_style_and_ending() -> None:
    plan = continued(bars=5, ending="open")
    assert (plan.bars, plan.closed, plan.style) == (5, False, "reel")
    assert (str(plan.meter), plan.key, plan.qpm, plan.programs) == ("3/4", Key(0, 1), 90.0, (40, DRUMS))
    assert plan.ranges == ((60, 76), (43, 58)) and plan.opening is None
    assert continued().bars == 2 + DEFAULT_BARS
    assert continued(style="jig").style == "jig"


def test_a_prompt_without_key_or_style_is_continued_too() -> None:
    plan = continued(Score((Track(notes([(0, 480, 60)])),)), bars=2)
    assert (plan.is_keyed, plan.style, plan.qpm, plan.ranges) == (False, "", None, (FULL_RANGE,))


@pytest.mark.parametrize("controls", [
    {"key": parse_key("C")}, {"meter": parse_meter("4/4")}, {"qpm": 91.0}, {"instruments": (40,)},
])  # fmt: skip
def test_what_a_prompt_has_settled_is_not_requested(controls: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="prompt"):
        continued(bars=8, **controls)


def test_what_a_prompt_states_may_be_requested_again() -> None:
    assert continued(bars=8, key=Key(0, 1), meter=parse_meter("3/4"), qpm=90.0, instruments=(40, DRUMS)).bars == 8


def test_an_energy_beside_a_tempo_draws_the_meter_by_its_density() -> None:
    rows = {"4/4": [[1.0, 5]], "2/4": [[2.0, 5]]}
    settings = tuple(Setting(meter=meter, qpm=100, count=5) for meter in rows)
    profiles = {"": StyleProfile(n_pieces=10, settings=settings, parts={"density": {"paces": rows}})}

    def meters(**controls: float) -> set[tuple[str, str]]:
        plans = [sample_plan(Controls(**controls), profiles, np.random.default_rng(seed)) for seed in range(20)]
        return {(str(plan.meter), plan.pool) for plan in plans}

    assert meters(energy=0.1, qpm=90.0) == {("4/4", "")} and meters(energy=0.9, qpm=90.0) == {("2/4", "")}
    assert meters(energy=0.9) == {("4/4", "4/4"), ("2/4", "2/4")}


def test_an_energy_is_a_quantile_of_the_tempi_of_a_meter() -> None:
    settings = tuple(Setting(meter="4/4", qpm=qpm) for qpm in (60, 85, 101, 120, 143))
    profiles = {"": StyleProfile(n_pieces=5, settings=settings)}
    drawn = [sample_plan(Controls(energy=energy), profiles, np.random.default_rng(1)).qpm for energy in (0.0, 0.5, 1.0)]
    assert drawn == [60.0, 101.0, 143.0]
    assert sample_plan(Controls(energy=1.0, qpm=77.0), profiles, np.random.default_rng(1)).qpm == 77.0


def test_a_prompt_must_hold_music_and_leave_room_and_its_style_be_known() -> None:
    with pytest.raises(ControlError, match="empty"):
        continued(Score())
    with pytest.raises(ControlError, match="at least 3"):
        continued(bars=2)
    with pytest.raises(ControlError, match="jig, reel"):
        continued(style="polka")
