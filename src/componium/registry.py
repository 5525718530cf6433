"""Plug-ins found by their file's name: adding one file to a folder adds the thing.

A folder of like things is a subpackage. A file in it (or a package) is a plug-in if it defines what its folder holds:
a class of its own name, derived from another, for methods, codecs and constraints (`frame_transformer.py` has
`FrameTransformer`), `SUFFIXES`, a literal tuple, for formats and writers, `load` for corpora, `command` for commands, a
function of its own name for verbs and performance rules, any function for metrics. Any other file there is passed
over, and so is one whose name starts with `_`. Finding out reads the files and imports none.

Other packages add theirs by entry points, in the group `componium.methods` (or `.codecs`, `.formats`, ...), each named
as the thing and pointing at its module. A name of our own comes before an entry point of that name.

>>> "midi" in names("formats")
True
"""

# ruff: noqa: PTH113, PTH118, PTH120, PTH208 - importing pathlib takes 10 ms of the 100 of `componium --help`

import ast
import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Callable
from functools import cache, cached_property
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from componium.errors import PluginError, UnknownNameError

T = TypeVar("T")


class Kind(NamedTuple):
    """A folder of like things: its package, a word for one of them, what each defines."""

    package: str
    singular: str
    marker: str  # a name; or "class", "function" for one called as the file is; or "functions" for any


KINDS = {
    "methods": Kind("methods", "method", "class"),
    "codecs": Kind("codecs", "codec", "class"),
    "constraints": Kind("decoding.constraints", "constraint", "class"),
    "formats": Kind("formats", "format", "SUFFIXES"),
    "views": Kind("render", "view", "score_to_html"),
    "writers": Kind("render", "writer", "SUFFIXES"),
    "rules": Kind("performance.rules", "performance rule", "function"),
    "corpora": Kind("corpora", "corpus", "load"),
    "metrics": Kind("metrics", "metric", "functions"),
    "verbs": Kind("composing", "verb", "function"),
    "commands": Kind("cli", "command", "command"),
}


class Source:
    """The file of a plug-in, read but not imported.

    It is parsed only for what a search of its text does not answer.
    """

    def __init__(self, path: str, module: str) -> None:
        self.module = module
        with open(path, encoding="utf-8") as file:
            self.text = file.read()

    def defines(self, name: str) -> bool:
        """Return whether the file defines or imports a name."""
        return bool(re.search(rf"^(def {name}\b|class {name}\b|{name}\s*[:=])", self.text, re.M)) or (
            name in self.text and name in self.defined)

    @cached_property
    def doc(self) -> str:
        """The docstring."""
        plain = re.match(r'\s*"""([^"\\]*)"""', self.text)  # without escapes in it
        return plain[1] if plain else ast.get_docstring(self._tree) or ""

    @property
    def defined(self) -> frozenset[str]:
        """The names that the file defines or imports; only classes derived from others."""
        return self._contents[0]

    @property
    def constants(self) -> dict[str, Any]:
        """The constants by name; () for one that isn't a literal."""
        return self._contents[1]

    @property
    def n_functions(self) -> int:
        """The number of public functions."""
        return self._contents[2]

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def _contents(self) -> tuple[frozenset[str], dict[str, Any], int]:
        return _contents(self._tree)


def names(kind: str) -> tuple[str, ...]:
    """Return the names of all plug-ins of a kind (a key of KINDS), sorted."""
    return tuple(sorted({*_own(kind), *_entry_points(kind)}))


def load(kind: str, name: str) -> ModuleType:
    """Return the module of a plug-in. Raises UnknownNameError if there is none."""
    if name in _own(kind):
        return importlib.import_module(_own(kind)[name].module)
    if name in _entry_points(kind):
        return importlib.import_module(_entry_points(kind)[name])
    raise UnknownNameError(KINDS[kind].singular, name, names(kind))


def load_class(kind: str, name: str, base: type[T]) -> type[T]:
    """Return the class of a plug-in.

    Raises UnknownNameError if there is none, PluginError if it isn't a `base`.
    """
    module = load(kind, name)
    found = [thing for key, thing in vars(module).items() if isinstance(thing, type) and _is_named(key, name)]
    if len(found) != 1 or not issubclass(found[0], base):
        what = f"{module.__name__} as a {KINDS[kind].singular}"
        raise PluginError(what, expected=f"one {base.__name__} named {name}")
    return found[0]


def load_function(kind: str, name: str) -> Callable[..., Any]:
    """Return the function of a plug-in that is named as its file.

    Raises UnknownNameError if there is no such plug-in.
    """
    function: Callable[..., Any] = getattr(load(kind, name), name)
    return function


def summary(kind: str, name: str) -> str:
    """Return the SUMMARY of a plug-in, else the first line of its docstring.

    Plug-ins of our own are not imported for it.
    """
    own = _own(kind).get(name)
    if own:
        stated = own.constants["SUMMARY"] if own.defines("SUMMARY") else own.doc
        return str(stated).strip().partition("\n")[0]
    module = load(kind, name)
    return getattr(module, "SUMMARY", "") or (module.__doc__ or "").strip().partition("\n")[0]


def name_of(kind: str, module: str) -> str:
    """Return the name of the plug-in that a module is or belongs to.

    It is the last part of the module's name if that is no plug-in.
    """
    for name, own in {**_entry_points(kind), **{name: each.module for name, each in _own(kind).items()}}.items():
        if module == own or module.startswith(f"{own}."):
            return name
    return module.rpartition(".")[2]


def with_suffix(suffix: str, *kinds: str, defines: str = "SUFFIXES") -> ModuleType | None:
    """Return the first plug-in of some kinds for a suffix (".mid"), or None.

    No other plug-in of our own is imported.
    With `defines`, only plug-ins that define that name count: `"dumps"` passes over formats that are only read.
    """
    for kind in kinds:
        module = _own_suffixes(kind, defines).get(suffix) or _added_suffixes(kind, defines).get(suffix)
        if module:
            return importlib.import_module(module)
    return None


def suffixes(kind: str, defines: str = "SUFFIXES") -> tuple[str, ...]:
    """Return the suffixes of all plug-ins of a kind that define a name.

    Plug-ins of our own are not imported for it.
    """
    return tuple(dict.fromkeys((*_own_suffixes(kind, defines), *_added_suffixes(kind, defines))))


def refresh() -> None:
    """Forget all plug-ins found, so that those installed since are found too."""
    for known in (_own, _entry_points, _own_suffixes, _added_suffixes):
        known.cache_clear()


@cache
def _own_suffixes(kind: str, defines: str) -> dict[str, str]:
    """Map each suffix to our own plug-in that has it, by what their files state."""
    sources = [source for source in _own(kind).values() if defines in source.defined]
    return {suffix: source.module for source in sources for suffix in source.constants.get("SUFFIXES", ())}


@cache
def _added_suffixes(kind: str, defines: str) -> dict[str, str]:
    """Map each suffix to the module of another package; imports those modules."""
    modules = [importlib.import_module(module) for module in _entry_points(kind).values()]
    return {suffix: module.__name__ for module in modules if hasattr(module, defines) for suffix in module.SUFFIXES}


@cache
def _own(kind: str) -> dict[str, Source]:
    """Return our own plug-ins of a kind by name."""
    package = KINDS[kind].package
    folder = os.path.join(os.path.dirname(__file__), *package.split("."))
    found = {}
    for entry in pkgutil.iter_modules([folder]):
        if not entry.name.startswith("_"):
            file = os.path.join(entry.name, "__init__.py") if entry.ispkg else f"{entry.name}.py"
            source = Source(os.path.join(folder, file), f"componium.{package}.{entry.name}")
            if _is_plugin(KINDS[kind].marker, entry.name, source):
                found[entry.name] = source
    return found


@cache
def _entry_points(kind: str) -> dict[str, str]:
    """Return the modules that other packages add, by name."""
    if not _has_entry_points(tuple(sys.path)):
        return {}
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=f"componium.{kind}")}


@cache
def _has_entry_points(folders: tuple[str, ...]) -> bool:
    """Return whether a package in some folders may have entry points for componium.

    Their files are searched, since importing importlib.metadata takes as long as all the rest of `componium --help`.
    """
    for folder in filter(os.path.isdir, folders):
        for entry in os.listdir(folder):
            file = os.path.join(folder, entry, "entry_points.txt")
            if entry.endswith("-info") and os.path.isfile(file):
                with open(file, "rb") as points:
                    if b"[componium." in points.read():
                        return True
    return False


def _contents(tree: ast.Module) -> tuple[frozenset[str], dict[str, Any], int]:
    """Return the names defined in a module, its constants and public functions."""
    defined, constants, functions = set[str](), dict[str, Any](), 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.ClassDef) and node.bases):
            defined.add(node.name)
            functions += isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        elif isinstance(node, ast.ImportFrom):
            defined.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    defined.add(target.id)
                    constants[target.id] = _constant(node.value)
    return frozenset(defined), constants, functions


def _constant(node: ast.expr | None) -> Any:
    """Return the value of a literal; () for any other expression."""
    try:
        return ast.literal_eval(node) if node is not None else ()
    except ValueError:
        return ()


def _is_plugin(marker: str, name: str, source: Source) -> bool:
    if marker == "class":
        if any(_is_named(each, name) for each in re.findall(r"^class (\w+)\(", source.text, re.M)):
            return True  # as nearly always; the rest is parsed only where the class may be imported
        is_named = re.search(rf"\b{name.replace('_', '')}\b", source.text, re.IGNORECASE)
        return is_named is not None and any(_is_named(each, name) and each != name for each in source.defined)
    if marker == "functions":
        return source.n_functions > 0
    return source.defines(name if marker == "function" else marker)


def _is_named(key: str, name: str) -> bool:
    """Return whether a class is named as a file, capitals and underscores aside."""
    return key.lower() == name.replace("_", "").lower()
