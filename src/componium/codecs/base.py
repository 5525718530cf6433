"""What a codec is: Scores to ids and back, and which id may follow.

Laws (one conformance suite holds every codec to them)
- decode(encode(s)) == canonicalize(s), and canonicalize is idempotent: what is lost is said, not hidden.
- Any ids at all decode to a valid Score.
- encode's ids are allowed by the grammar at every step, and any sequence sampled under it decodes.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium.codecs.vocab import Vocab
from componium.music.score import Score
from componium.music.types import type_ids, type_mask


class Example(NamedTuple):
    """A piece as ids, and the styles that may be named for it."""

    ids: type_ids
    styles: tuple[str, ...] = ()


class Codec(ABC):
    """Scores to token ids and back. `bos`, `eos` and `pad` are ids; a sequence begins with bos and ends with eos."""

    vocab: Vocab
    bos: int
    eos: int
    pad: int

    @abstractmethod
    def encode(self, score: Score) -> type_ids:
        """The ids of a score, bos and eos included, shape (T,)."""

    @abstractmethod
    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        """The score of any ids (those out of place are passed over). Raises CodecError for ids outside the vocab."""

    @abstractmethod
    def canonicalize(self, score: Score) -> Score:
        """The score as this representation keeps it."""

    @abstractmethod
    def initial_state(self) -> Any:
        """The grammar's state before bos."""

    @abstractmethod
    def allowed_next(self, state: Any) -> type_mask:
        """Which ids may come next, shape (V,); at least one, until eos."""

    @abstractmethod
    def advance(self, state: Any, index: int) -> None:
        """Move the grammar's state (in place) past one id."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What rebuilds this codec: `from_config(codec.config())`; plain JSON values."""

    def augment(self, ids: type_ids, styles: Sequence[str], rng: np.random.Generator) -> type_ids:
        """A variant of a training piece's ids that is as good an example (by default, the same)."""
        return ids

    def is_note(self, ids: type_ids) -> type_mask:
        """Which ids each stand for one note: what nats a note are counted by."""
        raise TypeError(f"{type(self).__name__} doesn't say which ids are notes")

    def is_condition(self, ids: type_ids) -> type_mask:
        """Which ids describe the piece rather than being its notes (a prefix); they bear no likelihood."""
        return np.zeros(len(ids), dtype=bool)

    def bar_starts(self, ids: type_ids) -> NDArray[np.int64]:
        """Places in `ids` where a bar begins: where a piece may be cut (by default, nowhere)."""
        return np.zeros(0, dtype=np.int64)


def from_config(config: dict[str, Any]) -> Codec:
    """The codec that `config()` described. Raises UnknownNameError for an unknown name."""
    rest = {key: value for key, value in config.items() if key != "name"}
    return registry.load_class("codecs", config["name"], Codec)(**rest)
