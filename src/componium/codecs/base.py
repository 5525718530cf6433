"""What a codec is: Scores to ids and back, and which id may follow.

Laws (one conformance suite holds every codec to them)
- decode(encode(s).ids) == canonicalize(s), and canonicalize is idempotent: what is lost is said, not hidden.
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
from componium.corpora.base import Corpus
from componium.decoding.region import Region
from componium.errors import CodecError
from componium.music.score import Score
from componium.music.types import type_ids, type_mask


class Example(NamedTuple):
    """A piece as ids, and the styles that may be named for it."""

    ids: type_ids
    styles: tuple[str, ...] = ()


class Encoded(NamedTuple):
    """A score as ids (T,), and which of them are targets of learning (T,): not the prefix, nor what is given."""

    ids: type_ids
    targets: type_mask


class Codec(ABC):
    """Scores to token ids and back. `bos`, `eos` and `pad` are ids; a sequence begins with bos and ends with eos."""

    vocab: Vocab
    bos: int
    eos: int
    pad: int

    def encode(self, score: Score, hidden: Region | None = None) -> Encoded:
        """Return the ids of a score, bos and eos included; with `hidden`, of a score to be filled in there.

        Raises CodecError for a region where the codec can't state one.
        """
        if hidden is not None:
            raise CodecError(f"a region to fill in with {type(self).__name__}", expected="a codec that states regions")
        ids = self._encode(score)
        targets = ~self.is_condition(ids)
        targets[0] = False
        return Encoded(ids, targets)

    @abstractmethod
    def _encode(self, score: Score) -> type_ids:
        """Return the ids of a score, bos and eos included, (T,)."""

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

    def fit(self, corpus: Corpus) -> "Codec":
        """Return the codec with what it takes from a corpus, such as its vocabulary (by default, itself)."""
        return self

    @property
    def supported_controls(self) -> frozenset[str]:
        """Controls that its guide meets exactly: fields of Controls, "prompt" and "region"."""
        return frozenset()

    def note_index(self, ids: type_ids) -> NDArray[np.int64]:
        """Return for each id the number of the note that it leads to or belongs to; -1 after the last."""
        notes = self.is_note(ids)
        index: NDArray[np.int64] = np.cumsum(notes) - notes
        return np.where(index < notes.sum(), index, -1)

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
