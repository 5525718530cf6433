"""Recipes: every one that is here is valid, and what isn't one is refused with the place."""

from pathlib import Path

import pytest

from componium.corpora import Corpus, Piece
from componium.errors import ComponiumError
from componium.learning import recipes
from componium.music.score import Score, Track, notes

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_builds_its_method(path: Path) -> None:
    recipe = recipes.read(path)
    built = recipe.build().get_params()
    assert {name: built[name] for name in recipe.parameters} == dict(recipe.parameters)
    assert f"recipes/{path.name}" in path.read_text()  # it says how to run it


@pytest.mark.train
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipes_training_settings_are_known(path: Path) -> None:
    from componium.training.loop import Settings

    Settings(**recipes.read(path).parameters.get("training", {}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [("method = ", "recipe"), ('method = "markov"', "recipe"), ('method = "markof"\ncorpus = "x"', "did you mean"),
     ('method = "markov"\ncorpus = "x"\n[parameters]\norders = 3', "orders"),
     ('method = "markov"\ncorpus = "x"\nminutes = 3', "minutes"),
     ('method = "markov"\ncorpus = "x"\n[repeats]\nx = 0', "repeat")],
)
def test_what_is_no_recipe_is_refused_by_name(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text)
    with pytest.raises(ComponiumError, match=reason):
        recipes.read(path)


def test_pieces_of_a_style_are_repeated_in_training_alone() -> None:
    score = Score((Track(notes([(0, 480, 60)])),))
    pieces = tuple(Piece(f"{style}{side}", score, (style,), split=side) for style in "ab" for side in ("train", "test"))
    recipe = recipes.Recipe("markov", "ab", repeats={"b": 3})
    repeated = recipes.repeat(Corpus("ab", pieces), recipe.repeats)
    assert sorted(piece.id for piece in repeated) == ["atest", "atrain", "btest", "btrain", "btrain", "btrain"]
    about = recipes.describe(recipe, repeated)
    assert about["pieces"] == {"train": 2, "validation": 0, "test": 2}
