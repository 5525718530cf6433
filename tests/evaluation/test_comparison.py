"""Methods beside each other: the same music, the same seeds, the same measures; and the tables made of it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

import stand_in
from componium import formats
from componium.cli import program
from componium.corpora import Corpus
from componium.errors import CorpusError, MissingExtraError, UnknownNameError
from componium.evaluation import comparison
from componium.evaluation.comparison import Row, compare
from componium.evaluation.likelihood import in_style
from componium.evaluation.report import tables, to_html
from componium.methods import make


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    pieces = [piece for piece in stand_in.music().pieces if piece.styles[0] == "fiddle"]
    sides = ["train"] * (len(pieces) - 3) + ["test"] * 3
    return Corpus("tunes", tuple(replace(piece, split=side) for piece, side in zip(pieces, sides, strict=True)))


@pytest.fixture(scope="module")
def rows(corpus, tmp_path_factory) -> tuple[Row, ...]:
    folder = tmp_path_factory.mktemp("saved")
    make("markov", order=1).fit(corpus).save(folder)
    return compare(["markov", str(folder)], corpus, takes=3, bars=8, seed=4)


def test_every_method_has_a_row_with_all_that_can_be_measured(rows) -> None:
    first, second = rows
    assert (first.style, first.method, second.style) == ("fiddle", "markov", "fiddle")
    assert first.nll_per_note > 0 and first.codec == "events"
    assert {one.metric for one in first.statistics} == {one.metric for one in second.statistics}
    assert 0 <= first.inside <= 1 and first.distinct == 1
    assert first.fit_seconds > 0 and second.to_json()["fit_seconds"] is None
    assert first.notes_per_second > 0


def test_the_same_seed_gives_the_same_figures(corpus, rows) -> None:
    again, = compare(["markov"], corpus, takes=3, bars=8, seed=4, likelihood=False)
    assert again.statistics == rows[0].statistics and again.copied == rows[0].copied
    assert again.nll_per_note is None


def test_a_missing_extra_is_told_in_its_row(corpus, monkeypatch) -> None:
    def missing(name, corpus):
        raise MissingExtraError("that", "classic")

    monkeypatch.setattr(comparison, "_fitted", missing)
    row, = compare(["markov"], corpus)
    assert "classic" in row.missing and "classic" in tables([row])["fiddle"][-1][1]


def test_shipped_is_the_model_that_comes_with_the_package(corpus, rows, tmp_path, monkeypatch) -> None:
    make("markov", order=1).fit(corpus).save(tmp_path)
    monkeypatch.setattr(comparison, "SHIPPED", tmp_path)
    row, = compare(["shipped"], corpus, takes=3, bars=8, seed=4, pieces=1)
    assert row.method == "shipped" and row.statistics == rows[1].statistics
    one = corpus.with_pieces(corpus.test.pieces[:1])
    assert row.nll_per_note == pytest.approx(-make("markov", order=1).fit(corpus).log_prob(in_style(one.pieces[0]))
                                             / one.pieces[0].score.n_notes)


def test_what_is_not_there_is_refused(corpus) -> None:
    with pytest.raises(UnknownNameError):
        compare(["no-such-method"], corpus)
    with pytest.raises(CorpusError):
        compare(["markov"], Corpus("none", ()))


def test_tables_and_page_say_the_same(rows) -> None:
    head, real, first, _ = tables(rows)["fiddle"]
    assert len(head) == len(real) == len(first) and first[0] == "markov"
    page = to_html(rows, "<three> takes")
    assert "&lt;three&gt;" in page and "<three>" not in page
    for one in rows[0].statistics:
        assert f"<td>{one.metric}</td>" in page


def test_the_command_writes_json_and_a_page(tmp_path) -> None:
    for piece in stand_in.music().pieces[:12]:
        formats.write(piece.score, tmp_path / f"{piece.id.replace('/', '-')}.mid")
    asked = ["compare", "--methods", "markov", "--corpus", str(tmp_path), "-n", "2", "--bars", "4", "--json",
             "--html", str(tmp_path / "page.html")]
    result = CliRunner().invoke(program, asked)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)[0]["method"] == "markov"
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
