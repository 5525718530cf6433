"""Composing over chords: stated where due, repeated, agreed with; what can't be met is refused."""

import numpy as np
import pytest

from componium.composing.compose import compose
from componium.composing.record import read_take
from componium.errors import ControlError, UnusedWarning
from componium.methods import Method
from componium.methods.base import make
from componium.testing.music import make_corpus


@pytest.fixture(scope="module", params=[True, False], ids=["stated", "constraint alone"])
def method(request: pytest.FixtureRequest) -> Method:
    return make("markov", order=2, codec={"name": "events", "regions": request.param}).fit(make_corpus())


def test_a_chart_repeats_and_shares_its_bars(method: Method) -> None:
    take = compose(key="C", meter="4/4", chords="C | Am F | G7", bars=6, seed=1, method=method)
    ticks = [(chord.tick // 480, chord.symbol) for chord in take.score.chords]
    assert ticks == [(0, "C"), (4, "Am"), (6, "F"), (8, "G7"), (12, "C"), (16, "Am"), (18, "F"), (20, "G7")]
    assert take.asked["chords"] == "C | Am F | G7" and take.measured["chords_agree"] >= 0.9
    assert take.score.n_bars == 6


def test_a_chord_written_again_goes_on(method: Method) -> None:
    long, short = (compose(key="C", meter="4/4", chords=chords, bars=4, seed=4, method=method).score
                   for chords in ("C C C C | F F G7 G7", "C | F G7"))  # fmt: skip
    assert long == short


def test_numerals_are_of_the_key_asked(method: Method) -> None:
    take = compose(key="G minor", chords="i | iv V7", bars=4, seed=2, method=method)
    assert [chord.symbol for chord in take.score.chords][:3] == ["Gm", "Cm", "D7"]


@pytest.mark.parametrize(("chords", "ending"), [("C | G", "open"), ("G7 | C", "closed")])
def test_an_open_ending_follows_the_last_chord(method: Method, chords: str, ending: str) -> None:
    takes = compose(key="C", chords=chords, bars=4, seed=3, method=method, n=3)
    assert {take.measured["ending"] for take in takes} == {ending}


def test_chords_late_in_the_last_bar_are_stated(method: Method) -> None:
    for seed in range(4):
        take = compose(key="C", meter="4/4", chords="C F G C", bars=4, seed=seed, method=method)
        assert len(take.score.chords) == 16 - 3 and take.score.n_bars == 4  # C goes on into the next bar


def test_the_same_without_chords_is_as_it_was(method: Method) -> None:
    plain, off = (compose(bars=4, seed=5, method=method, constraints=constraints).score
                  for constraints in (None, {"chords": False}))  # fmt: skip
    assert plain == off and not plain.chords


def test_the_nearest_quality_is_said(method: Method) -> None:
    with pytest.warns(UnusedWarning, match="C9 as C7"):
        take = compose(chords="C9 | F", bars=4, seed=1, method=method)
    assert take.score.chords[0].symbol == "C7"


@pytest.mark.parametrize(("options", "reason"), [
    ({"chords": "C | H"}, "bar 2"), ({"chords": 3}, "chords=3"), ({"chords": "C F " * 20}, "at most"),
    ({"chords": "C | G7", "key": "C", "ending": "closed"}, "closed ending"),
])  # fmt: skip
def test_what_cannot_be_met_is_refused(method: Method, options: dict, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        compose(bars=4, seed=1, method=method, **options)


def test_chords_beside_a_prompt_are_refused(method: Method) -> None:
    begun = compose(bars=4, seed=1, method=method).score
    with pytest.raises(ControlError, match="beside a piece"):
        compose(prompt=begun, bars=6, chords="C", method=method)


def test_a_method_that_states_no_chords_refuses_by_name() -> None:
    with pytest.raises(ControlError, match="can't be asked for chords"):
        compose(chords="C", bars=4, method="stochastic")


def test_a_take_over_chords_is_read_again(method: Method, tmp_path) -> None:
    take = compose(key="C", chords="C | G7", bars=4, seed=1, method=method)
    take.write(tmp_path / "take.mid")
    take.write(tmp_path / "take.json")
    assert str(read_take(tmp_path / "take.mid").request.controls.chords) == "C | G7"


def test_drawing_is_independent_for_each_take(method: Method) -> None:
    one, both = (compose(key="C", chords="C | F G", bars=4, seed=9, method=method, n=n) for n in (1, 2))
    assert one[0].score == both[0].score
    assert not np.array_equal(both[0].score.tracks[0].notes, both[1].score.tracks[0].notes)
