"""Recipes: a training run as a small TOML file, so that anyone can run it again.

    method = "transformer"            a method's name
    corpus = "chorales,fiddle"        what corpora.load takes
    [repeats]                         the times an epoch that pieces of a style are read (default 1)
    [parameters]                      the arguments of the method's constructor
    [parameters.training]             for neural methods, the fields of training.loop.Settings
"""

import hashlib
import inspect
import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from componium import corpora, registry
from componium._files import write_atomic
from componium.codecs.encoded import EncodedCorpus
from componium.corpora.base import Corpus
from componium.errors import FormatError
from componium.methods import Method, make


@dataclass(frozen=True)
class Recipe:
    """A training run. Raises FormatError for unknown parameters, UnknownNameError."""

    method: str
    corpus: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    repeats: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = inspect.signature(registry.load_class("methods", self.method, Method)).parameters
        unknown = sorted(set(self.parameters) - set(known))
        if unknown:
            raise FormatError(f"{self.method} takes no {', '.join(unknown)}", expected=f"some of {', '.join(known)}")
        if any(not isinstance(times, int) or times < 1 for times in self.repeats.values()):
            raise FormatError("a repeat that isn't a whole number above 0", where="[repeats]")

    def build(self) -> Method:
        """Return the method, not yet fitted."""
        return make(self.method, **self.parameters)


def read(path: str | Path) -> Recipe:
    """Return the recipe in a TOML file. Raises FormatError if it isn't one."""
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        return Recipe(**table)
    except FormatError as error:
        raise error.within(str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise FormatError(f"not a recipe: {error}", where=str(path), expected="method, corpus, [parameters]") from error


def write(recipe: Recipe, path: str | Path) -> None:
    """Write a recipe to a TOML file that `read` takes, whole or not at all.

    What is None is left out. Raises FormatError for a value that TOML doesn't have.
    """
    table = {name: getattr(recipe, name) for name in ("method", "corpus", "repeats", "parameters")}
    write_atomic(Path(path), f"{to_toml(table)}\n".encode())


def to_toml(table: Mapping[str, Any], name: str = "") -> str:
    """Return a table in TOML, its own tables last; what is None is left out.

    >>> print(to_toml({"method": "rnn", "parameters": {"n_layer": 2, "training": {"seed": 1}}}))
    method = "rnn"
    <BLANKLINE>
    [parameters]
    n_layer = 2
    <BLANKLINE>
    [parameters.training]
    seed = 1
    """
    plain = [f"{_key(key)} = {_value(value)}" for key, value in table.items()
             if value is not None and not isinstance(value, Mapping)]  # fmt: skip
    blocks = ["\n".join([f"[{name}]", *plain] if name else plain)] if plain else []
    tables = ((key, value) for key, value in table.items() if isinstance(value, Mapping) and value)
    blocks += [to_toml(value, f"{name}.{_key(key)}".lstrip(".")) for key, value in tables]
    return "\n\n".join(blocks)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(value: Any) -> str:
    """Return a value in TOML, a table within a list in braces."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool | str):
        return json.dumps(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return repr(value)
    raise FormatError(f"{value!r} in a recipe", expected="text, numbers, truth values, lists and tables")


def entries(names: str) -> dict[str, Method | str]:
    """Return methods to compare, by their names, from words joined by commas.

    A word is the name of a method or a model, a folder, a recipe's file, or a method with parameters: "markov:order=3",
    or "markov:order=1..4" for several. Raises UnknownNameError, ControlError, FormatError.

    >>> [*entries("uniform,markov:order=1..2"), entries("rnn:n_layer=1:cell=gru")["rnn:n_layer=1:cell=gru"].cell]
    ['uniform', 'markov:order=1', 'markov:order=2', 'gru']
    """
    found: dict[str, Method | str] = {}
    for word in _each(name.strip() for name in names.split(",") if name.strip()):
        if word.endswith(".toml"):
            found[Path(word).stem] = read(word).build()
        elif ":" in word and word.split(":")[0] in registry.names("methods"):
            name, *settings = word.split(":")
            found[word] = make(name, **dict(map(_parameter, settings)))
        else:
            found[word] = word
    return found


def _each(words: Iterable[str]) -> Iterator[str]:
    """Yield the words, one with a range such as order=1..4 once for each number."""
    for word in words:
        if match := re.search(r"=(\d+)\.\.(\d+)(?=:|$)", word):
            numbers = range(int(match[1]), int(match[2]) + 1)
            yield from (f"{word[:match.start()]}={number}{word[match.end():]}" for number in numbers)
        else:
            yield word


def _parameter(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, scalar(value)


def scalar(text: str) -> Any:
    """Return a value in TOML, or the text itself: a word needs no quotes.

    >>> scalar("3"), scalar("rnn")
    (3, 'rnn')
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def merge(first: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """Return several mappings as one; the later win, table by table.

    >>> merge({"training": {"seed": 1}, "order": 2}, {"training": {"steps": 3}}, {"order": 4})
    {'training': {'seed': 1, 'steps': 3}, 'order': 4}
    """
    merged = dict(first)
    for other in others:
        for name, value in other.items():
            are_tables = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
            merged[name] = merge(merged[name], value) if are_tables else value
    return merged


def repeat(corpus: Corpus, repeats: Mapping[str, int]) -> Corpus:
    """Return a corpus with the training pieces of some styles repeated."""
    return corpus.with_pieces(piece for piece in corpus.pieces for _ in range(_times(piece, repeats)))


def _times(piece: corpora.Piece, repeats: Mapping[str, int]) -> int:
    times = [repeats.get(style, 1) for style in piece.styles] if piece.split == "train" else []
    return max(times, default=1)


def describe(recipe: Recipe, corpus: Corpus) -> dict[str, Any]:
    """Return a model's origin as plain values, for its config.

    It has the corpora, their counts, and one hash over the files of the training pieces.
    """
    unique = {piece.id: piece for piece in corpus.pieces}
    files = sorted({piece.sha256 for piece in unique.values() if piece.split == "train"})
    return {
        "corpus": recipe.corpus,
        "repeats": dict(recipe.repeats),
        "pieces": {side: sum(piece.split == side for piece in unique.values()) for side in corpora.SPLITS},
        "training_files": len(files),
        "training_files_sha256": hashlib.sha256("".join(files).encode()).hexdigest(),
        "license": corpus.license,
        "citation": corpus.citation,
        "credits": _credits(corpus).splitlines(),
    }


def _credits(corpus: Corpus) -> str:
    """Return the credits of a corpus; arrays have them in place of a license."""
    return corpus.license if isinstance(corpus, EncodedCorpus) else corpora.list_credits(corpus)
