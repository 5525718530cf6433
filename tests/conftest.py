"""What all tests share: where the data lies, and quiet, unhurried hypothesis."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("componium", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("componium")

NEEDS = {"train": ("torch", "lightning"), "corpora": ("music21",)}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate-goldens` writes the files of tests/goldens anew; `--mutations N` damages more files."""
    parser.addoption("--regenerate-goldens", action="store_true", help="write tests/goldens anew; look at the diff")
    parser.addoption("--mutations", type=int, default=4_000, help="damaged files a format's reader (default 4000)")


@pytest.fixture
def regenerate_goldens(request: pytest.FixtureRequest) -> bool:
    """Whether the files of tests/goldens are to be written anew."""
    return bool(request.config.getoption("--regenerate-goldens"))


@pytest.fixture
def n_mutations(request: pytest.FixtureRequest) -> int:
    """How many damaged files each reader gets."""
    return int(request.config.getoption("--mutations"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder that COMPONIUM_DATA names; a test that asks for it is skipped, saying so, where there is none."""
    name = os.environ.get("COMPONIUM_DATA", "")
    if not name:
        pytest.skip("COMPONIUM_DATA is not set: it names the folder of test music")
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        pytest.skip(f"COMPONIUM_DATA names {name}, which is no folder")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs a part that isn't installed or a folder that isn't named."""
    for marker, modules in NEEDS.items():
        missing = [module for module in modules if find_spec(module) is None]
        for item in items:
            if missing and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{', '.join(missing)} is not installed"))
    for item in items:
        if item.get_closest_marker("data") and not os.environ.get("COMPONIUM_DATA"):
            item.add_marker(pytest.mark.skip(reason="COMPONIUM_DATA is not set: it names the folder of test music"))
