"""Finds plug-ins by their file's name: adding one file to a folder of like things adds the thing.

A folder of like things is a subpackage: methods, codecs, corpora, formats, metrics. Files whose names start with `_`
are their neighbours' shared parts, not plug-ins. Listing names imports nothing.

>>> "midi" in names("formats")
True
"""

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from componium.errors import UnknownNameError

T = TypeVar("T")


@cache
def names(kind: str) -> tuple[str, ...]:
    """The names of all plug-ins of a kind ("methods", "codecs", "corpora", "formats", "metrics"), sorted."""
    folder = Path(__file__).parent / kind
    found = [module.name for module in pkgutil.iter_modules([str(folder)])]
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(kind: str, name: str) -> ModuleType:
    """The module of one plug-in. Raises UnknownNameError, with the near names, if there is none."""
    if name not in names(kind):
        raise UnknownNameError(_singular(kind), name, names(kind))
    return importlib.import_module(f"componium.{kind}.{name}")


def load_class(kind: str, name: str, base: type[T]) -> type[T]:
    """The one class in the plug-in's file that is a `base`."""
    module = load(kind, name)
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, base) and thing.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define one {base.__name__}, not {len(found)}")
    return found[0]


def _singular(kind: str) -> str:
    return {"corpora": "corpus", "metrics": "metric"}.get(kind, kind.removesuffix("s"))
