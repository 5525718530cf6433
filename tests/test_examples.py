"""Every script in examples/ runs, and writes its files. Without shipped weights a small model stands in for them."""

import runpy
import sys
from pathlib import Path

import pytest

import stand_in
from componium import weights

FOLDER = Path(__file__).parent.parent / "examples"
WRITTEN = {
    "01_compose": ["chorale.json", "chorale.mid", "chorale.png", "chorale.wav"],
    "02_controls": ["chorale.mid", "jig.mid", "winds.mid"],
    "03_continue_a_tune": ["continued-1.mid", "continued-2.mid", "tune.abc"],
    "04_train_markov_on_a_folder": ["model", "studies", "study.mid"],
    "05_why_this_note": ["chorale.mid", "rules.png", "rules.txt", "why.json", "why.png", "why.txt"],
    "06_every_way": ["dice.mid", "ensemble.mid", "genetic.mid", "grammar.mid", "hmm.mid", "markov.mid", "recombine.mid",
                     "rules.mid", "stochastic.mid"],
    "07_fill_in": ["bar-4-1.abc", "bar-4-2.abc", "bar-4-3.abc", "bar-4-4.abc", "bass.musicxml", "chords-other.mid",
                   "chords-plain.mid", "piano.musicxml", "tune.abc"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The shipped model's folder; a stand-in's where there is none."""
    if (weights.SHIPPED / "config.json").exists():
        return weights.SHIPPED
    return stand_in.save(tmp_path_factory.mktemp("model"))


def test_each_example_is_tested():
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(WRITTEN)


@pytest.mark.parametrize("name", WRITTEN)
def test_an_example_runs(name, model, tmp_path, monkeypatch, capsys):
    script, out = FOLDER / f"{name}.py", tmp_path / "out"
    out.mkdir()
    monkeypatch.setitem(weights.BY_NAME, "shipped", model)
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "argv", [str(script), str(out)])
    runpy.run_path(str(script), run_name="__main__")
    assert sorted(path.name for path in out.iterdir()) == WRITTEN[name]
    assert capsys.readouterr().out


@pytest.mark.parametrize("name", WRITTEN)
def test_an_example_says_what_it_is_and_how_to_run_it(name):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert text.startswith('"""')
    assert f"python examples/{name}.py [FOLDER]" in text
