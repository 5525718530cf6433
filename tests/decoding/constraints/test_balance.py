"""Balance: voices that fall silent are favored."""

import numpy as np

from componium.decoding.constraints.balance import MEMORY, MOST, Balance, shares_of
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter, Score, Track, notes

SHARES = {"2": [[1.0, 0.2], [0.5, 0.2]], "1": [[1.0, 0.0]]}


def build(n_voices: int, part: dict) -> Balance | None:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=4, programs=(0,) * n_voices, ranges=((0, 127),) * n_voices)
    return Balance.build(plan, StyleProfile(parts={"balance": part}))


def favor_after(*onsets: tuple[int, ...], times: int = 1, n_voices: int = 2) -> np.ndarray:
    """Return the bias after onsets at which these voices began."""
    balance = build(n_voices, SHARES)
    for voices in onsets * times:
        balance.move_on()
        for voice in voices:
            balance.begin(voice)
    balance.move_on()
    return balance.favor()


def test_voices_that_play_as_much_as_in_the_style_are_left_alone() -> None:
    assert np.abs(favor_after((0,), (0, 1), times=200)).max() < 0.1
    assert not favor_after().any()


def test_the_longer_a_voice_is_silent_the_more_it_is_favored_and_one_that_plays_more_is_left_alone() -> None:
    assert favor_after((0,), times=400).tolist() == [0, MOST] and favor_after((0, 1), times=400).tolist() == [0, 0]
    assert 0 < favor_after((0,), times=MEMORY // 4)[1] < favor_after((0,), times=MEMORY // 2)[1] < MOST


def test_there_is_no_balance_where_the_style_has_no_such_number_of_voices() -> None:
    assert build(3, SHARES) is None
    assert build(2, {}) is None


def test_a_share_that_never_varies_is_taken_to_vary_a_little() -> None:
    favor = favor_after((), (0,), times=400, n_voices=1)
    assert np.isfinite(favor).all() and favor[0] == MOST


def test_shares_are_of_the_onsets_at_which_any_voice_begins() -> None:
    upper = notes([(240 * at, 240, 72) for at in range(2 * MEMORY)])
    lower = notes([(480 * at, 480, 48) for at in range(MEMORY // 2)])
    assert shares_of(Score((Track(upper), Track(lower)))).tolist() == [[1.0, 0.5], [1.0, 0.0]]
    assert shares_of(Score((Track(upper[:3]), Track(lower[:2])))).round(2).tolist() == [[1.0, 0.67]]
