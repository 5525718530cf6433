"""`train`: from a corpus to a saved model with its originality index."""

import contextlib
from dataclasses import fields, replace
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import stand_in
from componium import registry
from componium.codecs.base import Codec
from componium.composing.compose import compose
from componium.composing.model import load_model, resolve_model
from componium.corpora import Corpus
from componium.errors import CodecError, ComponiumError, ControlError
from componium.learning.train import train
from componium.methods import make
from componium.music.score import Score, Track, notes
from componium.progress import Progress
from componium.training.settings import KINDS


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return stand_in.music()


def test_a_model_is_saved_with_its_originality_index(corpus: Corpus, tmp_path: Path) -> None:
    folder = train(corpus, tmp_path / "model", method="markov", params={"order": 3}, seed=5)
    assert load_model(folder).get_params() == {**load_model(folder).get_params(), "order": 3, "seed": 5}
    index = resolve_model(folder).index
    assert index is not None and set(index.names) == {piece.id for piece in corpus.train}
    report = compose(method=folder, bars=4, seed=1).originality
    assert report is not None and 0 <= report.novelty <= 1


def test_unseen_pieces_are_measured_for_comparison(corpus: Corpus, tmp_path: Path) -> None:
    held_out = [replace(piece, id=f"{piece.id} again", split="test") for piece in corpus.pieces]
    folder = train(replace(corpus, pieces=(*corpus.pieces, *held_out)), tmp_path / "model", method="markov")
    index = resolve_model(folder).index
    assert index is not None and set(index.unseen) == {""}  # no style has 20 pieces here
    report = compose(method=folder, bars=4, seed=1).originality
    assert report is not None and f"{len(held_out)} unseen pieces" in report.verdict


def test_repeated_pieces_are_indexed_once(corpus: Corpus, tmp_path: Path) -> None:
    folder = train(corpus, tmp_path / "model", method="markov", repeats={"jig": 3})
    index = resolve_model(folder).index
    assert index is not None and len(index.names) == len(set(index.names))


def test_a_stage_is_reported(corpus: Corpus, tmp_path: Path) -> None:
    reports: list[Progress] = []
    train(replace(corpus, name="c"), tmp_path / "model", method="hmm", on_progress=reports.append)
    assert {report.stage for report in reports} <= {"training"}


@pytest.mark.parametrize(("options", "reason"), [
    ({"method": "markow"}, "did you mean markov"), ({"params": {"oder": 3}}, "expected some of"),
    ({"minutes": 3}, "learns in one pass"), ({"start": "default"}, "expected some of"),
    ({"repeats": {"x": 0}}, "repeat"),
])  # fmt: skip
def test_what_cannot_be_trained_is_refused(
    corpus: Corpus, tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ComponiumError, match=reason):
        train(corpus, tmp_path / "model", **{"method": "markov", **options})
    assert not (tmp_path / "model").exists()


def test_a_folder_with_something_in_it_is_left_alone(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ComponiumError, match="not empty"):
        train(corpus, tmp_path, method="markov")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


ODD = [1.5, 0, -1, float("nan"), float("inf"), "x", [], {}, True, 10**21, [1], [0.5], None]


@pytest.mark.parametrize("method", registry.names("methods"))
def test_an_odd_parameter_is_refused_by_a_typed_error_or_taken(method: str) -> None:
    """No value of any parameter raises anything else, and none makes a training wait for music first."""
    for name, default in make(method).get_params().items():
        for odd in ODD:
            is_checked(method, {name: odd})
        if isinstance(default, int | float) and not isinstance(default, bool):
            for odd in ("x", [], {}, float("nan"), float("inf"), True, -(10**21)):
                with pytest.raises((ControlError, CodecError), match=name):
                    make(method, **{name: odd}).check_params()


@pytest.mark.parametrize("codec", registry.names("codecs"))
def test_an_odd_option_of_a_codec_is_refused_by_a_typed_error_or_taken(codec: str) -> None:
    for name, parameter in signature(registry.load_class("codecs", codec, Codec)).parameters.items():
        for odd in (*ODD, ["x"], [-1], {"x": 1}):
            is_checked("markov", {"codec": {"name": codec, name: odd}})
        for odd in (1.5, float("nan"), {}, *([] if parameter.default is None else [None])):
            with pytest.raises((ControlError, CodecError), match=name):
                make("markov", codec={"name": codec, name: odd}).check_params()
        assert parameter.annotation is not parameter.empty  # by which odd values are known


@pytest.mark.parametrize(("method", "params"), [
    ("rules", {"numerals": "x"}), ("rules", {"numerals": "I"}), ("rules", {"cantus": [0]}),
    ("rules", {"cantus": [60, 62]}), ("genetic", {"model": {"method": 0}}), ("genetic", {"weights": {"rules": 1e308}}),
    ("ensemble", {"members": [{"method": 0}]}),
])  # fmt: skip
def test_what_could_never_compose_is_no_parameter(method: str, params: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        make(method, **params).check_params()


@pytest.mark.parametrize(("method", "loop"), [("transformer", "loop"), ("dream", "loop"), ("gan", "adversarial")])
def test_an_odd_setting_of_a_training_is_refused_by_a_typed_error_or_taken(method: str, loop: str) -> None:
    for field in fields(KINDS[loop]):
        for odd in ODD:
            is_checked(method, {"training": {field.name: odd}})
        for odd in ("x", [], float("nan"), -1):
            with pytest.raises(ControlError, match=field.name):
                make(method, training={field.name: odd}).check_params()


def is_checked(method: str, params: dict[str, Any]) -> None:
    """Check parameters, which may only raise a typed error."""
    with contextlib.suppress(ComponiumError):
        make(method, **params).check_params()


@pytest.mark.parametrize("params", [
    {"training": 5}, {"training": {"warmup": 0}}, {"n_head": 3}, {"block_size": 0}, {"n_embd": 6, "n_head": 2},
    {"training": {"minutes": float("nan")}}, {"training": {"rate": 1}}, {"codec": "morse"}, {"dropout": 1},
    {"start": "/nowhere/at/all"}, {"codec": {"name": "melody", "speed": 3}},
])  # fmt: skip
def test_what_cannot_be_trained_is_refused_before_anything_is_read(tmp_path: Path, params: dict[str, Any]) -> None:
    with pytest.raises(ComponiumError) as caught:
        train("no such corpus", tmp_path / "model", method="transformer", params=params)
    assert "no such corpus" not in str(caught.value) and not (tmp_path / "model").exists()


def test_a_window_that_holds_no_more_than_a_prefix_is_refused(tmp_path: Path) -> None:
    from componium.codecs.base import Example
    from componium.codecs.events.codec import Events
    from componium.training.batching import Windows

    codec = Events()
    ids = codec.encode(Score((Track(notes([(0, 480, 60)])),))).ids
    with pytest.raises(ControlError, match="block_size"):
        Windows(codec, [Example(ids, ())], block_size=4, batch_size=1, seed=0)
