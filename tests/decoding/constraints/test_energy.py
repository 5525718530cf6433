"""Energy: the choices are tilted until onsets are as dense and notes as long as in pieces of the energy asked for."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.energy import MOST, Energy, duration_of, energy_of
from componium.decoding.context import Context
from componium.decoding.style.energy import draw_meter, quantile, rank
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import ControlError
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Score, Track, notes

QUARTER = 24
PARTS = {"density": {"paces": {"4/4": [[1.0, 1], [2.0, 1], [3.0, 1]], "3/4": [[9.0, 1]]}},
         "energy": {"durations": {"4/4": [[0.4, 1], [0.5, 1], [0.6, 1]]}}}  # fmt: skip


def plan(energy: float | None, n_voices: int = 1, pool: str = "4/4") -> Plan:
    return Plan(key=parse_key("C"), meter=parse_meter("4/4"), bars=4, programs=(0,) * n_voices, energy=energy,
                ranges=((0, 127),) * n_voices, pool=pool)  # fmt: skip


def after(places: int, quarters: int = 40, sounded: float = 1.0) -> Energy:
    """Return the constraint after notes at so many places a quarter, where two are asked for."""
    energy = Energy(pace=2.0, duration=0.5, n_voices=1)
    for at in range(quarters * places):
        energy.begin(at * QUARTER // places, sounded * QUARTER / places)
        energy._notes += 1  # as `observe` counts a pitch
    return energy


def test_sparse_music_is_hurried_dense_music_is_held_back_and_no_tilt_exceeds_the_largest() -> None:
    assert after(1).haste == MOST and after(4).haste == -MOST
    assert abs(after(2).haste) < MOST / 4


def test_voices_are_filled_where_notes_are_too_long() -> None:
    assert after(1).fullness > 0 > after(4).fullness


def bias(energy: Energy, kind: str, values: list[int], *, n_voices: int = 1, position: int = 0, voice: int = -1):
    context = Context(plan(0.5, n_voices))
    context.set_meter("4/4")
    context.begin_bar(4)
    context.position, context.voice = position, voice
    energy._begun = True
    choice = Choice(kind, np.array(values))
    energy.bias(choice, context)
    return choice.bias.tolist()


def test_a_hurried_choice_prefers_what_is_near_and_the_next_bar_counts_as_its_bar_line() -> None:
    near, far, line = bias(after(1), "position", [12, 24, 96])
    assert near > far > line == bias(after(1), "bar", [0])[0]


def test_a_held_back_choice_prefers_what_is_farther_but_no_pause() -> None:
    near, far, line = bias(after(4), "position", [6, 18, 96])
    assert far > near > line


def test_a_filled_onset_passes_over_no_voice_and_moving_on_passes_over_all() -> None:
    energy = after(1)
    first, second = bias(energy, "voice", [0, 1], n_voices=2)
    assert first > second
    energy._haste.value = 0.0
    moved_on = bias(energy, "position", [12], n_voices=2, voice=0)[0]
    assert bias(energy, "voice", [1], n_voices=2, voice=0)[0] > 0 > moved_on


def test_a_hurried_voice_holds_no_long_note() -> None:
    assert bias(after(1), "duration", [12, 96])[0] == 0 > bias(after(1), "duration", [12, 96])[1]
    assert bias(after(4), "duration", [12, 96]) == [0, 0]


def test_it_is_built_where_it_is_asked_for_and_can_be_met() -> None:
    profile = StyleProfile(parts=PARTS)
    assert Energy.build(plan(None), profile) is None
    built = Energy.build(plan(0.5), profile)
    assert built is not None and (built._pace, built._duration) == (2.0, 0.5)
    with pytest.raises(ControlError, match="fit the method again"):
        Energy.build(plan(0.5), StyleProfile())


def test_a_quantile_and_its_rank_are_inverse_and_leave_the_tails_out() -> None:
    rows = {"4/4": [[value, 10] for value in (1.0, 2.0, 3.0, 4.0)]}
    for energy in (0.2, 0.5, 0.8):
        assert rank(rows, "4/4", quantile(rows, "4/4", energy) or 0) == pytest.approx(energy, abs=0.01)
    many = {"4/4": [[float(value), 1] for value in range(100)]}
    assert (quantile(many, "4/4", 0.0), quantile(many, "4/4", 1.0)) == (4.5, 94.5)
    assert quantile({}, "4/4", 0.5) is None and quantile(rows, "7/8", 0.5) == 2.5  # none has the meter: all pieces


def test_a_meter_is_drawn_where_its_pieces_are_as_dense() -> None:
    paces = {"2/2": [[2.0, 9]], "2/4": [[4.0, 9]]}
    drawn = [{draw_meter(paces, energy, np.random.default_rng(seed)) for seed in range(9)} for energy in (0.1, 0.9)]
    assert drawn == [{"2/2"}, {"2/4"}]


def test_a_score_is_measured_in_the_same_terms() -> None:
    score = Score((Track(notes([(240 * at, 240, 60) for at in range(65)])),))
    assert energy_of(score, StyleProfile(parts=PARTS), "4/4") == pytest.approx(0.5, abs=0.02)
    assert energy_of(score, StyleProfile(parts=PARTS), "") < 0.5  # the 3/4 is denser
    assert energy_of(Score(), StyleProfile(parts=PARTS), "") == energy_of(score, StyleProfile(), "") == "unknown"
    assert duration_of(score) == pytest.approx(0.5, rel=0.02)
    assert Energy.measure([score])["durations"] == {"4/4": [[duration_of(score), 1]]}
