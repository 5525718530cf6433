"""Default instruments: sung parts of a new take speak in time, and what was asked for stays."""

import pytest

from componium.composing.compose import compose
from componium.composing.instruments import with_default_instruments
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.music.instruments import INSTRUMENTS, SUNG_DEFAULT
from componium.music.score import Score, Track, notes


@pytest.mark.parametrize("style", ["chorales", "madrigals"])
def test_new_takes_of_sung_styles_are_for_the_organ(style: str) -> None:
    take = compose(style, bars=4, seed=1)
    assert {track.program for track in take.score.tracks} == {SUNG_DEFAULT}
    assert set(take.measured["instruments"]) == {INSTRUMENTS[SUNG_DEFAULT].name}
    names = [track.name.split()[0] for track in take.score.tracks]
    assert set(names) <= {"Soprano", "Alto", "Tenor", "Bass"} and names[0] == "Soprano"


def test_a_choir_that_is_asked_for_is_a_choir() -> None:
    take = compose("chorales", bars=4, seed=1, instruments=["choir aahs"] * 4)
    assert take.measured["instruments"] == ["choir aahs"] * 4
    assert [track.name for track in take.score.tracks] == ["Choir 1", "Choir 2", "Choir 3", "Choir 4"]


def test_parts_are_named_as_on_a_page() -> None:
    take = compose("quartets", bars=4, seed=1, instruments=["violin", "violin", "cello", "piano"])
    assert [track.name for track in take.score.tracks] == ["Violin 1", "Violin 2", "Violoncello", "Piano"]


def test_only_singers_change_and_own_names_stay() -> None:
    row = notes([(0, 480, 60)])
    score = Score((Track(row, 52, name="Soprano"), Track(row, 40, name="violin"), Track(row, is_drum=True)))
    tracks = with_default_instruments(score, Request()).tracks
    assert [(track.program, track.name) for track in tracks] == [(SUNG_DEFAULT, "Soprano"), (40, "Violin"), (0, "")]
    asked = with_default_instruments(score, Request(Controls(instruments=(52, 40, 128))))
    assert [track.program for track in asked.tracks] == [52, 40, 0]
    assert with_default_instruments(score, Request(score=score)) == score
