"""Corpora whose pieces are ids already, as `learning.arrays` keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from componium.codecs.base import Codec
from componium.corpora.base import Corpus, Piece
from componium.music.types import type_ids


@dataclass(frozen=True, slots=True)
class EncodedCorpus(Corpus):
    """A corpus with the ids of its pieces.

    config  the codec's, as `Codec.config` returns it
    ids     the ids of each piece, by its id
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, type_ids] = field(default_factory=dict)


def encode_piece(codec: Codec, piece: Piece, corpus: Corpus) -> type_ids:
    """Return the ids of a piece: those that its corpus holds, if of the same codec."""
    if isinstance(corpus, EncodedCorpus) and corpus.config == codec.config():
        return corpus.ids[piece.id].astype("int64")
    return codec.encode(piece.score).ids
