"""`componium plot`: what it takes, what it writes, and what it says when it can't."""

import json

import pytest
from click.testing import CliRunner

from componium import formats
from componium.cli import program
from componium.music.score import Key, Score, Track, notes

runner = CliRunner()


def tune(title, low):
    rows = [(480 * at, 480, low + at % 8) for at in range(16)]
    return Score(tracks=(Track(notes(rows), program=40, name="Violin"),), keys=(Key(0, 0),), title=title)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    for at in range(3):
        formats.write(tune(f"Tune {at}", 60 + at), tmp_path / f"music/{at}.mid")
    run = tmp_path / "run"
    run.mkdir()
    rows = [{"step": 10 * at, "loss": 5 / at} for at in range(1, 20)] + [{"step": 100, "validation": 1.0}]
    (run / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def plot(*arguments, **more):
    return runner.invoke(program, ["plot", *map(str, arguments)], **more)


@pytest.mark.parametrize("kind", ["all", "profile"])
def test_a_file_beside_a_folder_is_plotted_without_a_word(place, kind):
    result = plot("music/0.mid", "music", "out.png", "--kind", kind)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (place / "out.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("inputs", [["run"], ["run/log.jsonl"], ["run", "run"]])
def test_a_run_shows_its_loss(place, inputs):
    assert plot(*inputs, "out.svg").exit_code == 0
    assert (place / "out.svg").read_text(encoding="utf-8").count(">loss (nats a token)<") == len(inputs)


def test_sides_have_the_names_given_else_their_own(place):
    assert plot("music/0.mid", "music", "out.svg", "--kind", "profile").exit_code == 0
    svg = (place / "out.svg").read_text(encoding="utf-8")
    assert ">Tune 0<" in svg
    assert ">music (3 pieces)<" in svg
    assert plot("music", "music", "out.svg", "--kind", "profile", "--name", "a, b", "--name", "c").exit_code == 0
    svg = (place / "out.svg").read_text(encoding="utf-8")
    assert ">a, b<" in svg
    assert ">c<" in svg


def test_options_reach_the_plot(place):
    assert plot("music", "out.svg", "--kind", "profile", "--relative").exit_code == 0
    assert "♭3" in (place / "out.svg").read_text(encoding="utf-8")
    assert plot("music", "out.svg", "--kind", "transitions", "--pitches").exit_code == 0
    assert "next pitch<" in (place / "out.svg").read_text(encoding="utf-8")
    assert plot("music", "out.svg", "--kind", "scatter", "--piece", "2").exit_code == 0
    assert "First 16 notes of Tune 1" in (place / "out.svg").read_text(encoding="utf-8")


def test_a_corpus_counts_before_a_file_of_its_name(place, monkeypatch):
    from componium import corpora

    (place / "chorales").write_text("no music")
    monkeypatch.setattr(corpora, "load", lambda name, **_: corpora.Corpus(name, (corpora.Piece("a", tune("A", 60)),)))
    assert plot("chorales", "out.svg", "--kind", "profile").exit_code == 0
    assert ">chorales (1 piece)<" in (place / "out.svg").read_text(encoding="utf-8")


def test_it_is_a_filter(place):
    data = (place / "music/0.mid").read_bytes()
    result = plot("-", "-", "--from", "mid", "--to", "svg", "--kind", "roll", input=data)
    assert result.exit_code == 0
    assert result.stdout.startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["out.png"], 2, "one input or two"),
        (["music", "music", "music", "out.png"], 2, "one input or two"),
        (["music", "out.bmp"], 2, ".png or .svg"),
        (["music", "out"], 2, ".png or .svg"),
        (["music", "music", "out.png", "--name", "a"], 2, "1 names for 2 inputs"),
        (["music", "out.png", "--kind", "histogram"], 1, "did you mean histograms?"),
        (["music", "out.png", "--kind", "loss"], 1, "no training loss"),
        (["run", "out.png", "--kind", "roll"], 1, "no notes"),
        (["run", "music", "out.png"], 1, "don't share a plot"),
        (["no.mid", "out.png"], 1, "No such file or directory: no.mid"),
        (["choral", "out.png"], 1, "did you mean chorales"),
        (["music", "out.png", "--piece", "4"], 1, "there is no piece 4"),
        (["broken.mid", "out.png"], 1, "broken.mid"),
        (["broken", "out.png"], 1, "line 1"),
        (["empty", "out.png"], 1, "empty"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback_or_a_file(place, arguments, code, says):
    (place / "broken.mid").write_bytes(b"MThd\x00")
    (place / "broken").mkdir()
    (place / "broken/log.jsonl").write_text("{\n")
    (place / "empty").mkdir()
    result = plot(*arguments)
    assert result.exit_code == code, result.stderr
    assert says in result.stderr.replace("\n", " ")
    assert not list(place.glob("out*"))
