"""Corpora as ids: encoded piece by piece, or held as ids, as in `learning.arrays`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from componium.codecs.base import Codec, Example
from componium.corpora.base import Corpus, Piece
from componium.errors import CorpusError
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


def examples_of(codec: Codec, corpus: Corpus) -> list[Example]:
    """Return the pieces of a corpus as ids, each with its styles."""
    return [Example(encode_piece(codec, piece, corpus), piece.styles) for piece in corpus.pieces]


def training_examples(codec: Codec, corpus: Corpus) -> list[Example]:
    """Return the training pieces of a corpus as `examples_of` does.

    Raises CorpusError if there are none, or if the codec keeps nothing of them, as `melody` does of drums.
    """
    examples = examples_of(codec, corpus.train)
    if all(len(example.ids) <= len((codec.bos, codec.eos)) for example in examples):
        raise CorpusError("nothing to learn from", where=corpus.name,
                          expected=f"training pieces of which the codec {codec.config()['name']} keeps something")
    return examples
