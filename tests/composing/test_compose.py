"""`compose`: takes are as requested, on a method of any kind, and what can't be met is refused with the reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from componium import formats
from componium.composing.compose import BATCH, compose
from componium.composing.request import build_request
from componium.composing.take import Take
from componium.decoding.controls import Controls
from componium.errors import ControlError
from componium.methods import Method, make
from componium.methods.base import Untaught
from componium.music.score import Meter, Score, Track, notes
from componium.music.transform import slice_bars


def test_no_number_gives_a_take_and_a_number_a_list(model: Method) -> None:
    take = compose(method=model, bars=4, seed=1)
    assert isinstance(take, Take)
    takes = compose(method=model, bars=4, seed=1, n=1)
    assert isinstance(takes, list) and takes[0].score == take.score


def test_the_same_seed_gives_the_same_takes(model: Method) -> None:
    first, second, other = (compose(method=model, n=2, bars=8, seed=seed) for seed in (5, 5, 6))
    assert [take.score for take in first] == [take.score for take in second] != [take.score for take in other]
    assert first[0].score != first[1].score


def test_a_drawn_seed_repeats_the_take(model: Method) -> None:
    take = compose(method=model, bars=4)
    assert compose(method=model, bars=4, seed=take.seed).score == take.score


def test_more_takes_than_a_batch_are_numbered_through(model: Method) -> None:
    bars: list[int] = []
    takes = compose(method=model, bars=4, seed=1, n=BATCH + 1, on_bar=lambda take, bar, music: bars.append(take))
    assert [take.number for take in takes] == list(range(1, BATCH + 2))
    assert sorted(set(bars)) == list(range(BATCH + 1))


def test_each_take_is_handed_over_as_it_is_done(model: Method) -> None:
    events: list[tuple[str, int]] = []
    takes = compose(method=model, seed=1, n=BATCH + 2, meter="4/4", bars=4,
                    on_take=lambda take: events.append(("take", take.number)),
                    on_bar=lambda take, bar, music: events.append(("bar", take + 1)))
    done = [number for kind, number in events if kind == "take"]
    assert sorted(done) == [take.number for take in takes] == list(range(1, BATCH + 3))
    for number in done:
        assert events.index(("take", number)) > max(at for at, event in enumerate(events) if event == ("bar", number))
    assert events.index(("take", done[0])) < max(at for at, (kind, _) in enumerate(events) if kind == "bar")


@pytest.mark.parametrize("whole", [True, False])
def test_takes_are_those_of_generate(model: Method, whole: bool) -> None:
    method = make("stochastic") if whole else model
    request = build_request(bars=6)
    made = dict(method.compose_each(request, 3, rng=np.random.default_rng(4)))
    assert [made[take] for take in range(3)] == method.generate(request, 3, rng=np.random.default_rng(4))


def test_takes_that_are_done_are_kept_when_the_rest_is_stopped() -> None:
    kept: list[int] = []

    class Tired(Scale):
        def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
            if len(kept) == 2:
                raise KeyboardInterrupt
            return super()._compose(controls, rng)

    with pytest.raises(KeyboardInterrupt):
        compose(method=Tired(), bars=4, n=5, on_take=lambda take: kept.append(take.number))
    assert kept == [1, 2]


@pytest.mark.parametrize("wrong", [
    {"seed": -1}, {"seed": 1.5}, {"seed": True}, {"seed": "3"}, {"n": 0}, {"n": 4.5}, {"n": "2"}, {"n": True},
    {"bars": float("nan")}, {"qpm": float("nan")}, {"qpm": float("inf")}, {"temperature": float("nan")},
    {"top_p": float("nan")}, {"top_p": 0}, {"temperature": "1"},
])  # fmt: skip
def test_an_odd_number_is_refused_before_anything_is_read(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ControlError, match=next(iter(wrong))):
        compose(method="markov", corpus="/nowhere/at/all", **wrong)


def test_none_and_auto_leave_a_control_open(model: Method) -> None:
    open_, auto = (compose(method=model, bars=value, key=value, meter=value, instruments=value, ending=value,
                           style=value, qpm=value, seed=3) for value in (None, "auto"))
    assert open_.score == auto.score and set(open_.asked.values()) == {"auto"}


@pytest.mark.parametrize("bars", [4, 5, 100])
def test_every_control_is_met(folder: Path, bars: int) -> None:
    take = compose("tunes", key="A minor", meter="4/4", qpm=77, bars=bars, seed=1, method=folder)
    for name in ("style", "key", "meter", "qpm", "bars"):
        assert take.asked[name] == take.measured[name], name
    assert take.score.title and take.score.tempos[0].qpm == 77


def test_bars_are_reported_as_they_are_done(model: Method) -> None:
    reports: list[tuple[int, int, Score]] = []
    takes = compose(bars=6, seed=3, n=2, method=model, on_bar=lambda *report: reports.append(report))
    for number, take in enumerate(takes):
        assert [bar for at, bar, _ in reports if at == number] == list(range(6))
        pitches = [score.tracks[0].notes["pitch"].tolist() for at, _, score in reports if at == number]
        assert pitches[0] == slice_bars(take.score, 0, 1).tracks[0].notes["pitch"].tolist()


def test_instruments_keep_to_their_range(model: Method) -> None:
    track = compose(bars=8, seed=1, instruments=["tuba"], method=model).score.tracks[0]
    assert track.program == 58 and track.name == "Tuba" and track.notes["pitch"].max() <= 65


class Scale(Untaught):
    """A rising scale: a method that draws no ids."""

    CONTROLS = frozenset({"bars"})

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        rows = [(480 * at, 480, 60 + at % 8) for at in range(4 * (controls.bars or 4))]
        return Score((Track(notes(rows)),), meters=(Meter(0, 4, 4),))


def test_a_method_that_draws_no_ids_composes_too() -> None:
    bars: list[tuple[int, int]] = []
    take = compose(method=Scale(), bars=5, seed=0, on_bar=lambda take, bar, music: bars.append((bar, music.n_notes)))
    assert bars == [(bar, 4) for bar in range(5)] and take.sampling == {}


@pytest.mark.parametrize(("options", "reason"), [
    ({"temperature": 0.5}, "temperature"), ({"key": "C", "style": "jig"}, "can't be asked for key, style"),
])  # fmt: skip
def test_a_method_that_draws_no_ids_refuses_what_it_has_no_use_for(options: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        compose(method=Scale(), **options)


def test_a_method_by_name_learns_from_a_folder_first(tmp_path: Path) -> None:
    for at in range(6):
        rows = [(240 * step, 240, 60 + (at * step) % 12) for step in range(64)]
        formats.write(Score((Track(notes(rows)),), meters=(Meter(0, 4, 4),)), tmp_path / f"{at}.mid")
    reports = []
    take = compose(method="markov", corpus=tmp_path, bars=4, seed=1, on_progress=reports.append)
    reading = [report for report in reports if report.stage == f"reading {tmp_path.name}"]
    assert (reading[-1].done, reading[-1].total) == (6, 6)
    assert take.method == "markov" and take.measured["bars"] == 4 and take.originality is not None


def test_a_wrong_request_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="3 bars"):
        compose(method="markov", corpus=tmp_path / "nowhere", bars=3)
