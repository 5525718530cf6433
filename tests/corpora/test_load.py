"""Loading by name, and the code that the cache's key covers."""

import ast
import sys
from pathlib import Path
from types import ModuleType

import componium
from componium import corpora, registry
from componium.corpora import Corpus, Piece, _build
from componium.music.score import Score, Track, notes

PACKAGE = Path(componium.__file__).parent
ROOT_MODULES = {"errors", "registry", "_files", "progress"}  # none of them changes what is read from a file


def imported_by(file):
    """The files of this package that a file imports, anywhere in it; those that the root's lazy names import aside."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "componium":
            inside = PACKAGE.joinpath(*node.module.split(".")[1:])
            for place in (*[inside] * (inside != PACKAGE), *(inside / alias.name for alias in node.names)):
                yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists())


def test_every_room_that_takes_part_in_reading_is_in_the_key_of_the_cache():
    todo = [*PACKAGE.glob("corpora/**/*.py"), *PACKAGE.glob("formats/**/*.py")]
    readers = set()
    while todo:
        file = todo.pop()
        if file not in readers:
            readers.add(file)
            todo += imported_by(file)
    rooms = {file.relative_to(PACKAGE).with_suffix("").parts[0] for file in readers}
    assert rooms - ROOT_MODULES <= set(_build.READING_ROOMS)
    assert all((PACKAGE / room).is_dir() for room in _build.READING_ROOMS)


def test_an_edit_in_a_sub_package_changes_the_key_of_the_cache(tmp_path, monkeypatch):
    (tmp_path / "corpora").mkdir()
    (tmp_path / "formats" / "kern").mkdir(parents=True)
    reader = tmp_path / "formats" / "kern" / "reader.py"
    reader.write_text("one")
    monkeypatch.setattr(_build, "__file__", str(tmp_path / "corpora" / "_build.py"))
    before = _build._code_hash(_prepare)
    assert _build._code_hash(_prepare) == before
    reader.write_text("another")
    assert _build._code_hash(_prepare) != before


def _prepare(score, source):
    return score, ()


def test_a_corpus_of_another_package_needs_one_module(monkeypatch):
    score = Score((Track(notes([(0, 480, 60)])),))
    module = ModuleType("corpus_of_mine")
    module.load = lambda *, on_progress=None, workers=None: Corpus("mine", (Piece("a", score),), license="mine")
    monkeypatch.setitem(sys.modules, "corpus_of_mine", module)
    monkeypatch.setattr(registry, "_entry_points", lambda kind: {"mine": "corpus_of_mine"})
    assert "mine" in corpora.names()
    corpus = corpora.load("mine")
    assert list(corpus) == list(corpus) == [corpus.pieces[0]]  # it can be gone through again
    assert len(corpus) == 1


def test_a_name_comes_before_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tune.abc").write_text("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|]\n")
    assert [piece.id for piece in corpora.load("mine")] == ["tune"]
    module = ModuleType("corpus_of_mine")
    module.load = lambda *, on_progress=None, workers=None: Corpus("mine")
    monkeypatch.setitem(sys.modules, "corpus_of_mine", module)
    monkeypatch.setattr(registry, "_entry_points", lambda kind: {"mine": "corpus_of_mine"})
    assert len(corpora.load("mine")) == 0
    assert [piece.id for piece in corpora.load("./mine")] == ["tune"]
