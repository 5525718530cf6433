"""The resolver of models: one rule for names, folders and objects; a folder trained again is read again."""

import warnings
from pathlib import Path

import pytest

from componium.composing.compose import compose
from componium.composing.model import load_model, resolve_corpus, resolve_model
from componium.corpora import Corpus
from componium.errors import CheckpointError, ControlError, UnknownNameError, UnusedWarning
from componium.methods import Method, make
from componium.weights import BY_NAME, SHIPPED


def test_a_method_is_itself(model: Method) -> None:
    resolved = resolve_model(model)
    assert resolved.method is model and (resolved.name, resolved.weights, resolved.index) == ("markov", "", None)


def test_a_folder_has_its_hash_and_its_index(folder: Path) -> None:
    resolved = resolve_model(folder)
    assert resolved.name == "markov" and len(resolved.weights) == 16 and resolved.index is not None
    assert resolve_model(str(folder)).method is resolved.method  # read once


def test_a_folder_trained_again_is_read_again(tunes: Corpus, tmp_path: Path) -> None:
    make("markov", order=1).fit(tunes).save(tmp_path)
    first = compose(method=tmp_path, bars=4, seed=1)
    make("markov", order=4).fit(tunes).save(tmp_path)
    second = compose(method=tmp_path, bars=4, seed=1)
    assert resolve_model(tmp_path).method.get_params()["order"] == 4
    assert first.weights != second.weights and first.score != second.score


def test_a_name_comes_before_a_folder_of_that_name(
    model: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grammar", "shipped"):
        model.save(tmp_path / name)
    monkeypatch.setattr("componium.weights.BY_NAME", BY_NAME)
    monkeypatch.chdir(tmp_path)
    assert resolve_model("grammar").name == "grammar" and resolve_model("./grammar").name == "markov"
    assert resolve_model(Path("grammar")).name == "markov"  # a path is a folder
    assert resolve_model("./shipped").name == "markov"


@pytest.mark.skipif(not (SHIPPED / "config.json").exists(), reason="the weights are not in this checkout")
def test_models_of_the_package_have_names() -> None:
    assert resolve_model().method is resolve_model("shipped").method is resolve_model("transformer").method
    assert resolve_model("dream").name == "dream"
    assert load_model().name == "transformer" and load_model() is not load_model()  # each is the caller's own


def test_a_method_by_name_learns_from_the_corpus(tunes: Corpus) -> None:
    resolved = resolve_model("markov", tunes, params={"order": 2})
    assert resolved.method.get_params()["order"] == 2 and resolved.index is not None
    assert resolve_model(None, tunes).name == "markov"
    assert resolve_model("rules").index is None


def test_what_cannot_be_resolved_is_refused_with_the_reason(model: Method, tunes: Corpus, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean markov"):
        resolve_model("markow")
    with pytest.raises(CheckpointError, match="train"):
        resolve_model(tmp_path)
    with pytest.raises(ControlError, match="learned nothing"):
        resolve_model("markov")
    for fitted in (model, "shipped", tmp_path):
        with pytest.raises(ControlError, match="already fitted"):
            resolve_model(fitted, tunes)
    with pytest.raises(ControlError, match="hmm, rules"):
        resolve_model("markov", tunes, able="harmonize")
    with pytest.raises(ControlError, match="expected a Method"):
        resolve_model(7)  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="expected a Corpus"):
        resolve_corpus(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["rules", "grammar", "stochastic"])
def test_a_method_that_learns_nothing_says_so_of_a_corpus(name: str, tunes: Corpus) -> None:
    with pytest.warns(UnusedWarning, match=f"{name} learns nothing from music: tunes .*markov"):
        assert resolve_model(name, tunes).index is not None


def test_a_method_that_learns_or_has_no_corpus_warns_of_nothing(tunes: Corpus) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve_model("markov", tunes)
        resolve_model("rules")
