"""`train`: from a corpus to a saved model with its originality index."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import stand_in
from componium.composing.compose import compose
from componium.composing.model import load_model, resolve_model
from componium.corpora import Corpus
from componium.errors import ComponiumError
from componium.learning.train import train
from componium.progress import Progress


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return stand_in.music()


def test_a_model_is_saved_with_its_originality_index(corpus: Corpus, tmp_path: Path) -> None:
    folder = train(corpus, tmp_path / "model", method="markov", params={"order": 3}, seed=5)
    assert load_model(folder).get_params() == {**load_model(folder).get_params(), "order": 3, "seed": 5}
    index = resolve_model(folder).index
    assert index is not None and set(index.names) == {piece.id for piece in corpus.train}
    assert compose(method=folder, bars=4, seed=1).originality is not None


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
