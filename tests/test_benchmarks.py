"""Every benchmark has its three files, says what it measures and on what, and its program can be started."""

import csv
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "benchmarks"
FOLDERS = sorted(path.parent for path in ROOT.glob("*/bench.py"))
PEERS = {"reading": ("mido", "music21", "pretty_midi"), "robustness": ("music21",)}  # imported by the program at once

each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def load(path):
    """A program as a module, as `python path` would find its neighbours, without running it."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{path.parent.name}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def report():
    return load(ROOT / "_report.py")


def test_the_benchmarks_are_found():
    assert {"first_music", "generation", "tokens"} <= {folder.name for folder in FOLDERS}


@each
def test_the_three_files_are_there(folder):
    assert [name for name in ("bench.py", "README.md", "results.csv") if not (folder / name).is_file()] == []


@each
def test_the_program_has_a_help(folder):
    missing = [name for name in PEERS.get(folder.name, ()) if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    command = [sys.executable, str(folder / "bench.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: bench.py")


@each
def test_the_readme_asks_a_question_and_names_command_hardware_and_versions(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    title, *_ = text.splitlines()
    assert title.startswith("# ")
    assert title.endswith("?")
    assert f"scripts/bench {folder.name}" in text
    assert re.search("cores|processor", text)
    assert re.search(r"versions|Python 3\.\d+", text)


@each
def test_the_results_are_a_table(folder):
    with open(folder / "results.csv", newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert len(set(head)) == len(head)
    assert {len(row) for row in rows} <= {len(head)}


@each
def test_a_readme_that_shows_results_shows_those_of_the_table(folder, report):
    if "_report.publish(" not in (folder / "bench.py").read_text(encoding="utf-8"):
        pytest.skip("its README's table isn't that of results.csv")
    text = (folder / "README.md").read_text(encoding="utf-8")
    shown = text.partition(report.BEGIN)[2].partition(report.END)[0]
    with open(folder / "results.csv", newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    assert (report.markdown(table[0], table[1:]) if table[1:] else "Not yet run.") in shown


def test_the_tables_of_methods_are_those_of_their_results(report, monkeypatch):
    """The project's README and the benchmark's, both made by benchmarks/compare."""
    monkeypatch.syspath_prepend(str(ROOT))
    bench = load(ROOT / "compare/bench.py")
    rows, settings = bench.kept()
    shown = (ROOT.parent / "README.md").read_text(encoding="utf-8").split(bench.BEGIN)[1].split(bench.END)[0]
    assert shown.strip() == bench.readme_table(bench.in_order(rows))
    text = (ROOT / "compare/README.md").read_text(encoding="utf-8")
    shown = text.partition(report.BEGIN)[2].partition(report.END)[0]
    assert shown.strip() == bench.tables_text(bench.in_order(rows), settings)


def test_every_method_has_a_line_in_the_readme(monkeypatch):
    from componium import registry

    monkeypatch.syspath_prepend(str(ROOT))
    bench = load(ROOT / "compare/bench.py")
    assert {page for _, page, _ in bench.LINES} == set(registry.names("methods"))
    assert set(bench.all_entries()) == {name for name, _, _ in bench.LINES}


def test_a_report_goes_to_both_files_and_only_between_the_marks(report, tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    report.publish(tmp_path, [{"what": "a", "s": 1.5}, {"what": "b", "s": 2}], ["numpy"], notes=["One thread."])
    text = readme.read_text(encoding="utf-8")
    assert (tmp_path / "results.csv").read_text() == "what,s\na,1.5\nb,2\n"
    assert text.startswith(f"before\n{report.BEGIN}\n| what |   s |\n")
    assert "| a    | 1.5 |\n| b    |   2 |\n" in text
    assert text.endswith(f"One thread.\n{report.END}\nafter\n")
    assert "old" not in text
    assert "| a    | 1.5 |" in capsys.readouterr().out


def test_a_report_only_printed_touches_nothing(report, tmp_path, capsys):
    report.publish(tmp_path, [{"what": "a", "s": 1}], [], only_print=True)
    assert "| what |" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_readme_without_marks_is_refused(report, tmp_path):
    (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError):
        report.fill(tmp_path / "README.md", "x")


def test_downloads_are_read_from_the_log_of_pip(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT))
    module = load(ROOT / "first_music/bench.py")
    log = "t   Downloading https://x/a-1.whl (16.9 MB)\nt Downloading b.whl (2.5 kB)\nt Collecting c (1 MB)\n"
    wheel = tmp_path / "d-1.whl"
    wheel.write_bytes(bytes(2000))
    assert module.downloads(f"{log}t Processing {wheel}\nt Processing {tmp_path}\n") == [16.9, 0.0025, 0.002]


def test_notes_are_counted_by_onset_pitch_and_duration_in_quarters(monkeypatch):
    import numpy as np

    monkeypatch.syspath_prepend(str(ROOT))
    module = load(ROOT / "tokens/bench.py")
    columns = {"onset": np.array([0, 0, 12]), "pitch": np.array([60, 60, 62]), "duration": np.array([24, 12, 12])}
    doubled = {"onset": np.array([0, 0, 24]), "pitch": np.array([60, 60, 62]), "duration": np.array([48, 48, 24])}
    short, long = module.counted([columns], 24)
    short_too, long_too = module.counted([doubled], 48)
    assert short == short_too
    assert (short.total(), (long & long_too).total()) == (3, 2)
