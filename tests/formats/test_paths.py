"""Reading and writing by path: which format a name means, and what can't be opened."""

import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from componium import formats, registry
from componium.errors import FormatError, LimitError, UnknownNameError
from componium.formats import midi
from componium.music.score import Score, Track, notes

SCORE = Score((Track(notes([(0, 480, 60, 80), (480, 480, 64, 80)])),), title="Two notes")


@pytest.fixture
def tune(tmp_path):
    path = tmp_path / "two.notes.MID"
    formats.write(SCORE, path)
    return path


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_text_or_a_path_and_its_suffix_of_either_case(tune, kind):
    assert formats.read(kind(tune)) == SCORE
    assert formats.read_all(kind(tune)) == [SCORE]


@pytest.mark.parametrize("name", ["tune", ".mid", "tune.", "folder.mid/tune", "tune.mid.txt"])
def test_a_name_without_a_known_suffix_is_refused(name):
    with pytest.raises(UnknownNameError):
        formats.read(name)


def test_writing_and_reading_midi_imports_no_other_format_and_no_notation(tmp_path):
    code = (
        "import sys, componium\n"
        f"path = {str(tmp_path / 'a.mid')!r}\n"
        "componium.write(componium.Score(), path); componium.read(path)\n"
        "print(*sorted(name for name in sys.modules if name.startswith('componium.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in done.stdout.split()}
    assert rooms == {"_files", "errors", "formats", "music", "registry", "version"}
    assert {name.split(".")[2] for name in done.stdout.split() if name.startswith("componium.formats.")} == {
        "_patching", "losses", "midi"
    }


def test_options_are_refused_where_a_format_has_none(tmp_path):
    with pytest.raises(FormatError, match=r"options synth for the suffix '\.mid'"):
        formats.write(SCORE, tmp_path / "a.mid", synth="additive")


@pytest.mark.parametrize("name", ["tune.mdi", "tune.midd"])
def test_an_unknown_suffix_is_refused_with_the_near_ones(name):
    for refused in (lambda: formats.read(name), lambda: formats.write(SCORE, name)):
        with pytest.raises(UnknownNameError, match=r"did you mean .*\.mid"):
            refused()


@pytest.fixture
def added(monkeypatch):
    """A format and a writer of another package, found by their entry points."""
    rows = ModuleType("a_format")
    rows.SUFFIXES, rows.loads = (".rows",), lambda data, *, strict=False: Score(title=data.decode())
    rows.dumps = lambda score: score.title.encode()
    picture = ModuleType("a_writer")
    picture.SUFFIXES = (".rows", ".tiff")
    picture.write = lambda score, path, *, scale=1: Path(path).write_text(f"{score.title} x {scale}")
    points = {"formats": {"rows": "a_format"}, "writers": {"picture": "a_writer"}}
    for module in (rows, picture):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "_entry_points", lambda kind: points.get(kind, {}))
    registry._added_suffixes.cache_clear()
    yield
    registry._added_suffixes.cache_clear()


@pytest.mark.usefixtures("added")
def test_formats_and_writers_of_other_packages_are_found_by_suffix_formats_first(tmp_path):
    formats.write(SCORE, tmp_path / "a.rows")
    assert formats.read(tmp_path / "a.rows").title == "Two notes"
    formats.write(SCORE, tmp_path / "a.tiff", scale=2)
    assert (tmp_path / "a.tiff").read_text() == "Two notes x 2"
    assert ".tiff" in formats.writable_suffixes()
    with pytest.raises(UnknownNameError, match=r"format to read called '\.tiff'"):
        formats.read(tmp_path / "a.tiff")


def test_a_dash_with_a_suffix_is_the_standard_input(tune, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(tune.read_bytes())))
    assert formats.read("-.mid") == SCORE


def test_a_file_of_that_name_elsewhere_is_not(tmp_path):
    (tmp_path / "-.mid").write_bytes(midi.dumps(SCORE))
    assert formats.read(tmp_path / "-.mid") == SCORE


def test_a_file_of_more_than_one_piece_of_a_read_is_read_whole(tmp_path):
    long = Score((Track(notes((480 * at, 480, 60 + at % 12, 80) for at in range(30_000))),))
    formats.write(long, tmp_path / "long.mid")
    assert formats.read(tmp_path / "long.mid") == long


def test_a_file_too_large_is_refused_by_name(tune, monkeypatch):
    monkeypatch.setattr(formats, "MAX_BYTES", 10)
    with pytest.raises(LimitError, match=r"too large, at .*two\.notes\.MID"):
        formats.read(tune)


def test_an_error_of_a_broken_file_names_it(tmp_path):
    (tmp_path / "page.mid").write_text("<html>")
    with pytest.raises(FormatError, match=r"page\.mid, byte 0"):
        formats.read(tmp_path / "page.mid")


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir])
def test_what_cannot_be_opened_raises_os_error_with_its_name(tmp_path, make):
    make(tmp_path / "x.mid")
    with pytest.raises(OSError, match=r"x\.mid"):
        formats.read(tmp_path / "x.mid")
