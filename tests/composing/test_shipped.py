"""The shipped model for a style: the first that knows it, found without loading weights."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

import componium
from componium.cli import program
from componium.composing.model import resolve_model
from componium.composing.request import build_request
from componium.composing.shipped import shipped_for, styles
from componium.corpora import Corpus
from componium.errors import CheckpointError, ControlError
from componium.methods import make
from componium.weights import BY_NAME, SHIPPED

from .conftest import tune

OLD, NEW = ("fiddle", "jig", "reel"), ("fiddle", "jig", "piano", "chopin")


@pytest.fixture(scope="module")
def folders(tunes, tmp_path_factory):
    """Two models, of which the second knows more styles, and between them one that draws no ids."""
    root = tmp_path_factory.mktemp("weights")
    apart = "fiddle", "chopin"
    for name, method, names in (("old", "markov", OLD), ("apart", "dice", apart), ("new", "markov", NEW)):
        general = [style for style in names if style in ("fiddle", "piano")]
        pieces = [replace(piece, styles=tuple(dict.fromkeys((general[at % len(general)], names[at % len(names)]))))
                  for at, piece in enumerate(tunes)]  # fmt: skip
        make(method).fit(Corpus(name, tuple(pieces))).save(root / name)
    return {"shipped": root / "old", "old": root / "old", "apart": root / "apart", "new": root / "new"}


@pytest.fixture
def shelf(folders, monkeypatch):
    models = dict(folders)
    for module in ("composing.shipped", "composing.model", "evaluation.explanation"):
        monkeypatch.setattr(f"componium.{module}.BY_NAME", models)
    return models


def asked(style, score=None):
    return shipped_for(build_request(style=style, score=score))


def test_the_first_model_that_knows_the_style_is_taken(shelf):
    assert shipped_for() == asked(None) == asked("auto") == asked("jig") == asked("jig,reel") == "shipped"
    assert asked("chopin") == asked("jig,chopin") == asked(["jig", "chopin"]) == "new"
    assert resolve_model(None, request=build_request(style="chopin")).folder == "new"


def test_a_score_s_own_style_chooses_too_but_is_never_refused(shelf):
    stated = {style: replace(tune(1), info=(("style", style),)) for style in ("chopin", "jig", "unheard-of")}
    assert asked(None, stated["chopin"]) == "new"
    assert asked(None, stated["jig"]) == asked(None, stated["unheard-of"]) == "shipped"
    assert asked("reel", stated["chopin"]) == "shipped"
    assert componium.extend(stated["chopin"], 2, seed=1).model == "new"
    assert componium.infill(stated["chopin"], bars=(1, 2), seed=1).model == "new"


def test_an_unknown_style_names_near_ones_of_all_models(shelf):
    with pytest.raises(ControlError, match=r"no style 'chopn'; expected one of chopin, fiddle, .*mean chopin"):
        componium.compose("chopn")
    with pytest.raises(ControlError, match="no style 'chopn'"):
        componium.extend(tune(1), style="jig,chopn")
    with pytest.raises(ControlError, match=r"reel and chopin at once.*reel is of shipped, chopin is of new"):
        componium.compose("reel,chopin")
    for wrong in (7, "", [], ["jig", 7]):
        with pytest.raises(ControlError, match="the name of a style, several"):
            componium.compose(wrong)


def test_without_its_weights_the_package_is_to_be_reinstalled(monkeypatch, tmp_path):
    for name in BY_NAME:
        monkeypatch.setitem(BY_NAME, name, tmp_path / name)
    assert styles() == []
    with pytest.raises(CheckpointError, match="reinstall componium"):
        componium.compose("jig")
    assert "train one" in CliRunner().invoke(program, ["styles"]).stderr


def test_knowing_the_styles_loads_no_weights(shelf, monkeypatch):
    monkeypatch.setattr("componium.checkpoints.store.load_arrays", None)
    assert asked("jig,chopin") == "new" and styles()


def test_styles_are_listed_with_what_they_were_learned_from(shelf):
    found = {(style.model, style.name): style for style in styles()}
    assert list(found) == [*(("old", name) for name in sorted(OLD)), *(("new", name) for name in sorted(NEW))]
    assert (found["old", "fiddle"].n_pieces, found["old", "fiddle"].n_notes) == (12, 12 * 64)
    assert (found["old", "jig"].n_pieces, found["old", "jig"].n_notes) == (4, 4 * 64)
    assert found["old", "jig"].within == ("fiddle",) and found["old", "fiddle"].within == ()


def test_a_model_that_states_no_notes_is_listed_too(shelf, folders, tmp_path, monkeypatch):
    config = json.loads((folders["old"] / "config.json").read_text())
    for profile in config["learned"]["profiles"].values():
        del profile["n_notes"], profile["within"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    monkeypatch.setitem(shelf, "shipped", tmp_path)
    assert styles()[0].n_notes is None
    assert "? notes" in CliRunner().invoke(program, ["styles"]).stdout


def test_the_command_prints_a_table_or_json(shelf):
    lines = CliRunner().invoke(program, ["styles"]).stdout.splitlines()
    assert lines[:2] == [
        "fiddle  old  12 pieces  768 notes  not measured",
        "jig     old   4 pieces  256 notes  not measured  of fiddle"]  # fmt: skip
    rows = json.loads(CliRunner().invoke(program, ["styles", "--json"]).stdout)
    assert rows[1] == {"name": "jig", "model": "old", "n_pieces": 4, "n_notes": 256, "within": ["fiddle"],
                       "rating": None}  # fmt: skip


def test_a_take_in_several_styles_records_them(shelf):
    take, other = componium.compose(["jig", "chopin"], bars=4, n=2, seed=1)
    assert (take.asked["style"], take.measured["style"], take.model) == ("jig,chopin", "jig", "new")
    assert take.score.title.startswith("Jig in ")  # its form is that of the first
    assert componium.compose("jig,chopin", bars=4, seed=1).score == take.score != other.score
    assert componium.explain(take, 0).method == "markov"  # by the model that made it, not the default one
    filled = componium.infill(take, bars=(1, 2), style="chopin,jig", n=2, seed=3)[1]
    assert (filled.asked["style"], filled.score.about("style")) == ("chopin,jig", "chopin")


@pytest.mark.skipif(not (SHIPPED / "config.json").exists(), reason="the weights are not in this checkout")
def test_the_default_model_states_how_much_it_learned_from():
    found = {style.name: style for style in styles() if style.model == "default"}
    assert (found["chorales"].n_pieces, found["chorales"].n_notes) == (318, 85_297)
    assert found["jig"].within == ("fiddle",)
    assert len(found) == 105 and all(style.n_notes for style in found.values())
