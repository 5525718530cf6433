"""Requests: every wrong argument is a typed error that says what was expected."""

from dataclasses import replace

import numpy as np
import pytest

from componium import registry
from componium.composing.compose import compose
from componium.composing.request import build_request, check_constraints, parse_instruments
from componium.corpora import Corpus
from componium.errors import ComponiumError, ControlError, UnknownNameError
from componium.methods import Method
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.transform import slice_bars

PROMPT = Score((Track(notes([(240 * at, 240, 60 + (0, 2, 4, 5)[at % 4]) for at in range(16)]), 40),),
               meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))  # fmt: skip


@pytest.mark.parametrize(("request_", "reason"), [
    ({"bars": 3}, "4 to 1024"), ({"bars": 1025}, "4 to 1024"), ({"bars": 8.5}, "whole"), ({"bars": True}, "whole"),
    ({"style": "tune"}, "tunes"), ({"style": 3}, "name of a style"), ({"style": ""}, "name of a style"),
    ({"key": "H"}, "no key"), ({"key": 7}, "D minor"), ({"key": "C locrian"}, "mode"), ({"key": ["C"]}, "D minor"),
    ({"meter": "5/8"}, "no music learned from has"), ({"meter": "4/5"}, "power of two"), ({"meter": 4}, "3/4"),
    ({"qpm": 4}, "10 to 400"), ({"qpm": "fast"}, "number"), ({"qpm": float("nan")}, "10 to 400"),
    ({"instruments": ["violin", "cello"]}, "2 instruments"), ({"instruments": ["violon"]}, "violin"),
    ({"instruments": [1.5]}, "General MIDI"), ({"instruments": 1.5}, "violin"), ({"instruments": [200]}, "0 to 127"),
    ({"ending": "close"}, "did you mean closed"), ({"ending": 3}, "closed"),
    ({"energy": 1.5}, "0 to 1"), ({"energy": "happy"}, "0 to 1"), ({"duration": 0}, "1:30"),
    ({"duration": "1:3"}, "1:30"),
    ({"duration": "1:75"}, "1:30"), ({"duration": "long"}, "1:30"), ({"duration": 60, "bars": 8}, "one of them"),
    ({"bars": None, "duration": 2.0, "qpm": 90, "meter": "4/4"}, "4 to 1024 bars"),
    ({"params": {"order": 3}}, "already fitted"),
    ({"temperature": -1}, "temperature"), ({"temperature": "hot"}, "number"), ({"temperature": None}, "number"),
    ({"top_p": 0}, "sampling"), ({"top_p": "most"}, "number"),
    ({"n": 0}, "1 or more"), ({"n": 4.5}, "whole"), ({"n": "three"}, "whole"),
    ({"seed": -1}, "0 or more"), ({"seed": 0.5}, "whole"), ({"seed": "lucky"}, "whole"),
    ({"bars": None, "duration": 1.0, "prompt": PROMPT}, "in all"), ({"key": "D", "prompt": PROMPT}, "beside a prompt"),
    ({"prompt": "tune.mid"}, "componium.read"), ({"constraints": {"no such": False}}, "no constraint called"),
    ({"constraints": 3}, "mapping"),
])  # fmt: skip
def test_what_cannot_be_met_is_refused_with_the_reason(model: Method, request_: dict, reason: str) -> None:
    with pytest.raises(ComponiumError, match=reason):
        compose(**{"bars": 4, "seed": 0, **request_}, method=model)


def test_a_duration_is_met_by_whole_bars_exactly_where_the_tempo_is_open(model: Method) -> None:
    take = compose(method=model, duration="0:20", meter="4/4", seed=1)
    assert take.measured["duration"] == 20.0 and take.asked["duration"] == 20.0 and take.asked["bars"] == "auto"
    fixed = compose(method=model, duration=20, meter="4/4", qpm=100, seed=1)
    assert (fixed.measured["bars"], fixed.measured["qpm"], fixed.measured["duration"]) == (8, 100.0, 19.2)


def test_a_duration_counts_the_prompt_at_its_own_tempo(model: Method) -> None:
    prompt = replace(PROMPT, tempos=(Tempo(0, 90.0),))
    take = compose(method=model, prompt=prompt, duration=16.0, seed=1)
    assert (take.measured["qpm"], take.measured["bars"], take.measured["duration"]) == (90.0, 6, 16.0)
    open_ = compose(method=model, prompt=PROMPT, duration=15.0, seed=1)
    assert open_.measured["duration"] == 15.0


def test_a_prompt_takes_what_it_does_not_state(model: Method) -> None:
    prompt = replace(PROMPT, keys=(), meters=())
    take = compose(method=model, prompt=prompt, key="G major", qpm=90, meter="4/4", bars=4, seed=1)
    assert (take.measured["key"], take.measured["qpm"], take.measured["bars"]) == ("G major", 90.0, 4)
    assert slice_bars(take.score, 0, 2).tracks[0].notes["pitch"].tolist() == prompt.tracks[0].notes["pitch"].tolist()


def test_parameters_are_of_a_method_given_by_name(tunes: Corpus) -> None:
    one, other = (compose(method="markov", corpus=tunes, params={"order": order}, bars=4, seed=1) for order in (1, 6))
    assert one.score != other.score
    with pytest.raises(ControlError, match="no parameter 'orders'"):
        compose(method="markov", corpus=tunes, params={"orders": 1}, bars=4)


def test_values_of_the_package_and_of_numpy_are_taken() -> None:
    request = build_request(key=Key(0, -1, "minor"), meter=Meter(0, 3, 4), bars=np.int64(8), qpm=np.float32(90))
    controls = request.controls
    assert (controls.bars, controls.qpm) == (8, 90.0)
    assert controls == build_request(key="D minor", meter="3/4", bars=8, qpm=90).controls


def test_instruments_may_be_one_or_a_line_of_text() -> None:
    assert parse_instruments("violin") == parse_instruments(40) == (40,)
    assert parse_instruments("violin, cello") == parse_instruments(("violin", 42))


def test_a_constraint_is_switched_off_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "names", lambda kind: ("parallels",))
    assert build_request(constraints={"parallels": False}).constraints == {"parallels": False}
    with pytest.raises(UnknownNameError, match="did you mean parallels"):
        check_constraints({"paralels": False})
    with pytest.raises(ControlError, match="True or False"):
        check_constraints({"parallels": 0})  # type: ignore[dict-item]
