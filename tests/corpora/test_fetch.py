"""Download of corpora, from a server on this machine; and the table of their files."""

import gc
import hashlib
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from click.testing import CliRunner

from componium import corpora, registry
from componium.cli import program
from componium.corpora import _fetch, _local, _sources
from componium.corpora._sources import SOURCES, File
from componium.errors import CorpusError, MissingExtraError

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
COPIES = {"openhymnal/A_Tune-One.abc": b"X:1\nK:C\nCDEF|\n", "openhymnal/A Tune?-Two.abc": b"X:2\nK:G\nGABc|\n"}


class Handler(SimpleHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    """A server of the files as they lie in their repository."""
    source = SOURCES["openhymnal"]
    for name, data in COPIES.items():
        path = tmp_path / "served" / source.repository / source.commit / "Complete" / name.partition("/")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path / "served")) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()
    gc.collect()  # requests leaves sockets of answers that it refuses to the collector


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder, and two files listed for the corpus hymns."""
    files = tuple(File(name, f"Complete/{name.partition('/')[2]}", hashlib.sha256(data).hexdigest())
                  for name, data in COPIES.items())
    monkeypatch.setenv("COMPONIUM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    for module in (_fetch, _local, _sources):
        monkeypatch.setattr(module, "listed_files", lambda corpus: files if corpus == "hymns" else ())
    return tmp_path / "data"


def test_files_are_fetched_once_each_checked_with_progress(server, data):
    reports = []
    assert corpora.fetch("hymns", server=server, on_progress=reports.append) == data
    assert {name: (data / name).read_bytes() for name in COPIES} == COPIES
    assert [(report.done, report.total) for report in reports] == [(1, 2), (2, 2)]
    assert len(Handler.asked) == 2
    (data / "openhymnal" / "A_Tune-One.abc").write_bytes(b"damaged")
    corpora.fetch("hymns", server=server)
    assert len(Handler.asked) == 3
    assert (data / "openhymnal" / "A_Tune-One.abc").read_bytes() == COPIES["openhymnal/A_Tune-One.abc"]


def test_another_file_than_the_one_listed_is_refused(server, data, monkeypatch):
    monkeypatch.setattr(_fetch, "RETRIES", 0)
    wrong = (File("openhymnal/A_Tune-One.abc", "Complete/A_Tune-One.abc", "0" * 64),)
    monkeypatch.setattr(_fetch, "listed_files", lambda corpus: wrong)
    with pytest.raises(CorpusError, match=r"can't be fetched.*A_Tune-One"):
        corpora.fetch("hymns", server=server)
    assert not list(data.rglob("*.abc"))


def test_a_file_that_is_not_there_is_named(server, data, monkeypatch):
    monkeypatch.setattr(_fetch, "RETRIES", 0)
    absent = (File("openhymnal/None.abc", "Complete/None.abc", "0" * 64),)
    monkeypatch.setattr(_fetch, "listed_files", lambda corpus: absent)
    with pytest.raises(CorpusError, match=r"404.*Complete/None\.abc"):
        corpora.fetch("hymns", server=server)


def test_a_corpus_without_addresses_cannot_be_fetched():
    with pytest.raises(CorpusError, match="no file of organ can be fetched"):
        corpora.fetch("organ")


def test_without_pooch_the_extra_is_named(data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(MissingExtraError, match=r"componium\[corpora\]"):
        corpora.fetch("hymns")


@pytest.mark.parametrize("name", ["lieder", "openquartets", "piano", "choir", "hymns", "band", "songs"])
def test_every_file_listed_has_an_address_at_a_commit_and_a_hash(name):
    files = _sources.listed_files(name)
    assert len({file.name for file in files}) == len(files) > 100
    for file in files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert re.fullmatch(r"[0-9a-f]{40}", file.source.commit)
        assert re.fullmatch(r"[\w-]+/[\w-]+", file.source.repository)
        assert file.address and not file.address.startswith("/")


def test_what_is_not_there_is_said_with_the_command_that_fetches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPONIUM_DATA", str(tmp_path))
    with pytest.raises(CorpusError, match=r"122 of 122 files.*componium corpora openquartets --fetch"):
        corpora.load("openquartets")
    with pytest.raises(CorpusError, match=r"groove.*magenta"):
        corpora.load("drums")
    with pytest.raises(CorpusError, match=r"scripts/engrave_mutopia\.py"):
        corpora.load("guitar")


def test_without_a_data_folder_it_lies_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("COMPONIUM_DATA", raising=False)
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path))
    assert _sources.data_folder() == tmp_path / "data"


def test_the_command_fetches_then_describes(server, data, monkeypatch):
    monkeypatch.setitem(corpora.fetch.__kwdefaults__, "server", server)
    result = CliRunner().invoke(program, ["corpora", "hymns", "--fetch"])
    assert result.exit_code == 0, result.output
    assert {path.name for path in data.rglob("*.abc")} == {name.partition("/")[2] for name in COPIES}
    assert "Open Hymnal Project" in result.output
    assert re.search(r"left out +2", result.output)  # they state no rights


def test_the_command_prints_credits(data, server, monkeypatch):
    monkeypatch.setitem(corpora.fetch.__kwdefaults__, "server", server)
    result = CliRunner().invoke(program, ["corpora", "hymns", "--fetch", "--credits"])
    assert result.output.splitlines()[-2:] == [
        "hymns: openhymnal: public domain", "  Open Hymnal Project, http://openhymnal.org"]  # fmt: skip


def test_a_download_needs_a_name():
    assert "name the corpus" in CliRunner().invoke(program, ["corpora", "--fetch"]).output


def test_the_page_has_a_row_of_every_corpus_and_of_every_source():
    text = (Path(__file__).parents[2] / "docs" / "corpora.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"<!-- (corpora|sources) -->\n(.*?)<!-- end -->", text, re.DOTALL))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables["corpora"].splitlines()[2:]]
    assert [(row[0], row[1]) for row in rows] == [
        (f"`{name}`", registry.summary("corpora", name).rstrip(".")) for name in corpora.names()]  # fmt: skip
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables["sources"].splitlines()[2:]]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (f"`{folder}`", source.license, source.credit) for folder, source in SOURCES.items()]  # fmt: skip
