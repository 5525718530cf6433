"""`componium train`: from music to a folder with a model, by options or by a recipe."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from componium import corpora, formats, methods
from componium.cli import program
from componium.learning import recipes
from componium.music.score import Meter, Score, Track, notes

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))
runner = CliRunner()


@pytest.fixture
def music(tmp_path, monkeypatch):
    """A folder with six short tunes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "tunes"
    for number in range(6):
        rows = [(at * 480, 480, 60 + (number * at + at * at) % 12, 80) for at in range(16)]
        formats.write(Score((Track(notes(rows)),), meters=(Meter(0, 4, 4),)), folder / f"{number}.mid")
    return folder


def train(*args):
    return runner.invoke(program, ["train", *map(str, args)])


def test_a_folder_becomes_a_model_whose_place_is_printed_on_stdout(music, tmp_path):
    out = tmp_path / "model"
    result = train(music, "--method", "markov", "--set", "order=2", "--out", out)
    assert (result.exit_code, result.stdout) == (0, f"{out}\n"), result.stderr
    assert methods.load(out).get_params()["order"] == 2
    about = json.loads((out / "config.json").read_text())["about"]
    assert about["corpus"] == str(music)
    assert sum(about["pieces"].values()) == 6


def test_a_recipe_says_it_all_and_options_win(music, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'corpus = "{music}"\nmethod = "markov"\n[parameters]\norder = 2\nvariants = 1\n')
    assert train("--recipe", recipe, "--out", tmp_path / "a").exit_code == 0
    assert train("--recipe", recipe, "--set", "order=1", "--seed", "5", "--out", tmp_path / "b").exit_code == 0
    chosen = [methods.load(tmp_path / name).get_params() for name in "ab"]
    assert [(one["order"], one["variants"], one["seed"]) for one in chosen] == [(2, 1, 0), (1, 1, 5)]


@pytest.mark.train
def test_a_neural_method_hears_of_seed_and_minutes(music, tmp_path):
    sizes = ["n_layer=1", "n_head=2", "n_embd=16", "block_size=64", "training.steps=3", "training.validate_every=3"]
    options = [word for size in sizes for word in ("--set", size)]
    result = train(music, *options, "--seed", "4", "--minutes", "1", "--out", tmp_path / "model")
    assert result.exit_code == 0, result.stderr
    training = methods.load(tmp_path / "model").get_params()["training"]
    assert training == {"steps": 3, "validate_every": 3, "seed": 4, "minutes": 1.0}


@pytest.mark.parametrize("wrong", [
    [], ["--minutes", "0"], ["--set", "order"], ["--set", "= 3"],
])  # fmt: skip
def test_wrong_usage(music, tmp_path, wrong):
    names = [music] if wrong else []
    assert train(*names, "--method", "markov", *wrong, "--out", tmp_path / "model").exit_code == 2
    assert not (tmp_path / "model").exists()


def test_a_word_for_a_number_is_refused(music, tmp_path):
    result = train(music, "--method", "markov", "--set", "order=three", "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert "order='three'" in result.stderr
    assert not (tmp_path / "model").exists()


def test_a_file_that_is_left_out_is_said_in_one_line(music, tmp_path):
    (music / "bad.mid").write_bytes(b"no music")
    (music / "worse.abc").write_bytes(b"")
    learn = ["train", str(music), "--method", "markov", "--out", str(tmp_path / "model")]
    write = ["compose", "--corpus", str(music), "--method", "markov", "--bars", "4", "-o", str(tmp_path / "takes")]
    for command in (learn, write):
        result = runner.invoke(program, command)
        assert result.exit_code == 0, result.stderr
        (line,) = [line for line in result.stderr.splitlines() if "left out" in line]
        assert "bad.mid: can't be read: not a MIDI file" in line
        assert "and 1 more files" in line
        assert "--left-out" in line


def test_a_folder_with_something_in_it_is_left_alone(music, tmp_path):
    out = tmp_path / "model"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    result = train(music, "--method", "markov", "--out", out)
    assert result.exit_code == 1
    assert "is not empty" in result.stderr
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(("options", "reason"), [
    (["--method", "markv"], "did you mean markov"),
    (["--method", "markov", "--set", "oder=3"], "expected some of"),
    (["--method", "markov", "--minutes", "3"], "learns in one pass"),
    (["--method", "markov", "--start", "default"], "expected some of"),
])  # fmt: skip
def test_what_there_is_not_is_refused_before_music_is_read(music, tmp_path, options, reason):
    result = train(tmp_path / "nowhere", *options, "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert reason in result.stderr


def test_ctrl_c_exits_with_130(music, tmp_path, monkeypatch):
    def fit(self, corpus, **_):
        raise KeyboardInterrupt

    monkeypatch.setattr("componium.methods.markov.Markov.fit", fit)
    assert train(music, "--method", "markov", "--out", tmp_path / "model").exit_code == 130
    assert not (tmp_path / "model").exists()


def test_a_recipe_that_is_none_is_refused(tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("corpus = [")
    result = train("--recipe", recipe, "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert str(recipe) in result.stderr


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_in_the_repository_is_one(path):
    corpus = recipes.read(path).corpus
    assert Path(corpus).suffix == ".npz" or set(corpus.split(",")) <= set(corpora.names())  # a file of arrays, or names


@pytest.mark.train
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_trains_by_settings_there_are(path):
    from componium.training.loop import Settings

    assert set(recipes.read(path).parameters.get("training", {})) <= {field.name for field in fields(Settings)}
