"""Tuning: search spaces from words and from defaults, studies that go on, and what they never read."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from componium.cli import program
from componium.corpora import Corpus
from componium.errors import CheckpointError, ControlError, CorpusError, FormatError, MissingExtraError
from componium.evaluation.likelihood import held_out
from componium.learning import recipes
from componium.learning.recipes import Recipe
from componium.learning.space import Choice, Range, read_values, usual_space
from componium.learning.tune import tune
from componium.methods import make
from componium.progress import Progress
from componium.testing.music import make_corpus

pytest.importorskip("optuna")
ORDERS = {"order": Range(0, 5)}
NET = {"n_layer": 1, "n_embd": 16, "n_hidden": 16,
       "training": {"steps": 4, "batch_size": 2, "block_size": 64, "validate_every": 4, "warmup": 1, "log_every": 2}}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return make_corpus()


@pytest.mark.parametrize(("text", "values"), [
    ("2..6", Range(2, 6)), ("0.1..0.5", Range(0.1, 0.5)), ("1e-4..1e-2", Range(1e-4, 1e-2)),
    ("1..2.5", Range(1.0, 2.5)), ("ppm,kneser-ney", Choice(("ppm", "kneser-ney"))), ("2,4,8", Choice((2, 4, 8))),
    ("true,false", Choice((True, False))),
    ("3", None), ('"ppm"', None), ("[1, 2]", None), ("ppm", None), ("1...3", None), ("a..b", None),
])  # fmt: skip
def test_values_in_words(text: str, values: object) -> None:
    assert read_values(text) == values


def test_a_wide_range_of_fractions_is_searched_by_its_logarithm() -> None:
    assert Range(1e-4, 1e-2).is_log
    assert not any(each.is_log for each in (Range(0.1, 0.5), Range(0.0, 0.5), Range(1, 100)))


@pytest.mark.parametrize("values", [(3, 3), (4, 2)])
def test_an_empty_range_is_refused(values: tuple[int, int]) -> None:
    with pytest.raises(ControlError, match="lower number"):
        Range(*values)


def test_the_usual_space_of_a_net_surrounds_its_defaults() -> None:
    space, default = usual_space("transformer"), make("transformer").get_params()
    assert space["n_embd"] == Choice((default["n_embd"] // 2, default["n_embd"], 2 * default["n_embd"]))
    assert space["dropout"].low == 0 and space["training.learning_rate"].is_log
    assert not {"seed", "codec", "start", "training"} & set(space)


def test_the_best_trial_is_the_one_with_the_fewest_nats_a_note(corpus: Corpus, tmp_path: Path) -> None:
    tuned = tune(corpus, tmp_path, method="markov", space=ORDERS, trials=4, pieces=None)
    nats = {}
    for order in range(6):
        (row,) = held_out(make("markov", order=order).fit(corpus), corpus.validation, rng=np.random.default_rng(0))
        nats[order] = row.nll_per_note
    for each in tuned.trials:
        assert each.nll_per_note == pytest.approx(nats[each.values["order"]])
    assert tuned.nll_per_note == min(each.nll_per_note for each in tuned.trials)
    assert tuned.recipe.parameters["order"] == min(tuned.trials, key=lambda each: each.nll_per_note).values["order"]
    assert recipes.read(tuned.path) == tuned.recipe


def test_a_stopped_study_goes_on_as_if_it_had_not_been_stopped(corpus: Corpus, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "tuning" and progress.done == 1:
            raise KeyboardInterrupt

    space = {**ORDERS, "smoothing": Choice(("ppm", "kneser-ney", "witten-bell"))}
    with pytest.raises(KeyboardInterrupt):
        tune(corpus, tmp_path / "stopped", method="markov", space=space, trials=4, on_progress=stop)
    assert recipes.read(tmp_path / "stopped/best.toml").method == "markov"  # of the trials that were finished
    resumed = tune(corpus, tmp_path / "stopped", method="markov", space=space, trials=4)
    assert resumed.trials == tune(corpus, tmp_path / "whole", method="markov", space=space, trials=4).trials
    assert len(resumed.trials) == 4
    assert len({str(each.values) for each in resumed.trials}) > 2


def test_a_trial_that_is_stopped_midway_is_tried_again(corpus: Corpus, tmp_path: Path, monkeypatch) -> None:
    kind = type(make("markov"))
    fit, calls = kind.fit, []

    def stopped(self, *args, **options):
        calls.append(self.order)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return fit(self, *args, **options)

    monkeypatch.setattr(kind, "fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        tune(corpus, tmp_path, method="markov", space={"order": Range(0, 16)}, trials=3)
    tuned = tune(corpus, tmp_path, method="markov", space={"order": Range(0, 16)}, trials=3)
    assert [each.values["order"] for each in tuned.trials][:2] == calls[:2] and len(tuned.trials) == 3


def test_test_pieces_are_never_read(corpus: Corpus, tmp_path: Path) -> None:
    poisoned = corpus.with_pieces(
        replace(piece, score=None) if piece.split == "test" else piece for piece in corpus.pieces)
    assert len(tune(poisoned, tmp_path, method="markov", space=ORDERS, trials=1).trials) == 1


@pytest.mark.slow
def test_a_net_is_tuned_and_what_can_not_be_trained_is_passed_over(corpus: Corpus, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    space = {"training.learning_rate": Range(1e-4, 1e-2), "n_hidden": Choice((8, 70_000))}
    tuned = tune(corpus, tmp_path, method="rnn", space=space, params=NET, trials=4, pieces=1)
    assert {each.values["n_hidden"] for each in tuned.trials} == {8, 70_000}
    assert all(("n_hidden" in each.reason) == (each.values["n_hidden"] == 70_000) for each in tuned.trials)
    assert tuned.recipe.parameters["n_hidden"] == 8
    assert tuned.recipe.parameters["training"]["steps"] == 4
    assert 1e-4 <= tuned.recipe.parameters["training"]["learning_rate"] <= 1e-2


def test_no_success_is_an_error_that_says_why(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="order"):
        tune(corpus, tmp_path, method="markov", space={"order": Range(17, 20)}, trials=2)


@pytest.mark.parametrize(("options", "text"), [
    ({"method": "dice"}, "no likelihood"), ({"space": {"ordr": Range(1, 2)}}, "did you mean order"),
    ({"trials": 0}, "1 or more"), ({"minutes": 1.0}, "one pass"),
    ({"method": "rnn", "space": {"training.step": Range(1, 2)}}, "did you mean steps"),
])  # fmt: skip
def test_what_can_not_be_tuned_is_refused(corpus: Corpus, tmp_path: Path, options: dict, text: str) -> None:
    with pytest.raises(ControlError, match=text):
        tune(corpus, tmp_path, **{"method": "markov", "space": ORDERS, **options})
    assert not list(tmp_path.iterdir())


def test_a_study_of_other_settings_or_damaged_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    tune(corpus, tmp_path, method="markov", space=ORDERS, trials=1)
    with pytest.raises(ControlError, match="another space"):
        tune(corpus, tmp_path, method="markov", space={"order": Range(0, 6)}, trials=1)
    (tmp_path / "study.db").write_bytes(b"no database")
    with pytest.raises(CheckpointError, match="study"):
        tune(corpus, tmp_path, method="markov", space=ORDERS, trials=1)


def test_without_validation_pieces_there_is_nothing_to_tune_on(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="validation"):
        tune(corpus.train, tmp_path, method="markov", space=ORDERS, trials=1)


def test_without_optuna_the_line_that_installs_it_is_given(corpus: Corpus, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"componium\[train\]"):
        tune(corpus, tmp_path, method="markov", space=ORDERS, trials=1)


def test_the_command_prints_trials_and_writes_a_recipe_that_train_takes(corpus: Corpus, tmp_path: Path) -> None:
    import componium

    for piece in corpus.pieces:
        componium.write(piece.score, tmp_path / f"music/{piece.id.replace('/', '-')}.mid")
    arguments = ["tune", str(tmp_path / "music"), "--method", "markov", "--set", "order=1..4", "--set", "variants=1",
                 "--trials", "2", "--out", str(tmp_path / "tuned")]
    done = CliRunner().invoke(program, arguments, catch_exceptions=False)
    assert done.exit_code == 0 and "nats a note" in done.stdout and "best.toml" in done.stdout
    recipe = recipes.read(tmp_path / "tuned/best.toml")
    assert recipe.parameters["variants"] == 1 and 1 <= recipe.parameters["order"] <= 4
    again = ["train", "--recipe", str(tmp_path / "tuned/best.toml"), "--out", str(tmp_path / "model")]
    trained = CliRunner().invoke(program, again)
    assert trained.exit_code == 0


def test_recipes_are_written_and_read_again(tmp_path: Path) -> None:
    parameters = {"members": [{"method": "markov", "order": 3}], "average": "geometric"}
    recipe = Recipe("ensemble", 'a "name"', parameters, {"slip jig": 2})
    recipes.write(recipe, tmp_path / "recipe.toml")
    assert recipes.read(tmp_path / "recipe.toml") == recipe
    with pytest.raises(FormatError, match="nan"):
        recipes.to_toml({"dropout": float("nan")})
