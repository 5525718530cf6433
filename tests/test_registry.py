"""The registry: plug-ins by their files, without importing them; names, summaries, errors."""

import ast
import subprocess
import sys
from types import ModuleType

import pytest

from componium import registry
from componium.errors import UnknownNameError
from componium.methods import Method

KINDS = tuple(registry.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_sorted_files_and_none_starts_with_an_underscore(kind):
    names = registry.names(kind)
    assert list(names) == sorted(set(names))
    assert not any(name.startswith("_") for name in names)


def test_listing_names_and_summaries_imports_nothing():
    code = (
        "import sys; from componium import registry\n"
        f"for kind in {KINDS}:\n    for name in registry.names(kind): registry.summary(kind, name)\n"
        "folders = tuple(f'componium.{kind.package}.' for kind in registry.KINDS.values())\n"
        "print([module for module in sys.modules if module.startswith(folders)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_summary_is_a_literal_or_the_first_line_of_the_docstring(tmp_path, monkeypatch):
    assert registry.summary("methods", "markov") == registry.load("methods", "markov").__doc__.partition("\n")[0]
    (tmp_path / "waltz.py").write_text('"""Dance.\n\nIn three."""\nSUMMARY = "Waltz."\n')
    sources = {"waltz": registry.Source(str(tmp_path / "waltz.py"), "waltz")}
    monkeypatch.setattr(registry, "_own", lambda kind: sources)
    assert registry.summary("commands", "waltz") == "Waltz."


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_of_the_text_finds_what_parsing_does(kind):
    for source in registry._own(kind).values():
        assert source.doc.strip() == (ast.get_docstring(ast.parse(source.text)) or "").strip()
        for name in ("command", "SUFFIXES", "load", "dumps", "loads", "write", "SUMMARY"):
            assert source.defines(name) == (name in source.defined), (source.module, name)


def test_an_unknown_name_is_refused_with_the_near_ones():
    with pytest.raises(UnknownNameError, match="did you mean pitch") as error:
        registry.load("metrics", "pich")
    assert "no metric called 'pich'" in str(error.value)


def test_load_returns_the_module():
    module = registry.load("metrics", "pitch")
    assert isinstance(module, ModuleType)
    assert module.__name__ == "componium.metrics.pitch"


def test_a_plug_in_of_the_wrong_class_is_refused():
    with pytest.raises(TypeError, match="expected one Method named events"):
        registry.load_class("codecs", "events", Method)
