import subprocess
import sys
from types import ModuleType

import pytest

from componium import registry
from componium.errors import UnknownNameError

KINDS = ("methods", "codecs", "corpora", "formats", "metrics")


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_sorted_files_and_none_starts_with_an_underscore(kind):
    names = registry.names(kind)
    assert list(names) == sorted(set(names))
    assert not any(name.startswith("_") for name in names)


def test_listing_names_imports_nothing():
    code = (
        "import sys; from componium import registry\n"
        f"for kind in {KINDS}: registry.names(kind)\n"
        f"print([m for m in sys.modules if m.startswith(tuple('componium.' + k + '.' for k in {KINDS}))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_refused_with_the_near_ones():
    with pytest.raises(UnknownNameError, match="did you mean pitch") as caught:
        registry.load("metrics", "pich")
    assert "no metric called 'pich'" in str(caught.value)


def test_load_gives_the_module():
    module = registry.load("metrics", "pitch")
    assert isinstance(module, ModuleType)
    assert module.__name__ == "componium.metrics.pitch"


def test_load_class_wants_exactly_one():
    with pytest.raises(TypeError, match="expected one module named pitch"):
        registry.load_class("metrics", "pitch", ModuleType)
