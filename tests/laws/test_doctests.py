"""Every example in a docstring of src/componium runs."""

import doctest
import importlib
from pathlib import Path

import pytest

import componium

ROOT = Path(componium.__file__).parent
# Parts that only an extra installs: a module that needs one that isn't there is skipped, by name.
OPTIONAL = {
    "torch", "lightning", "music21", "pooch", "soundfile", "pretty_midi", "tinysoundfont", "verovio", "cairosvg",
    "ortools", "onnxruntime", "IPython",
}
MODULES = sorted(
    ".".join(("componium", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def imported(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = imported(name)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    report: list[str] = []
    for test in finder.find(module, name):
        runner.run(test, out=report.append)
    assert runner.tries > 0
    assert not runner.failures, "".join(report)
