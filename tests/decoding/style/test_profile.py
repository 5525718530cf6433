"""Profile: what is measured of a style's pieces, and its way to JSON and back."""

import json
from typing import Any

import numpy as np
import pytest

from componium import registry
from componium.decoding.constraints.base import constraint_classes
from componium.decoding.style.measuring import measure_profile, measure_profiles
from componium.decoding.style.profile import (
    VERSION,
    Setting,
    StyleProfile,
    draw_row,
    profiles_from_json,
    profiles_to_json,
)
from componium.errors import CheckpointError
from componium.music.instruments import DRUMS
from componium.music.score import Key, Meter, Score, Tempo, Track, notes


def tune(*pitches: int, second: tuple[int, ...] = ()) -> Score:
    """Quarters in C major, 4/4, in one voice or two."""
    voices = [pitches, *([second] if second else [])]
    tracks = tuple(Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(line)])) for line in voices)
    return Score(tracks, meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))


def test_pieces_alike_are_counted_together_and_endings_shared_out() -> None:
    profile = measure_profile([tune(64, 62, 67, 60), tune(64, 62, 60, 72), tune(60, 62, 64, 67)])
    assert profile.settings == (Setting("4/4", 0, "major", 0, "mono", (0,), count=3),)
    assert (profile.n_pieces, profile.closed) == (3, 0.6667)
    assert profile.part("parallels") == {"rate": 1.0}  # of one part nothing can be concluded


def test_a_setting_has_all_that_goes_together_and_settings_are_sorted() -> None:
    drums = Track(notes([(0, 480, 36)]), is_drum=True)
    chord = Track(notes([(0, 480, 60), (0, 480, 64)]), 40)
    full = Score((chord, drums), meters=(Meter(0, 3, 4),), keys=(Key(0, 1, "lydian"),), tempos=(Tempo(0, 100.0),))
    plain = Score((Track(notes([(0, 480, 60)])),))
    profile = measure_profile([full, plain])
    assert profile.settings == (Setting(texture="mono"), Setting("3/4", 0, "major", 101, "poly", (40, DRUMS)))


def test_the_onset_of_the_last_note_is_counted_by_meter_in_24ths() -> None:
    profile = measure_profile([tune(64, 62, 67, 60), tune(64, 62, 60, 72, 71), tune(60, second=(48, 50, 52)), tune(60)])
    assert profile.closings == {"4/4": ((0, 2), (48, 1), (72, 1))}


def test_the_first_chord_is_counted_by_mode_above_the_tonic() -> None:
    profile = measure_profile([tune(64, 62, second=(60, 55)), tune(64, 62, second=(48, 55)), tune(67)])
    assert profile.openings == {"major": ((0, 0b10001, 2), (7, 0b10000000, 1))}


def test_the_share_of_pieces_that_end_on_all_voices_is_counted() -> None:
    together, alone, held = tune(60, 62, second=(48, 50)), tune(60, 62, second=(48,)), tune(60, second=(48,))
    assert measure_profile([together, alone, held, together]).full == 0.75


def test_lengths_are_counted_in_bars() -> None:
    assert measure_profile([tune(60), tune(60, 62), tune(*[60] * 8)]).lengths == ((1, 2), (2, 1))
    pickup = Score((Track(notes([(480 * at, 480, 60) for at in range(8)])),), meters=(Meter(0, 1, 4), Meter(480, 4, 4)))
    assert measure_profile([pickup]).lengths == ((2, 1),)  # the bar that ends it completes the pickup


def test_density_is_counted_by_meter_and_balance_by_the_number_of_voices() -> None:
    profile = measure_profile([tune(*[60, 62] * 8), tune(60, 62, second=(48, 50)), tune(*[60, 62, 64, 65] * 20)])
    assert profile.part("density") == {"paces": {"4/4": ((1.0, 3),)}, "uneven": 0.0}
    assert profile.part("balance") == {"2": ((1.0, 0.0), (1.0, 0.0))}
    assert "uneven" not in measure_profile([tune(60, 62)]).part("density")  # too short to have a spread


def test_the_repetition_of_figures_is_counted_but_a_few_notes_are_always_free() -> None:
    assert measure_profile([tune(*range(60, 72))]).part("repetition")["figures"] == (4,) * 12
    pieces = [tune(*[60, 64] * 20), tune(*range(60, 72), second=(48, 50, 48, 50))]
    figures = measure_profile(pieces).part("repetition")["figures"]
    assert 36 <= figures[1] <= 38 and figures[0] == figures[2] == 4
    assert measure_profile([tune(60, 60, 62, 64, 64), tune(60)]).part("repetition")["repeats"] == (0.5, 0.0)
    assert measure_profile([tune(60)]).part("repetition")["repeats"] == (1.0, 1.0)


def test_parallels_are_counted_a_bar() -> None:
    assert measure_profile([tune(64, 66, 64, 64, second=(57, 59, 57, 57))]).part("parallels") == {"rate": 2.0}


def test_clashes_and_crossings_are_shares_of_pairs() -> None:
    profile = measure_profile([tune(62, 64, 60, 59, second=(60, 60, 64, 52))])
    assert profile.part("dissonance") == {"pairs": (0.25, 0.25)}
    assert profile.part("intervals")["rare"] == ()
    assert measure_profile([tune(60)]).part("dissonance") == {}


def test_an_interval_is_rare_only_where_there_is_enough_music_to_conclude_it() -> None:
    steps = tune(*[60, 62] * 100)
    assert measure_profile([steps]).part("intervals")["rare"] == ()
    assert measure_profile([steps] * 40).part("intervals")["rare"] == (*range(-12, -2), -1, 0, 1, *range(3, 13))


def test_a_voice_s_range_is_that_of_its_notes_but_an_octave_at_least() -> None:
    wide = tune(*range(55, 80), second=(40, 41, 42, 43))
    narrow = tune(60, 62, 64, 66)
    assert measure_profile([wide]).part("ranges") == {"by_voices": {"2": ((55, 79), (35, 48))}}
    assert measure_profile([wide, narrow]).part("ranges")["by_voices"]["1"] == ((57, 69),)


def test_each_style_has_a_profile_and_all_pieces_together() -> None:
    profiles = measure_profiles([(tune(60), ("a", "b")), (tune(62), ("b",)), (tune(64), ())])
    assert {style: profile.n_pieces for style, profile in profiles.items()} == {"": 3, "a": 1, "b": 2}
    assert {style: profile.n_notes for style, profile in profiles.items()} == {"": 3, "a": 1, "b": 2}
    assert {style: profile.within for style, profile in profiles.items()} == {"": (), "a": (), "b": ("a",)}
    assert measure_profiles([]) == {}


def test_a_corpus_without_styles_has_one_profile() -> None:
    assert list(measure_profiles([(tune(60), ())])) == [""]


def test_a_constraint_of_another_package_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_entry_points", lambda kind: {"quiet": "added_constraint"})
    constraint_classes.cache_clear()
    try:
        assert measure_profile([tune(60), tune(62)]).part("quiet") == {"n": 2}
    finally:
        monkeypatch.undo()
        constraint_classes.cache_clear()


PROFILE = measure_profile([tune(64, 62, 67, 60, second=(48, 50, 52, 53)), tune(*range(60, 72)), Score((Track(),))])


def test_json_and_back_is_the_same_profile() -> None:
    assert StyleProfile.from_json(json.loads(json.dumps(PROFILE.to_json()))) == PROFILE
    assert StyleProfile.from_json(StyleProfile().to_json()) == StyleProfile()
    profiles = {"": PROFILE, "a": StyleProfile(n_pieces=1)}
    assert profiles_from_json(json.loads(json.dumps(profiles_to_json(profiles)))) == profiles


def test_a_profile_of_another_version_is_refused_with_the_way_out() -> None:
    with pytest.raises(CheckpointError, match=rf"version {VERSION + 1}.*fit"):
        StyleProfile.from_json({**PROFILE.to_json(), "version": VERSION + 1})


def test_a_field_of_a_later_version_is_ignored() -> None:
    assert StyleProfile.from_json({**PROFILE.to_json(), "later": 1}) == PROFILE


@pytest.mark.parametrize("damage", [
    {"settings": 5}, {"settings": [[1, 2]]}, {"settings": [["4/4", "C"]]}, {"parts": 5}, {"openings": []},
    {"closed": "often"}, {"n_pieces": None}, {"lengths": {}},
], ids=str)  # fmt: skip
def test_damaged_json_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError):
        StyleProfile.from_json({**PROFILE.to_json(), **damage})


@pytest.mark.parametrize("values", [None, [], {}, {"version": VERSION}, "profile"], ids=str)
def test_what_is_no_profile_is_refused(values: Any) -> None:
    with pytest.raises(CheckpointError):
        StyleProfile.from_json(values)
    with pytest.raises(CheckpointError):
        profiles_from_json({"": values})


def test_profiles_are_a_mapping() -> None:
    with pytest.raises(CheckpointError):
        profiles_from_json([])


def test_rows_are_drawn_by_their_last_value() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_row(((0, 3), (48, 1)), rng)[0] for _ in range(400)]
    assert 0.68 < drawn.count(0) / 400 < 0.82
    assert draw_row((), rng) is None
