"""Plug-ins found by their file's name: adding one file to a folder adds the thing.

A folder of like things is a subpackage. A file in it (or a package) is a plug-in if it defines what its folder holds:
a class of its own name, derived from another, for methods, codecs and constraints (`frame_transformer.py` has
`FrameTransformer`), `SUFFIXES`, a literal tuple, for formats and writers, `load` for corpora, `command` for commands, a
function of its own name for verbs, any function for metrics. Any other file there is passed over, and so is one whose
name starts with `_`. Finding out reads the files and imports none.

Other packages add theirs by entry points, in the group `componium.methods` (or `.codecs`, `.formats`, ...), each named
as the thing and pointing at its module. A name of our own comes before an entry point of that name.

>>> "midi" in names("formats")
True
"""

import ast
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from componium.errors import PluginError, UnknownNameError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """A folder of like things: the package that holds them, one of them in a word, and what a plug-in defines."""

    package: str
    singular: str
    marker: str  # a name; or "class", "function" for one called as the file is; or "functions" for any


KINDS = {
    "methods": Kind("methods", "method", "class"),
    "codecs": Kind("codecs", "codec", "class"),
    "constraints": Kind("decoding.constraints", "constraint", "class"),
    "formats": Kind("formats", "format", "SUFFIXES"),
    "writers": Kind("render", "writer", "SUFFIXES"),
    "corpora": Kind("corpora", "corpus", "load"),
    "metrics": Kind("metrics", "metric", "functions"),
    "verbs": Kind("composing", "verb", "function"),
    "commands": Kind("cli", "command", "command"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A plug-in's file, read but not imported: its docstring, the names it defines, its constants by name."""

    module: str
    doc: str
    defined: frozenset[str]
    constants: dict[str, Any]
    n_functions: int  # public ones


def names(kind: str) -> tuple[str, ...]:
    """The names of all plug-ins of a kind (a key of KINDS), sorted."""
    return tuple(sorted({*_own(kind), *_entry_points(kind)}))


def load(kind: str, name: str) -> ModuleType:
    """The module of one plug-in. Raises UnknownNameError, with the near names, if there is none."""
    if name in _own(kind):
        return importlib.import_module(_own(kind)[name].module)
    if name in _entry_points(kind):
        return importlib.import_module(_entry_points(kind)[name])
    raise UnknownNameError(KINDS[kind].singular, name, names(kind))


def load_class(kind: str, name: str, base: type[T]) -> type[T]:
    """The class of a plug-in. Raises UnknownNameError; PluginError if it isn't a `base`."""
    module = load(kind, name)
    found = [thing for key, thing in vars(module).items() if isinstance(thing, type) and _is_named(key, name)]
    if len(found) != 1 or not issubclass(found[0], base):
        what = f"{module.__name__} as a {KINDS[kind].singular}"
        raise PluginError(what, expected=f"one {base.__name__} named {name}")
    return found[0]


def load_function(kind: str, name: str) -> Callable[..., Any]:
    """The function of a plug-in that is called as its file is. Raises UnknownNameError."""
    function: Callable[..., Any] = getattr(load(kind, name), name)
    return function


def summary(kind: str, name: str) -> str:
    """The first line of a plug-in's docstring; imports nothing for those of our own."""
    own = _own(kind).get(name)
    doc = own.doc if own else load(kind, name).__doc__ or ""
    return doc.strip().partition("\n")[0]


def name_of(kind: str, module: str) -> str:
    """Return the name of the plug-in that a module is, or is a part of; the module's last word if it is none."""
    for name, own in {**_entry_points(kind), **{name: each.module for name, each in _own(kind).items()}}.items():
        if module == own or module.startswith(f"{own}."):
            return name
    return module.rpartition(".")[2]


def with_suffix(suffix: str, *kinds: str, defines: str = "SUFFIXES") -> ModuleType | None:
    """Import the first plug-in of these kinds for a suffix (".mid") and no other; None if there is none.

    With `defines`, only plug-ins that define that name count: `"dumps"` passes over formats that are only read.
    """
    for kind in kinds:
        module = _own_suffixes(kind, defines).get(suffix) or _added_suffixes(kind, defines).get(suffix)
        if module:
            return importlib.import_module(module)
    return None


def suffixes(kind: str, defines: str = "SUFFIXES") -> tuple[str, ...]:
    """Return the suffixes of all plug-ins of a kind that define a name; imports none of our own."""
    return tuple(dict.fromkeys((*_own_suffixes(kind, defines), *_added_suffixes(kind, defines))))


@cache
def _own_suffixes(kind: str, defines: str) -> dict[str, str]:
    """Map each suffix to our own plug-in that has it, by what their files state."""
    sources = [source for source in _own(kind).values() if defines in source.defined]
    return {suffix: source.module for source in sources for suffix in source.constants.get("SUFFIXES", ())}


@cache
def _added_suffixes(kind: str, defines: str) -> dict[str, str]:
    """Map each suffix to the module that another package adds for it; imports those modules."""
    modules = [importlib.import_module(module) for module in _entry_points(kind).values()]
    return {suffix: module.__name__ for module in modules if hasattr(module, defines) for suffix in module.SUFFIXES}


@cache
def _own(kind: str) -> dict[str, Source]:
    """The plug-ins in this package's folder of a kind, by name."""
    package = KINDS[kind].package
    folder = Path(__file__).parent.joinpath(*package.split("."))
    found = {}
    for entry in pkgutil.iter_modules([str(folder)]):
        if not entry.name.startswith("_"):
            path = folder / entry.name / "__init__.py" if entry.ispkg else folder / f"{entry.name}.py"
            source = _read(path, f"componium.{package}.{entry.name}")
            if _is_plugin(KINDS[kind].marker, entry.name, source):
                found[entry.name] = source
    return found


@cache
def _entry_points(kind: str) -> dict[str, str]:
    """The modules that other packages add, by name."""
    return {point.name: point.value for point in importlib.metadata.entry_points(group=f"componium.{kind}")}


def _read(path: Path, module: str) -> Source:
    tree = ast.parse(path.read_text(encoding="utf-8"))
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
    return Source(module, ast.get_docstring(tree) or "", frozenset(defined), constants, functions)


def _constant(node: ast.expr | None) -> Any:
    """The value of a literal; () for anything that must be worked out."""
    try:
        return ast.literal_eval(node) if node is not None else ()
    except ValueError:
        return ()


def _is_plugin(marker: str, name: str, source: Source) -> bool:
    if marker == "class":
        return any(_is_named(each, name) and each != name for each in source.defined)
    if marker == "functions":
        return source.n_functions > 0
    return (name if marker == "function" else marker) in source.defined


def _is_named(key: str, name: str) -> bool:
    """Whether a class is called as a file is, capitals and underscores aside."""
    return key.lower() == name.replace("_", "").lower()
