"""The program as a whole: what it prints where, its exit codes, and what it leaves unimported."""

import json
import os
import re
import signal
import subprocess
import sys
import warnings
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

import componium.cli
from componium import registry
from componium.cli import ORDER, program
from componium.errors import FormatError, MissingExtraError, RepairWarning

runner = CliRunner()
COMMANDS = registry.names("commands")


def run(*args, stdin=None, **env):
    """The program in a process of its own."""
    command = [sys.executable, "-m", "componium", *args]
    return subprocess.run(command, input=stdin, capture_output=True, env={**os.environ, **env}, timeout=60, check=False)


@pytest.fixture
def raising(monkeypatch):
    """Makes `componium show X` raise what it is given."""

    def arrange(error):
        @click.command()
        @click.argument("source")
        def command(source):
            if isinstance(error, Warning):
                warnings.warn(error, stacklevel=1)
            else:
                raise error

        monkeypatch.setattr("componium.cli.show.command", command)

    return arrange


def test_version():
    result = runner.invoke(program, ["--version"], prog_name="componium")
    assert (result.exit_code, result.stdout) == (0, f"componium {componium.__version__}\n")


def test_help_names_every_command_and_imports_none_of_them():
    code = (
        "import sys; from componium.cli import program\n"
        "try: program(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'numpy', 'torch', 'music21', 'matplotlib', 'symusic', 'rich'} & set(sys.modules)\n"
        "commands = [name for name in sys.modules if name.startswith('componium.cli.')]\n"
        "assert not heavy and not commands, (heavy, commands)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert all(f"  {name} " in result.stdout for name in COMMANDS)
    assert "Compose new music: MIDI, sound, picture." in result.stdout


def test_a_command_of_another_package_is_listed_and_runs(monkeypatch):
    @click.command()
    def command():
        click.echo("a valse")

    module = ModuleType("waltz", "Dance.\n\nIn three.")
    module.command = command
    monkeypatch.setitem(sys.modules, "waltz", module)
    monkeypatch.setattr(registry, "_entry_points", lambda kind: {"waltz": "waltz"} if kind == "commands" else {})
    assert re.search(r"^  waltz +Dance\.$", runner.invoke(program, ["--help"]).stdout, re.MULTILINE)
    assert runner.invoke(program, ["waltz"]).stdout == "a valse\n"


def test_the_order_names_commands_that_there_are():
    assert sorted(ORDER) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_own_help(name):
    result = runner.invoke(program, [name, "--help"], prog_name="componium")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: componium {name} ")


def test_a_command_imports_nothing_heavy_before_it_runs():
    code = (
        "import sys; from importlib import import_module; from componium import registry\n"
        "for name in registry.names('commands'): import_module(f'componium.cli.{name}')\n"
        "assert not {'numpy', 'torch', 'music21', 'matplotlib', 'symusic', 'rich'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_an_unknown_command_is_wrong_usage_and_the_near_one_is_named():
    result = runner.invoke(program, ["convrt"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean convert?" in result.stderr


def test_wrong_options_are_wrong_usage():
    assert runner.invoke(program, ["methods", "--frobnicate"]).exit_code == 2


def test_an_error_is_told_on_stderr_with_its_advice_on_a_line_of_its_own(raising):
    raising(FormatError("not MIDI", where="byte 0", expected="MThd", advice="look at it"))
    result = runner.invoke(program, ["show", "x"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: not MIDI, at byte 0; expected MThd\n  look at it\n"


def test_a_missing_extra_names_the_line_that_installs_it(raising):
    raising(MissingExtraError("torch", "train"))
    assert "pip install 'componium[train]'" in runner.invoke(program, ["show", "x"]).stderr


def test_an_error_of_the_system_is_told_without_a_traceback(raising):
    raising(FileNotFoundError(2, "No such file or directory", "x.mid"))
    result = runner.invoke(program, ["show", "x"])
    assert (result.exit_code, result.stderr) == (1, "error: No such file or directory: x.mid\n")


def test_ctrl_c_exits_with_130(raising):
    raising(KeyboardInterrupt())
    result = runner.invoke(program, ["show", "x"])
    assert (result.exit_code, result.stdout) == (130, "")
    assert "Traceback" not in result.stderr


def test_a_repair_is_a_warning_on_stderr_and_no_failure(raising):
    raising(RepairWarning("no end of track", 12))
    result = runner.invoke(program, ["show", "x"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "warning: byte 12: no end of track\n")


def test_warnings_are_handled_as_before_when_the_program_is_done(raising):
    raising(RepairWarning("mended"))
    runner.invoke(program, ["show", "x"])
    with pytest.raises(RepairWarning):
        warnings.warn(RepairWarning("mended"), stacklevel=1)


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_command_that_waits(number, code):
    waiting = (
        "import signal, sys; from componium.cli import _io, main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background is born ignoring it
        "_io.read_score = lambda *_, **__: (print('here', flush=True), sys.stdin.read())\n"
        "sys.argv = ['componium', 'convert', '-', '-', '--from', 'mid', '--to', 'mid']; main()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", waiting], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout.readline() == b"here\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, b"")
    assert b"Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="closes a pipe")
def test_a_reader_that_goes_away_gets_no_traceback():
    command = [sys.executable, "-m", "componium", "methods", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=30)
    assert err == b""


NO_STDIN = "error: it is closed, at stdin; expected a file or a program that is sent to it\n"
NO_STDOUT = "error: stdout is closed\n  send it to a file or a program, or to /dev/null\n"


@pytest.mark.skipif(os.name != "posix", reason="closes descriptors in a shell")
@pytest.mark.parametrize(("arguments", "error"), [
    ("convert - out.mid --from mid <&-", NO_STDIN), ("transcribe - out.mid <&-", NO_STDIN),
    ("methods >&-", NO_STDOUT), ("train nowhere -o model >&-", NO_STDOUT),
    ("show nowhere.mid 2>&-", ""),
])  # fmt: skip
def test_a_closed_stream_is_an_error_not_a_traceback(tmp_path, arguments, error):
    shell = ["sh", "-c", f'exec "$0" -m componium {arguments}', sys.executable]
    result = subprocess.run(shell, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", error)
    assert list(tmp_path.iterdir()) == []


def test_python_dash_m_is_the_program():
    result = run("--version")
    assert result.stdout.decode() == f"componium {componium.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_calls_back(shell):
    result = runner.invoke(program, ["completion", shell])
    assert result.exit_code == 0
    assert "_COMPONIUM_COMPLETE" in result.stdout


def test_completion_completes_commands():
    result = run(COMP_WORDS="componium co", COMP_CWORD="1", _COMPONIUM_COMPLETE="bash_complete")
    words = [line.partition(",")[2] for line in result.stdout.decode().splitlines()]
    assert words == ["compose", "convert", "compare", "corpora", "completion"]


@pytest.mark.parametrize("name", ["methods", "corpora", "models", "doctor"])
def test_reports_are_also_json(name):
    result = runner.invoke(program, [name, "--json"])
    assert result.exit_code == 0, result.stderr
    json.loads(result.stdout)
    assert result.stderr == ""


@pytest.mark.parametrize("name", ["methods", "corpora"])
def test_what_the_registry_finds_is_listed_with_a_summary(name):
    from componium import registry

    rows = json.loads(runner.invoke(program, [name, "--json"]).stdout)
    assert [row["name"] for row in rows] == list(registry.names(name))
    assert all(row["summary"] for row in rows)
