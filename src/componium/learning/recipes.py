"""Recipes: a training run as a small TOML file, so that anyone can run it again.

    method = "transformer"            a method's name
    corpus = "chorales,fiddle"        what corpora.load takes
    [repeats]                         how many times an epoch pieces of a style are read (default 1)
    [parameters]                      the method's constructor's arguments
    [parameters.training]             for neural methods, the fields of training.Settings
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
    """A training run. Raises FormatError for a parameter that the method lacks, UnknownNameError for a method."""

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
        """The method, not yet fitted."""
        return make(self.method, **self.parameters)

    def load_corpus(self, progress: corpora.Progress | None = None) -> Corpus:
        """The corpus, its training pieces repeated as the recipe says."""
        corpus = corpora.load(self.corpus, progress=progress)
        pieces = [piece for piece in corpus.pieces for _ in range(self._times(piece))]
        return corpus.with_pieces(pieces)

    def _times(self, piece: corpora.Piece) -> int:
        times = [self.repeats.get(style, 1) for style in piece.styles] if piece.split == "train" else []
        return max(times, default=1)


def read(path: str | Path) -> Recipe:
    """The recipe in a TOML file. Raises FormatError, saying where, if it isn't one."""
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        return Recipe(**table)
    except FormatError as error:
        raise error.within(str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise FormatError(f"not a recipe: {error}", where=str(path), expected="method, corpus, [parameters]") from error


def describe(recipe: Recipe, corpus: Corpus) -> dict[str, Any]:
    """What a model's config says of its origin: corpora, counts, and one hash over the files of the training pieces."""
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
    }
