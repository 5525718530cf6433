"""What is usual in a style: prefixes, ranges, endings; and what takes make of them."""

import numpy as np
import pytest
from componium.codecs.events.prefix import Ends, choose_ends
from componium.codecs.events.survey import survey

import componium
from componium.codecs.base import Example
from componium.codecs.events.codec import Events
from componium.music.score import Key, Meter, Score, Track, notes

CODEC = Events(styles=("tune",))


def tune(*pitches: int, second: tuple[int, ...] = ()) -> Example:
    """Quarters in C major, 4/4, in one voice or two."""
    voices = [pitches, *([second] if second else [])]
    tracks = tuple(Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(line)])) for line in voices)
    score = Score(tracks, meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), info=(("style", "tune"),))
    return Example(CODEC.encode(score).ids, ("tune",))


def test_pieces_alike_are_counted_together_and_endings_shared_out() -> None:
    found = survey(CODEC, [tune(64, 62, 67, 60), tune(64, 62, 60, 72), tune(60, 62, 64, 67)])["tune"]
    assert [row[0] for row in found["prefixes"]] == [3]
    assert found["closed"] == 0.6667
    assert found["parallels"] == 1.0  # of one part nothing can be said


def test_where_the_last_note_begins_is_counted_by_metre_in_24ths() -> None:
    found = survey(CODEC, [tune(64, 62, 67, 60), tune(64, 62, 60, 72, 71), tune(60, second=(48, 50, 52)), tune(60)])
    assert found["tune"]["closings"] == {"4/4": [[0, 2], [48, 1], [72, 1]]}


def test_the_first_chord_is_counted_by_mode_above_the_tonic() -> None:
    found = survey(CODEC, [tune(64, 62, second=(60, 55)), tune(64, 62, second=(48, 55)), tune(67)])["tune"]
    assert found["openings"] == {"major": [[0, 0b10001, 2], [7, 0b10000000, 1]]}


def test_whether_all_voices_sound_in_the_end_is_counted() -> None:
    both, one, held = tune(60, 62, second=(48, 50)), tune(60, 62, second=(48,)), tune(60, second=(48,))
    assert survey(CODEC, [both, one, held, both])["tune"]["full"] == 0.75


def test_how_busy_pieces_are_is_counted_by_metre_and_who_plays_by_the_number_of_voices() -> None:
    found = survey(CODEC, [tune(*[60, 62] * 8), tune(60, 62, second=(48, 50)), tune(*[60, 62, 64, 65] * 20)])["tune"]
    assert found["paces"] == {"4/4": [[1.0, 3]]}
    assert found["uneven"] == 0.0
    assert found["turns"] == {"2": [[1.0, 0.0], [1.0, 0.0]]}
    assert "uneven" not in survey(CODEC, [tune(60, 62)])["tune"]  # too short to say


def test_how_long_figures_go_round_is_counted_but_a_few_notes_are_always_free() -> None:
    assert survey(CODEC, [tune(*range(60, 72))])["tune"]["figures"] == [4] * 12
    found = survey(CODEC, [tune(*[60, 64] * 20), tune(*range(60, 72), second=(48, 50, 48, 50))])["tune"]["figures"]
    assert 36 <= found[1] <= 38 and found[0] == found[2] == 4
    assert survey(CODEC, [tune(60, 60, 62, 64, 64), tune(60)])["tune"]["repeats"] == [0.5, 0.0]
    assert survey(CODEC, [tune(60)])["tune"]["repeats"] == [1.0, 1.0]


def test_ends_are_drawn_as_often_as_they_come_and_none_where_nothing_is_known() -> None:
    rng = np.random.default_rng(0)
    usual = {"closings": {"4/4": [[0, 3], [48, 1]]}, "openings": {"minor": [[7, 0b10001000, 2]]}, "full": 1.0}
    drawn = [choose_ends(usual, "minor", "4/4", rng) for _ in range(400)]
    assert set(drawn) == {Ends((7, 0b10001000), 0, is_full=True), Ends((7, 0b10001000), 48, is_full=True)}
    assert 0.68 < np.mean([ends.closing == 0 for ends in drawn]) < 0.82
    assert choose_ends(usual, "major", "3/4", rng) == Ends(is_full=True)
    assert choose_ends({}, "minor", "4/4", rng) == Ends()


def test_chorales_begin_on_the_tonic_as_real_ones_do() -> None:
    scores = [take.score for take in componium.compose(style="chorales", bars=4, n=24, seed=5)]
    lowest = [min(int(track.notes["pitch"][0]) for track in score.tracks) for score in scores]
    above = [pitch - score.keys[0].tonic for pitch, score in zip(lowest, scores, strict=True)]
    assert np.mean(np.array(above) % 12 == 0) > 0.7  # real 0.87; 0.31 were nothing done


@pytest.mark.parametrize(("style", "meter", "places"), [("madrigals", "4/4", {0}), ("chorales", "3/4", {0, 2})])
def test_nothing_begins_after_the_place_where_the_style_closes(style: str, meter: str, places: set[int]) -> None:
    """All madrigals close on the first beat of a bar, or the one before; chorales in 3/4 there or on the third."""
    takes = componium.compose(style=style, meter=meter, bars=4, n=8, seed=4)
    last = {max(track.notes["onset"].max() for track in take.score.tracks) / take.score.ticks_per_quarter
            for take in takes}
    assert {onset - 3 * int(meter[0]) for onset in last if onset >= 3 * int(meter[0])} <= places


def test_parallels_are_counted_a_bar() -> None:
    found = survey(CODEC, [tune(64, 66, 64, 64, second=(57, 59, 57, 57))])["tune"]
    assert found["parallels"] == 2.0


def test_a_leap_is_rare_only_where_there_is_enough_music_to_say_so() -> None:
    steps = tune(*[60, 62] * 100)
    assert survey(CODEC, [steps])["tune"]["rare"] == []
    assert survey(CODEC, [steps] * 40)["tune"]["rare"] == [*range(-12, -2), -1, 0, 1, *range(3, 13)]


def test_a_voice_s_range_is_that_of_its_notes_but_an_octave_at_least() -> None:
    wide = tune(*range(55, 80), second=(40, 41, 42, 43))
    narrow = tune(60, 62, 64, 66)
    assert survey(CODEC, [wide])["tune"]["ranges"] == {"2": [[55, 79], [35, 48]]}
    assert survey(CODEC, [wide, narrow])["tune"]["ranges"]["1"] == [[57, 69]]


def test_a_corpus_without_styles_has_nothing_usual() -> None:
    assert survey(CODEC, [Example(tune(60).ids)]) == {}
