import subprocess
import sys
from importlib import import_module

import pytest

import componium

HEAVY = ("torch", "lightning", "matplotlib", "music21", "soundfile", "rich", "click", "symusic", "numpy")


def test_dir_is_the_public_list_in_order():
    assert dir(componium) == list(componium.__all__) == sorted(set(componium.__all__))


@pytest.mark.parametrize("name", componium.__all__)
def test_every_public_name_is_there(name):
    assert getattr(componium, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = componium.nothing


def heavy_after(statement):
    code = f"{statement}\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_componium_imports_nothing_heavy():
    assert heavy_after("import componium") == set()


def test_reading_and_composing_import_no_torch():
    names = [name for name in ("componium.formats", "componium.metrics", "componium.composing.compose") if found(name)]
    loaded = heavy_after("\n".join(f"import {name}" for name in names))
    assert not loaded & {"torch", "lightning", "music21", "matplotlib"}


def found(name):
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return False
    return True
