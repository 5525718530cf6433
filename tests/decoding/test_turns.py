"""Who plays: voices that fall silent are leaned toward."""

import numpy as np
from componium.decoding.constraints.turns import MEMORY, MOST, Turns, shares_of

import componium
from componium.music.score import Score, Track, notes
from componium.music.transform import slice_bars

USUAL = {"turns": {"2": [[1.0, 0.2], [0.5, 0.2]], "1": [[1.0, 0.0]]}}


def after(*places: tuple[int, ...], times: int = 1, usual: dict = USUAL, n_voices: int = 2) -> np.ndarray:
    """The lean after places at which these voices began."""
    turns = Turns(usual, n_voices)
    for voices in places * times:
        turns.move_on()
        for voice in voices:
            turns.begin(voice)
    turns.move_on()
    return turns.lean()


def test_voices_that_play_as_much_as_usual_are_left_alone() -> None:
    assert np.abs(after((0,), (0, 1), times=200)).max() < 0.1
    assert not after().any()


def test_the_longer_a_voice_is_silent_the_more_it_is_leaned_to_and_one_that_plays_more_is_left_alone() -> None:
    assert after((0,), times=400).tolist() == [0, MOST] and after((0, 1), times=400).tolist() == [0, 0]
    assert 0 < after((0,), times=MEMORY // 4)[1] < after((0,), times=MEMORY // 2)[1] < MOST


def test_nothing_is_leaned_to_where_the_style_has_no_such_number_of_voices() -> None:
    assert after((0,), times=400, n_voices=3).tolist() == [0, 0, 0]
    assert after((0,), times=400, usual={}).tolist() == [0, 0]


def test_a_share_that_never_varies_is_taken_to_vary_a_little() -> None:
    lean = after((), (0,), times=400, n_voices=1)
    assert np.isfinite(lean).all() and lean[0] == MOST


def test_shares_are_of_the_places_where_any_voice_begins() -> None:
    upper = notes([(240 * at, 240, 72) for at in range(2 * MEMORY)])
    lower = notes([(480 * at, 480, 48) for at in range(MEMORY // 2)])
    assert shares_of(Score((Track(upper), Track(lower)))).tolist() == [[1.0, 0.5], [1.0, 0.0]]
    assert shares_of(Score((Track(upper[:3]), Track(lower[:2])))).round(2).tolist() == [[1.0, 0.67]]


def test_no_voice_of_a_long_quartet_falls_silent_for_good() -> None:
    for take in componium.compose(style="quartets", meter="4/4", bars=128, n=3, seed=8):
        late = slice_bars(take.score, 96, 128)
        assert min(len(track.notes) for track in late.tracks) >= 20
