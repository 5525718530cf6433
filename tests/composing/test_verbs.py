"""The other verbs: extend, vary, harmonize; and that the registry finds them all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from componium import registry
from componium.composing.compose import compose
from componium.composing.extend import extend
from componium.composing.harmonize import harmonize
from componium.composing.vary import vary
from componium.errors import ControlError
from componium.inference.dream import shapes_of
from componium.methods import Method
from componium.methods.dream import Dream
from componium.music.pitch import parse_key
from componium.music.score import Score, Track, notes
from componium.music.transform import slice_bars

from .conftest import tune


def test_the_registry_finds_the_verbs() -> None:
    assert set(registry.names("verbs")) >= {"compose", "dream", "extend", "harmonize", "vary"}
    for verb in registry.names("verbs"):
        assert registry.load_function("verbs", verb).__name__ == verb


def test_extend_keeps_the_piece_and_adds_bars(model: Method) -> None:
    piece = slice_bars(tune(50), 0, 2)
    take = extend(piece, 4, seed=4, method=model)
    assert take.measured["bars"] == 6
    assert slice_bars(take.score, 0, 2).tracks[0].notes.tolist() == piece.tracks[0].notes.tolist()
    assert take.score == compose(bars=6, seed=4, prompt=piece, method=model).score


def test_extend_refuses_what_is_no_piece(model: Method) -> None:
    with pytest.raises(ControlError, match=r"componium\.read"):
        extend("tune.mid", method=model)  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="1 to 1024"):
        extend(tune(1), 0, method=model)


@pytest.fixture(scope="module")
def dream() -> Method:
    model, rng = Dream(**Dream.TINY), np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes_of(model._sizes).items()}
    return model.set_weights({"profiles": {}}, weights)


def test_vary_at_strength_0_changes_nothing(dream: Method) -> None:
    assert vary(tune(1), strength=0, method=dream).score == tune(1)


def test_vary_leaves_a_part_as_loud_as_it_was(dream: Method) -> None:
    plain = tune(1)
    tracks = tuple(replace(track, notes=loud(track.notes)) for track in plain.tracks)
    played, silent = replace(plain, tracks=tracks), vary(plain, strength=0.5, seed=1, method=dream).score
    varied = vary(played, strength=0.5, seed=1, method=dream).score
    for track, same, own in zip(varied.tracks, silent.tracks, tracks, strict=True):
        assert track.notes["pitch"].tolist() == same.notes["pitch"].tolist()
        assert set(track.notes["velocity"].tolist()) <= set(own.notes["velocity"].tolist())
    assert vary(played, strength=0, method=dream).score == played


def loud(line):
    line = line.copy()
    line["velocity"] = np.arange(len(line)) % 40 + 60
    return line


def test_vary_draws_from_the_seed_and_reports_its_states(dream: Method) -> None:
    states: list[int] = []
    first = vary(tune(1), seed=3, method=dream, on_state=lambda at, state: states.append(at))
    takes = vary(tune(1), seed=3, method=dream, n=2)
    assert first.score == takes[0].score != takes[1].score and states
    assert first.asked == {"strength": 0.5} and first.method == "dream"


@pytest.mark.parametrize(("options", "reason"), [
    ({"strength": 2}, "0 to 1"), ({"strength": "much"}, "number"), ({"method": "dice"}, "dream"),
])  # fmt: skip
def test_vary_refuses_with_the_reason(options: dict, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        vary(tune(1), **options)


def test_harmonize_keeps_the_melody() -> None:
    pytest.importorskip("ortools")
    melody = Score((Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate((64, 65, 62, 60))])),))
    take = harmonize(melody, key="C", method="rules")
    assert [len(track.notes) for track in take.score.tracks] == [4] * 4
    assert take.score.tracks[0].notes.tolist() == melody.tracks[0].notes.tolist()
    assert take.score.keys == (parse_key("C"),) and take.method == "rules" and take.seed is None


def test_harmonize_finds_the_key_of_a_melody_that_states_none() -> None:
    pytest.importorskip("ortools")
    melody = Score((Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate((66, 67, 64, 62))])),))
    assert harmonize(melody, method="rules").score.keys == (parse_key("D"),)


@pytest.mark.parametrize(("options", "reason"), [
    ({}, "no melody"), ({"numerals": "I V I"}, "no parameter 'numerals' of hmm"), ({"melody": 3}, "a Score"),
    ({"melody": tune(1), "method": "dice"}, "one of hmm, rules"),
])  # fmt: skip
def test_harmonize_refuses_with_the_reason(options: dict, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        harmonize(**options)


def test_harmonize_takes_no_parameters_beside_a_fitted_model(folder: Path) -> None:
    with pytest.raises(ControlError, match="already fitted"):
        harmonize(tune(1), method=folder, given="bass")
