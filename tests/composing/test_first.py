"""The first piece: drawn by how good a style is, whole, and as long as a person listens."""

import json
from pathlib import Path

import pytest

from componium.composing import ratings as rated
from componium.composing.compose import compose
from componium.composing.first import LONGEST, SHORTEST, first_controls, first_pieces, weights_of
from componium.composing.headings import title_of
from componium.composing.ratings import Rating, in_words, ratings
from componium.composing.shipped import Style, styles
from componium.errors import CheckpointError
from componium.music.pitch import parse_key
from componium.music.score import Score
from componium.music.time import duration_seconds
from componium.weights import REALISM


def style(name: str, auc: float | None, within: tuple[str, ...] = ()) -> Style:
    rating = None if auc is None else Rating("default", auc, auc - 0.1, auc + 0.1, 16, 40)
    return Style(name, "default", 100, 1000, within, rating)


def test_weights_are_those_of_what_is_measured_by_family() -> None:
    known = [
        style("jig", 0.7, ("fiddle",)), style("reel", 0.9, ("fiddle",)), style("fiddle", 0.6), style("drums", 0.5),
        style("chorales", 0.84), style("organ", 0.91), style("choir", 0.7), style("chopin", 0.6, ("piano",)),
        style("hymns", None),
    ]  # fmt: skip
    found = weights_of(known)
    assert [(family, list(each)) for family, each in found.items()] == [
        ("fiddle", ["jig", "reel"]), ("chorales", ["chorales"])]  # fmt: skip
    assert found["fiddle"]["jig"] == pytest.approx(0.3) and found["chorales"]["chorales"] == pytest.approx(0.16)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_asks_for_the_same_piece_in_a_measured_style(seed: int) -> None:
    found = first_controls(seed)
    assert found == first_controls(seed)
    assert found["style"] in ratings() and found["style"] != "fiddle"
    assert found["bars"] % len(found["form"]) == 0 and 1 <= found["tries"] <= 4


def test_without_measured_styles_all_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("componium.composing.first.styles", lambda: [style("jig", None, ("fiddle",))])
    assert first_controls(1) == {} and list(first_pieces(2, 5)) == [{"seed": 5}, {"seed": 6}]


def test_styles_differ_from_seed_to_seed() -> None:
    assert len({first_controls(seed)["style"] for seed in range(8)}) >= 3


@pytest.mark.weights
@pytest.mark.parametrize("seed", [1, 2])
def test_a_first_piece_is_whole(seed: int) -> None:
    controls = first_controls(seed)
    take = compose(**controls, seed=seed, accompany=True)
    assert SHORTEST - 2 <= duration_seconds(take.score) <= LONGEST + 2
    assert take.measured["bars"] == controls["bars"] and take.measured["meter"] == controls["meter"]
    assert len(take.score.tracks) >= 2 and take.measured["ending"] == "closed"


def test_words_get_worse_with_the_auc() -> None:
    words = [in_words(auc / 100) for auc in range(50, 101)]
    assert len(dict.fromkeys(words)) == 5 and words == sorted(words, key=list(dict.fromkeys(words)).index)
    assert "experiment" in in_words(0.96) and "experiment" not in in_words(0.95)


def test_shipped_ratings_are_of_models_that_know_the_styles() -> None:
    known = {(each.name, each.model) for each in styles()}
    assert json.loads(REALISM.read_text()) and {(name, each.model) for name, each in ratings().items()} <= known
    assert all(0 <= each.low <= each.auc <= each.high <= 1 and min(each.takes, each.real) >= 10
               for each in ratings().values())  # fmt: skip


def test_a_damaged_file_of_ratings_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "realism.json").write_text('{"jig": {"auc": 0.7}}')
    monkeypatch.setattr(rated, "REALISM", tmp_path / "realism.json")
    with pytest.raises(CheckpointError):
        rated.ratings()
    monkeypatch.setattr(rated, "REALISM", tmp_path / "none.json")
    assert rated.ratings() == {}


@pytest.mark.parametrize(
    ("name", "within", "title"),
    [("chopin", ("lieder", "piano"), "Piece in E, after Chopin"), ("rock", ("drums",), "Rock in E"),
     ("marenzio", ("choir",), "Motet in E, after Marenzio"),
     ("clara schumann", ("lieder",), "Lied in E, after Clara Schumann"), ("jig", ("fiddle",), "Jig in E")],
)  # fmt: skip
def test_a_composer_is_named_as_the_model_of_a_piece(name: str, within: tuple[str, ...], title: str) -> None:
    assert title_of(Score(keys=(parse_key("E major"),)), name, within) == title
