"""Method under test, and the list of checks with the methods that each applies to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.methods.base import Method
from componium.music.score import Score
from componium.testing.music import STYLE, make_corpus

BARS = 4


@dataclass
class Subject:
    """Method under test: class, arguments, corpus, and one lazily fitted instance."""

    kind: type[Method]
    params: dict[str, Any]
    corpus: Corpus = field(default_factory=make_corpus)

    @classmethod
    def of(cls, kind_or_method: type[Method] | Method) -> "Subject":
        """Return the subject of a class (with its `TINY` arguments) or of an instance."""
        if isinstance(kind_or_method, type):
            return cls(kind_or_method, dict(kind_or_method.TINY))
        return cls(type(kind_or_method), kind_or_method.get_params())

    def make(self, **changes: Any) -> Method:
        """Return an unfitted method."""
        return self.kind(**{**self.params, **changes})

    @cached_property
    def fitted(self) -> Method:
        """The method, fitted once."""
        return self.make().fit(self.corpus)

    @cached_property
    def controls(self) -> frozenset[str]:
        """The controls that it supports."""
        return self.make().supported_controls

    def request(self, **controls: Any) -> Request:
        """Return a request for some controls, and for four bars in the corpus's style.

        Bars and style are requested only of methods that support them.
        """
        usual = {"bars": BARS, "style": STYLE}
        return Request(Controls(**{**{name: usual[name] for name in usual if name in self.controls}, **controls}))

    def compose(self, seed: int, *, method: Method | None = None, **controls: Any) -> list[Score]:
        """Return two scores that meet `request`."""
        rng = np.random.default_rng(seed)
        return (method or self.fitted).generate(self.request(**controls), 2, rng=rng)


type_check = Callable[[Subject], None]
CHECKS: list[tuple[type_check, Callable[[Subject], object]]] = []


def check_of(applies: Callable[[Subject], object] = lambda subject: True) -> Callable[[type_check], type_check]:
    """Return a decorator that adds a check for the methods that it applies to."""
    def register(check: type_check) -> type_check:
        CHECKS.append((check, applies))
        return check

    return register


def tagged(*tags: str) -> Callable[[Subject], bool]:
    """Return whether a subject has all of some tags, as a function."""
    return lambda subject: set(tags) <= subject.kind.tags
