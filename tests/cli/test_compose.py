"""`componium compose`: how a request reaches `compose` and takes reach the disk. `compose` here is a stand-in."""

import json
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from componium import formats
from componium.cli import _io, _learning, compose, program
from componium.music.score import Meter, Score, Track, notes
from componium.music.transform import slice_bars
from componium.progress import Progress

runner = CliRunner()
FIRST = {"style": "slip jig", "form": "AABB", "bars": 32, "qpm": 170.0, "tries": 3}
SCORE = Score((Track(notes([(0, 480, 60, 80)])),))


class Take:
    """As much of a Take as the command uses."""

    score, method, weights, version = SCORE, "transformer", "abc", "0.1.0"
    originality = None

    def __init__(self, seed, asked, number=1):
        self.number, self.seed, self.asked = number, seed, asked
        self.measured = {"style": "fiddle", "key": "G major", "meter": "6/8"}

    def write(self, path, *, expression):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".mid":
            formats.write(self.score, path)
        else:
            path.write_text(path.suffix)

    def to_json(self):
        return {"seed": self.seed, "asked": self.asked}

    def __str__(self):
        return f"take {self.number} with its measures"


@pytest.fixture
def requests(monkeypatch):
    """Puts a composer in place that keeps what it is asked for."""
    calls = []

    def composer(*, on_bar, on_take, on_progress, n, seed, **request):
        if request["corpus"]:
            on_progress(Progress("reading it", 1, 2))
            on_progress(Progress("learning", 3, 4, "well"))
        calls.append({"n": n, "seed": seed, **request})
        takes = [Take(7 if seed is None else seed, request, number) for number in range(1, n + 1)]
        for take in takes if on_take else ():
            on_take(take)
            if request["key"] == "stopped":
                raise KeyboardInterrupt
        return takes

    monkeypatch.setitem(sys.modules, "componium.composing.compose", SimpleNamespace(compose=composer))
    monkeypatch.setitem(sys.modules, "componium.composing.first", SimpleNamespace(first_pieces=pieces))
    return calls


def pieces(n, seed):
    """Stand-in for `first_pieces`."""
    yield from ({**FIRST, "seed": (seed or 7) + at} for at in range(n))


def test_where_nothing_is_asked_for_whole_pieces_are(requests, tmp_path):
    result = runner.invoke(program, ["compose", "-n", "2", "--seed", "3", "--endings", "4", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    assert [{name: each[name] for name in (*FIRST, "seed", "n", "endings")} for each in requests] == [
        {**FIRST, "seed": seed, "n": 1, "endings": 4} for seed in (3, 4)]
    command = result.stderr.splitlines()[1]
    assert command == "componium compose --style 'slip jig' --form AABB --bars 32 --qpm 170 --tries 3 --seed 3"
    told = json.loads(runner.invoke(program, ["compose", "-n", "2", "--json", "-o", str(tmp_path)]).stdout)
    names = [Path(each["files"][0]).name for each in told]
    assert names == ["slip_jig-G_major-6-8-seed7-1.mid", "slip_jig-G_major-6-8-seed8-1.mid"]
    runner.invoke(program, ["compose", "--tries", "1", "-o", str(tmp_path)])
    assert requests[-1]["tries"] == 1 and requests[-1]["style"] == "slip jig"


def test_where_something_is_asked_for_the_rest_is_auto(requests, tmp_path):
    result = runner.invoke(program, ["compose", "--style", "jig", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    assert requests == [{
        "style": "jig", "key": "auto", "meter": "auto", "qpm": "auto", "bars": "auto", "form": "auto",
        "upbeat": "auto", "instruments": "auto", "ending": "auto", "energy": "auto", "duration": None, "chords": None,
        "prompt": None,
        "params": None, "n": 1, "seed": None, "temperature": 1.0, "top_p": 0.98, "accompany": True, "endings": 8,
        "tries": 1, "critics": None, "method": None, "corpus": None, "constraints": {},
    }]  # fmt: skip


def test_an_output_with_the_suffix_of_a_format_is_one_file(requests, tmp_path):
    for name in ("tune.mid", "Tune.JSON"):
        target = tmp_path / name
        result = runner.invoke(program, ["compose", "--style", "jig", "-o", str(target)])
        assert (result.exit_code, result.stdout) == (0, f"{target}\n") and target.is_file()
    (tmp_path / "old.mid").mkdir()
    for folder in ("old.mid", "new.mid/", "v1.2"):
        runner.invoke(program, ["compose", "--style", "jig", "-o", f"{tmp_path}/{folder}", "--formats", "json"])
        assert [path.suffix for path in (tmp_path / folder).iterdir()] == [".json"]
    for options in (["-n", "2"], ["--formats", "mid,wav"]):
        result = runner.invoke(program, ["compose", "-o", str(tmp_path / "other.mid"), *options])
        assert result.exit_code == 2 and f"no {options[0]}" in result.stderr
    assert runner.invoke(program, ["compose", "-o", str(tmp_path / "x.mid"), "--formats", "mid"]).exit_code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["Tune.JSON", "new.mid", "old.mid", "tune.mid", "v1.2", "x.mid"]


@pytest.mark.parametrize(("columns", "lines"), [("80", [2, 2, 1]), ("120", [4, 1])])
def test_the_tune_is_printed_bar_by_bar_with_its_pickup_as_bar_0(capsys, monkeypatch, columns, lines):
    monkeypatch.setenv("COLUMNS", columns)
    score = Score((Track(notes([(0, 480, 62), *((480 + 1920 * bar, 960, 67) for bar in range(5))])),),
                  meters=(Meter(0, 1, 4), Meter(480, 4, 4)))
    for pickup in (1, 0):
        draw = compose._melody_drawer(lambda: None)
        for bar, at in enumerate(range(1 - pickup, 6)):
            draw(0, bar, slice_bars(score, at, at + 1))
        printed = capsys.readouterr().err.splitlines()
        assert printed[:pickup] == ["   0  D4 |"][:pickup]
        assert [line.count("G4 |") for line in printed[pickup:]] == lines and printed[pickup].startswith("   1  G4 |")


def test_controls_are_handed_on(requests, tmp_path):
    runner.invoke(program, [
        "compose", "--style", "chorales", "--key", "D minor", "--meter", "3/4", "--qpm", "90", "--bars", "8",
        "--instruments", "violin, cello", "--ending", "open", "--seed", "3", "--temperature", "0.9",
        "--top-p", "0.5", "-n", "2", "--method", "runs/mine", "-o", str(tmp_path),
        "--without", "parallels", "--without", "pace", "--energy", "0.7", "--set", "cell=rnn", "--set", "order=3",
    ])  # fmt: skip
    assert requests == [{
        "style": "chorales", "key": "D minor", "meter": "3/4", "qpm": 90.0, "bars": 8, "form": "auto", "upbeat": "auto",
        "instruments": "violin, cello", "ending": "open", "n": 2, "seed": 3,
        "energy": 0.7, "duration": None, "chords": None, "prompt": None, "params": {"cell": "rnn", "order": 3},
        "temperature": 0.9, "top_p": 0.5, "accompany": True, "endings": 8, "tries": 1, "critics": None,
        "method": "runs/mine", "corpus": None, "constraints": {"parallels": False, "pace": False},
    }]  # fmt: skip


def test_a_prompt_is_read_and_a_duration_takes_the_place_of_bars(requests, tmp_path):
    formats.write(SCORE, tmp_path / "begun.abc")
    arguments = ["compose", "--prompt", str(tmp_path / "begun.abc"), "--duration", "1:30", "-o", str(tmp_path)]
    assert runner.invoke(program, arguments).exit_code == 0
    assert requests[0]["prompt"].n_notes == 1 and requests[0]["duration"] == "1:30"
    assert runner.invoke(program, [*arguments, "--bars", "16"]).exit_code == 2
    assert "begun.mid" in runner.invoke(program, ["compose", "--prompt", str(tmp_path / "begun.mid")]).stderr
    assert runner.invoke(program, ["compose", "--set", "order"]).exit_code == 2


@pytest.mark.parametrize(("text", "table"), [
    ("cell=rnn", {"cell": "rnn"}), ('cell="rnn"', {"cell": "rnn"}), ("order=3", {"order": 3}),
    ("training.steps=500", {"training": {"steps": 500}}), ("smear=false", {"smear": False}),
    ("start=runs/mine", {"start": "runs/mine"}), ("start=/tmp/a-b.c", {"start": "/tmp/a-b.c"}),
    ("sizes=[1, 2]", {"sizes": [1, 2]}), ("cell = music-transformer", {"cell": "music-transformer"}),
])  # fmt: skip
def test_a_parameter_needs_no_quotes(text, table):
    assert _learning.parsed(text) == table


@pytest.mark.parametrize("text", ["order", "order=", "=3", 'cell="rnn', "sizes=[1", "a=b c"])
def test_what_is_no_parameter_is_refused(text):
    with pytest.raises(click.UsageError, match="NAME=VALUE"):
        _learning.parsed(text)


def test_files_are_named_after_what_was_asked_and_listed_on_stdout(requests, tmp_path):
    arguments = ["compose", "--style", "chorales", "--key", "D minor", "--meter", "3/4", "--seed", "3", "-n", "2"]
    result = runner.invoke(program, [*arguments, "-o", str(tmp_path), "--formats", "mid,json"])
    stems = ["chorales-D_minor-3-4-seed3-1", "chorales-D_minor-3-4-seed3-2"]
    names = [f"{stem}.{suffix}" for stem in stems for suffix in ("mid", "json")]
    assert result.stdout.splitlines() == [str(tmp_path / name) for name in names]
    assert "take 1 with its measures\n" in result.stderr and "take 2 with its measures\n" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_takes_that_are_done_stay_when_the_rest_is_stopped(requests, tmp_path):
    result = runner.invoke(program, ["compose", "--key", "stopped", "-n", "3", "-o", str(tmp_path), "--formats", "mid"])
    assert result.exit_code == 130
    assert result.stdout == f"{tmp_path / 'fiddle-stopped-6-8-seed7-1.mid'}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["fiddle-stopped-6-8-seed7-1.mid"]


def test_what_was_not_asked_is_named_as_measured(requests):
    assert compose.name_of(Take(7, {"style": "auto"})) == "fiddle-G_major-6-8-seed7-1"


def test_a_name_stays_in_its_folder(requests):
    take = Take(7, {"style": "../../etc", "key": "F# minor"})
    assert compose.name_of(take) == "etc-F#_minor-6-8-seed7-1"


def test_stdout_takes_one_midi(requests):
    result = runner.invoke(program, ["compose", "-o", "-"])
    assert formats.find_reader(".mid").loads(result.stdout_bytes).n_notes == 1
    assert runner.invoke(program, ["compose", "-o", "-", "-n", "2"]).exit_code == 2
    assert runner.invoke(program, ["compose", "-o", "-", "--json"]).exit_code == 2


def test_json_tells_the_takes_and_their_files(requests, tmp_path):
    result = runner.invoke(program, ["compose", "-o", str(tmp_path), "--json", "--formats", "mid", "--seed", "1"])
    [take] = json.loads(result.stdout)
    assert take["seed"] == 1
    assert [Path(name).exists() for name in take["files"]] == [True]


def test_reading_and_learning_are_reported_in_turn(requests, tmp_path, monkeypatch):
    monkeypatch.setattr(_io, "LINE_EVERY", 0.0)
    result = runner.invoke(program, ["compose", "--method", "gan", "--corpus", "tunes", "-o", str(tmp_path)])
    assert result.stderr.splitlines()[:-1] == ["reading it: 1 of 2", "learning: 3 of 4, well"]


def test_a_bar_ends_where_the_next_begins(monkeypatch):
    events = []

    @contextmanager
    def bar(stage):
        yield events.append
        events.append(f"{stage} ends")

    monkeypatch.setattr(_io, "progress_bar", bar)
    reports = [Progress("reading", 1, 2), Progress("reading", 2, 2), Progress("learning", 1, 9, "so far"),
               Progress("reading", 1, 3)]
    with ExitStack() as bars:
        report = _io.reporter(bars)
        for progress in reports:
            report(progress)
    assert events == [*reports[:2], "reading ends", reports[2], "learning ends", reports[3], "reading ends"]


def test_quiet_says_nothing(requests, tmp_path):
    result = runner.invoke(program, ["compose", "-q", "-o", str(tmp_path)])
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("wrong", ["--formats=mp7", "--formats=", "-n0", "--bars=many", "--seed=-1"])
def test_wrong_usage(requests, wrong):
    assert runner.invoke(program, ["compose", wrong]).exit_code == 2
    assert requests == []


def test_its_defaults_are_those_of_the_function() -> None:
    """The command has its defaults written out, since its help must not wait for the modules that have them."""
    from componium.cli.compose import command
    from componium.composing.request import TEMPERATURE, TOP_P

    defaults = {option.name: option.default for option in command.params}
    assert (defaults["temperature"], defaults["top_p"], defaults["bars"]) == (TEMPERATURE, TOP_P, "auto")
