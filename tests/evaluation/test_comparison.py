"""Comparison of methods: the same music, seeds and measures; and the tables of it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

import stand_in
from componium import formats, weights
from componium.cli import program
from componium.corpora import Corpus
from componium.errors import ControlError, CorpusError, MissingExtraError, UnknownNameError
from componium.evaluation import comparison
from componium.evaluation.comparison import compare
from componium.evaluation.likelihood import in_style
from componium.evaluation.report import HEADINGS, reasons, tables, to_html
from componium.evaluation.row import Row
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
    return compare(["markov", str(folder)], corpus, n=3, bars=8, seed=4)


def test_every_method_has_a_row_with_all_that_can_be_measured(rows) -> None:
    first, second = rows
    assert (first.style, first.method, second.style) == ("fiddle", "markov", "fiddle")
    assert first.nll_per_note > 0 and first.codec == "events"
    assert {one.metric for one in first.statistics} == {one.metric for one in second.statistics}
    assert 0 <= first.inside <= 1 and first.distinct == 1
    assert first.fit_seconds > 0 and second.to_json()["fit_seconds"] is None
    assert first.notes_per_second > 0 and 0 <= first.copying <= 1
    assert 0 < first.prediction.accuracy < 1 < first.prediction.perplexity
    assert first.prediction.errors["step"] > 0  # no duration is stated: each note lasts to the next


def test_methods_not_yet_fitted_learn_within_the_time(corpus) -> None:
    pytest.importorskip("torch")
    given = make("rnn", **make("rnn").TINY, codec={"name": "melody", "kind": "pair"})
    row, = compare({"small net": given}, corpus, n=2, bars=4, pieces=1, minutes=0.001)
    assert (row.method, row.codec) == ("small net", "melody kind=pair")
    assert row.fit_seconds > 0 and row.prediction.errors["duration"] > 0
    assert "minutes" not in given.get_params()["training"]  # what was given is unchanged


def test_triples_are_measured_by_their_own_errors(corpus) -> None:
    pytest.importorskip("torch")
    row, = compare([make("triples", **make("triples").TINY)], corpus, n=2, bars=4, pieces=1)
    assert row.nll_per_note is None and row.prediction.errors.keys() == {"step", "duration"}
    assert 0 <= row.prediction.accuracy <= 1 and "chances" in row.not_applicable["nats"]


def test_ten_takes_have_an_auc(corpus) -> None:
    pytest.importorskip("sklearn")
    more = [replace(piece, id=f"{piece.id} {at}", split="test") for at in range(4) for piece in corpus.test]
    row, = compare(["uniform"], corpus.with_pieces([*corpus, *more]), n=10, bars=4, likelihood=False)
    assert row.auc > 0.9 and row.auc_interval.low <= row.auc <= row.auc_interval.high


def test_the_same_seed_gives_the_same_figures(corpus, rows) -> None:
    again, = compare(["markov"], corpus, n=3, bars=8, seed=4, likelihood=False)
    assert again.statistics == rows[0].statistics and again.copied == rows[0].copied
    assert again.nll_per_note is None


def test_a_missing_extra_is_stated_in_its_row(corpus, monkeypatch) -> None:
    def missing(method, protocol, on_progress):
        raise MissingExtraError("that", "classic")

    monkeypatch.setattr(comparison, "_fit", missing)
    row, = compare(["markov"], corpus)
    assert "classic" in row.not_applicable["method"] and "classic" in reasons([row])[0]
    for table in tables([row]).values():
        assert "n/a" in table[-1] and len(table[-1]) == len(table[0])


def test_whatever_one_method_cannot_do_the_others_are_compared(corpus, tmp_path, monkeypatch) -> None:
    (tmp_path / "config.json").write_text("{")
    monkeypatch.setattr(make("grammar").__class__, "_compose", lambda *_: 1 / 0)
    broken, grammar, uniform = compare(
        {"broken": tmp_path, "grammar": "grammar", "uniform": "uniform"}, corpus, n=2, bars=4, pieces=1)
    assert str(tmp_path) in broken.not_applicable["method"]
    assert grammar.not_applicable["takes"] == "it failed: ZeroDivisionError: division by zero"
    assert grammar.not_applicable["likelihood"] == "it has none"
    assert uniform.nll_per_note > 0 and uniform.distinct == 1


def test_shipped_is_the_model_that_comes_with_the_package(corpus, rows, tmp_path, monkeypatch) -> None:
    make("markov", order=1).fit(corpus).save(tmp_path)
    monkeypatch.setitem(weights.BY_NAME, "shipped", tmp_path)
    row, = compare(["shipped"], corpus, n=3, bars=8, seed=4, pieces=1)
    assert row.method == "shipped" and row.statistics == rows[1].statistics
    one = corpus.with_pieces(corpus.test.pieces[:1])
    nats = -make("markov", order=1).fit(corpus).log_prob([in_style(one.pieces[0])])[0]
    assert row.nll_per_note == pytest.approx(nats / one.pieces[0].score.n_notes)


def test_the_shipped_model_on_music_of_another_style_says_not_applicable(corpus) -> None:
    renamed = corpus.with_pieces(replace(piece, styles=("mine",)) for piece in corpus)
    row, = compare(["shipped"], renamed, n=2, bars=4, pieces=1)
    assert "mine" in row.not_applicable["takes"] and not row.statistics
    cells = tables([row])["mine"][-1]
    assert len(cells) == len(HEADINGS) and cells[2] == cells[-1] == "n/a"
    assert tables([row])["mine, predicted"][-1][1].startswith("events")  # its likelihood is known all the same
    assert json.loads(json.dumps(row.to_json()))["inside"] is None
    assert "mine" in to_html([row], "title")


@pytest.mark.parametrize("codec", ["melody", "notechord"])
def test_a_saved_model_of_another_codec_is_compared(corpus, tmp_path, codec) -> None:
    make("markov", codec=codec, order=1).fit(corpus).save(tmp_path)
    four_parts = replace(stand_in.music().pieces[0], split="test", id="hymn")
    mixed = corpus.with_pieces([*corpus, four_parts])
    rows = {row.style: row for row in compare([tmp_path], mixed, n=2, bars=4)}
    assert rows["fiddle"].statistics and rows["fiddle"].codec.split()[0] == codec
    assert rows["fiddle"].not_applicable.keys() == {"AUC"}  # two takes are too few
    assert rows["chorales"].statistics  # it can't be asked for a style


def test_methods_may_be_objects_and_the_corpus_a_folder(corpus, tmp_path) -> None:
    for piece in corpus.pieces[:12]:
        formats.write(piece.score, tmp_path / f"{piece.id.replace('/', '-')}.mid")
    row, = compare([make("markov", order=1).fit(corpus)], tmp_path, n=2, bars=4, likelihood=False)
    assert (row.method, row.fit_seconds != row.fit_seconds) == ("markov", True)


@pytest.mark.parametrize("wrong", [{"n": 1}, {"bars": 3}, {"seed": -1}, {"n": "many"}])
def test_wrong_arguments_are_refused(corpus, wrong) -> None:
    with pytest.raises(ControlError):
        compare(["markov"], corpus, **wrong)


def test_what_is_not_there_is_refused(corpus) -> None:
    with pytest.raises(UnknownNameError):
        compare(["no-such-method"], corpus)
    with pytest.raises(CorpusError):
        compare(["markov"], Corpus("none", ()))


def test_tables_and_page_say_the_same(rows) -> None:
    head, real, first, _ = tables(rows)["fiddle"]
    assert len(head) == len(real) == len(first) and first[0] == "markov"
    head, first, _ = tables(rows)["fiddle, predicted"]
    assert len(head) == len(first) and first[:2] == ("markov", "events")
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
