"""First lines of docstrings: short, and beginning as a term or an imperative does."""

import ast
import re
from pathlib import Path

import pytest

import componium

ROOT = Path(componium.__file__).parent
LONGEST = 80
RELATIVE = re.compile(r"(What|How|Which|Whether|Where|Whose|Of|Who|When|Why)\b")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
ROOMS = sorted(path.name for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists())


def first_lines(path: Path) -> list[tuple[int, str]]:
    """Return the first line of every docstring of a file, with the line of what it describes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = [node for node in ast.walk(tree) if isinstance(node, DEFINITIONS) and ast.get_docstring(node)]
    return [(getattr(node, "lineno", 1), (ast.get_docstring(node) or "").partition("\n")[0]) for node in documented]


@pytest.mark.parametrize("room", ROOMS)
def test_first_lines_are_short_and_name_the_thing(room: str) -> None:
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    lines = [(f"{path.relative_to(ROOT)}:{at}", line) for path in files for at, line in first_lines(path)]
    assert [(where, line) for where, line in lines if len(line) > LONGEST or RELATIVE.match(line)] == []


def test_relative_words_and_long_lines_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text('"""What a thing is."""\n\n\ndef function():\n    """Return it."""\n')
    lines = [line for _, line in first_lines(path)]
    assert lines == ["What a thing is.", "Return it."]
    assert [bool(RELATIVE.match(line)) for line in lines] == [True, False]
