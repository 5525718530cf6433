"""Recipes: a training run as a small TOML file, so that anyone can run it again.

    method = "transformer"            a method's name
    corpus = "chorales,fiddle"        what corpora.load takes
    [repeats]                         the times an epoch that pieces of a style are read (default 1)
    [parameters]                      the arguments of the method's constructor
    [parameters.training]             for neural methods, the fields of training.loop.Settings
"""

import hashlib
import inspect
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from componium import corpora, registry
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
        "credits": corpora.list_credits(corpus).splitlines(),
    }
