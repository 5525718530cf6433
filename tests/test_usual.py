"""What is usual in a style: prefixes, ranges, endings; and what takes make of them."""

import numpy as np
import pytest

import componium
from componium.batching import Example
from componium.codecs.events import Events
from componium.score import Key, Meter, Score, Track, notes
from componium.usual import choose_closing, survey

CODEC = Events(styles=("tune",))


def tune(*pitches: int, second: tuple[int, ...] = ()) -> Example:
    """Quarters in C major, 4/4, in one voice or two."""
    voices = [pitches, *([second] if second else [])]
    tracks = tuple(Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(line)])) for line in voices)
    score = Score(tracks, meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), info=(("style", "tune"),))
    return Example(CODEC.encode(score), ("tune",))


def test_pieces_alike_are_counted_together_and_endings_shared_out() -> None:
    found = survey(CODEC, [tune(64, 62, 67, 60), tune(64, 62, 60, 72), tune(60, 62, 64, 67)])["tune"]
    assert [row[0] for row in found["prefixes"]] == [3]
    assert found["closed"] == 0.6667
    assert found["parallels"] == 1.0  # of one part nothing can be said


def test_where_the_last_note_begins_is_counted_by_metre_in_24ths() -> None:
    found = survey(CODEC, [tune(64, 62, 67, 60), tune(64, 62, 60, 72, 71), tune(60, second=(48, 50, 52)), tune(60)])
    assert found["tune"]["closings"] == {"4/4": [[0, 2], [48, 1], [72, 1]]}


def test_a_closing_is_drawn_as_often_as_it_comes_and_none_where_nothing_is_known() -> None:
    usual, rng = {"closings": {"4/4": [[0, 3], [48, 1]]}}, np.random.default_rng(0)
    drawn = [choose_closing(usual, "4/4", rng) for _ in range(400)]
    assert set(drawn) == {0, 48} and 0.68 < drawn.count(0) / 400 < 0.82
    assert choose_closing(usual, "3/4", rng) is None and choose_closing({}, "4/4", rng) is None


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
