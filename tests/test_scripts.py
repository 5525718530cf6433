"""The scripts that a person and CI both call: they parse, quote paths, pin versions only, and say what is missing."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ["compose", "test", "check", "bench", "pin"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are for a POSIX shell")


def sh(*command, **env):
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **env}, cwd="/", timeout=60, check=False
    )


@pytest.fixture
def checkout(tmp_path):
    """A checkout in a folder with a space in its name, with a .venv whose Python only echoes its arguments."""
    root = tmp_path / "my checkout"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root)
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    return root


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_run_and_parses(name):
    assert os.access(ROOT / "scripts" / name, os.X_OK)
    assert sh("sh", "-n", str(ROOT / "scripts" / name)).returncode == 0


def test_ci_calls_the_scripts():
    text = (ROOT / ".ci/run").read_text()
    assert "set -euo pipefail" in text
    assert text.index("scripts/check") < text.index("scripts/test")


def test_compose_sets_up_once_and_hands_its_arguments_on(checkout):
    first = sh(str(checkout / "scripts/compose"), "--key", "D minor", "-n", "2")
    second = sh(str(checkout / "scripts/compose"), "--key", "D minor", "-n", "2")
    handed_on = "-m\ncomponium\ncompose\n--key\nD minor\n-n\n2\n"
    assert first.returncode == second.returncode == 0
    assert first.stdout.endswith(handed_on)
    assert "Setting up" in first.stderr
    assert (second.stdout, second.stderr) == (handed_on, "")


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt", "scripts/_setup"])
def test_a_change_in_what_decides_the_environment_sets_it_up_again(checkout, file):
    sh(str(checkout / "scripts/compose"))
    with open(checkout / file, "a") as opened:
        opened.write("# changed\n")
    assert "Setting up" in sh(str(checkout / "scripts/compose")).stderr


def test_setting_up_talks_to_stderr_only(checkout):
    first = sh(str(checkout / "scripts/compose"), "-o", "-")
    assert first.stdout == "-m\ncomponium\ncompose\n-o\n-\n"


def test_without_a_python_the_one_needed_is_named(tmp_path, checkout):
    shutil.rmtree(checkout / ".venv")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "cat", "cksum", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool))
    (tools / "python3.12").symlink_to("/bin/false")  # a shim with nothing behind it
    result = sh(str(checkout / "scripts/compose"), PATH=str(tools))
    assert (result.returncode, result.stdout) == (1, "")
    assert "error: no Python 3.11" in result.stderr


def test_bench_lists_the_benchmarks_and_knows_no_others(checkout):
    folder = checkout / "benchmarks/reading"
    folder.mkdir(parents=True)
    (folder / "bench.py").write_text("")
    (folder / "README.md").write_text("# How fast are files read?\n\n# Machine\n")
    assert sh(str(checkout / "scripts/bench")).stdout == "reading          How fast are files read?\n"
    assert sh(str(checkout / "scripts/bench"), "writing").returncode == 2
    assert sh(str(checkout / "scripts/bench"), "reading", "--quick").stdout.endswith("reading/bench.py\n--quick\n")


def test_constraints_are_versions_only():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), lines


def test_every_dependency_that_the_scripts_install_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += extras["corpora"] + extras["train"] + extras["sound"]
    pinned = {_name(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert {_name(line) for line in wanted} - pinned == set()


def _name(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")
