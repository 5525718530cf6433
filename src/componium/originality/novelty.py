"""Novelty: the pieces most like a score, by cosine similarity of feature vectors.

The features of a piece are the words of four notes in its melodies, that is three intervals and two proportions of
times, whatever the key and the tempo. With c(w) the number of times that a word w stands in a piece, N the number of
pieces and n(w) that of those that have the word,

    x(w) = sqrt(c(w)) log((1 + N) / (1 + n(w)))        similarity(x, y) = sum x y / (|x| |y|)        novelty = 1 - max

so that words of all pieces count little. 0 is nothing in common, 1 the same words equally often, in whatever order.
Words are hashed to SIZE features. After Salton, Wong and Yang, "A vector space model for automatic indexing"
(Communications of the ACM, 1975), applied to intervals by Downie, "Evaluating a simple approach to music information
retrieval: conceiving melodic n-grams as text" (University of Western Ontario, 1999).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.originality.sequences import Sequences
from componium.originality.words import Pattern, word_blocks

WORD = Pattern(4, rhythm=True)
BITS = 10
SIZE = 1 << BITS

type_floats = NDArray[np.float32]


class Neighbor(NamedTuple):
    """A piece, and its cosine similarity to a score, 0 to 1."""

    piece: str
    similarity: float


@dataclass(frozen=True, eq=False)
class Features:
    """Feature vectors of pieces.

    roots    square roots of the number of times that words stand in pieces (N, SIZE)
    weights  of the words (SIZE,)
    lengths  of the vectors, which are roots times weights (N,)
    """

    roots: type_floats
    weights: type_floats
    lengths: type_floats

    @classmethod
    def of(cls, melodies: Sequences, n_pieces: int) -> "Features":
        """Return the features of pieces."""
        counts = _counts(melodies, n_pieces)
        weights = np.log((1 + n_pieces) / (1 + np.count_nonzero(counts, axis=0))).astype(np.float32)
        lengths = np.sqrt(counts @ weights**2)
        return cls(np.sqrt(counts, out=counts), weights, np.maximum(lengths, 1e-12))

    def similarities(self, melodies: Sequences) -> type_floats:
        """Return the similarity of each piece to one score, given as its melodies: (N,)."""
        vector = np.sqrt(_counts(melodies, 1)[0]) * self.weights
        length = max(float(np.linalg.norm(vector)), 1e-12)
        similarity: type_floats = self.roots @ (vector * self.weights) / (self.lengths * np.float32(length))
        return similarity


def nearest(features: Features, melodies: Sequences, names: tuple[str, ...], n: int, but: Collection[str] = ()) -> (
    tuple[Neighbor, ...]
):  # fmt: skip
    """Return the `n` pieces most like a score, the most similar first.

    They are fewer if no others have a word in common with it.
    """
    similarity = features.similarities(melodies)
    order = np.argsort(-similarity, kind="stable")[:n + len(but)]
    found = [Neighbor(names[at], min(float(similarity[at]), 1.0)) for at in order if similarity[at] > 0]
    return tuple(neighbor for neighbor in found if neighbor.piece not in but)[:n]


def _counts(melodies: Sequences, n_pieces: int) -> type_floats:
    counts = np.zeros((n_pieces, SIZE), dtype=np.float32)
    for numbers, places in word_blocks(melodies, WORD):
        word = (numbers >> np.uint64(64 - BITS)).astype(np.int64)
        piece = melodies.piece[melodies.row[places]].astype(np.int64)
        if len(piece):
            first, end = int(piece.min()), int(piece.max()) + 1  # the rows of a piece follow each other
            block = np.bincount((piece - first) * SIZE + word, minlength=(end - first) * SIZE)
            counts[first:end] += block.reshape(-1, SIZE)
    return counts

