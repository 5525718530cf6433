"""Piece and Corpus: music with its provenance, immutable like the scores inside.

A Piece states the file it was read from (name, SHA-256, rights line), its styles, and its side of the split. A Corpus
is iterable, sized, and can be gone through again; it states its license and citation, and what was left out and why.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from componium.errors import CorpusError
from componium.music.score import Score

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of music in a corpus.

    `id` is unique and stable ("bach/bwv66.6"). `styles` goes from general to special: ("fiddle", "jig").
    Variants of one tune share a `family`, and so a `split`. `source` is the file's name below its root, `sha256` its
    hash; `rights` is the rights line stated in it, else the transcriber it names, else empty.
    """

    id: str
    score: Score
    styles: tuple[str, ...] = ()
    collection: str = ""
    split: str = "train"
    family: str = ""
    sha256: str = ""
    source: str = ""
    rights: str = ""

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise CorpusError(f"a split called {self.split!r}", where=self.id, expected=f"one of {', '.join(SPLITS)}")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pieces with their license and citation, and what was left out of them.

    `left_out` holds pairs of a file (or piece) and the reason; `repaired` pairs of a file and what was repaired in it.

    >>> corpus = Corpus("two", (Piece("a", Score()), Piece("b", Score(), split="test")))
    >>> len(corpus), [piece.id for piece in corpus.test]
    (2, ['b'])
    """

    name: str
    pieces: tuple[Piece, ...] = ()
    license: str = ""
    citation: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    repaired: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.pieces)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.pieces)

    def split(self, name: str) -> "Corpus":
        """Return the pieces on one side: "train", "validation" or "test".

        Raises CorpusError for any other name.
        """
        if name not in SPLITS:
            raise CorpusError(f"no split is called {name!r}", expected=f"one of {', '.join(SPLITS)}")
        return self.with_pieces(piece for piece in self.pieces if piece.split == name)

    @property
    def train(self) -> "Corpus":
        """The pieces to train on."""
        return self.split("train")

    @property
    def validation(self) -> "Corpus":
        """The pieces to select models by."""
        return self.split("validation")

    @property
    def test(self) -> "Corpus":
        """The pieces to evaluate on once, at the end."""
        return self.split("test")

    @property
    def scores(self) -> tuple[Score, ...]:
        """The scores of all pieces."""
        return tuple(piece.score for piece in self.pieces)

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles of all pieces, sorted."""
        return tuple(sorted({style for piece in self.pieces for style in piece.styles}))

    def of_style(self, style: str) -> "Corpus":
        """Return the pieces of a style."""
        return self.with_pieces(piece for piece in self.pieces if style in piece.styles)

    def with_pieces(self, pieces: Iterable[Piece]) -> "Corpus":
        """Return the corpus with other pieces (a part of them, or changed ones)."""
        return replace(self, pieces=tuple(pieces))


def join(corpora: Iterable[Corpus]) -> Corpus:
    """Join several corpora; each piece stays on its side of the split.

    Raises CorpusError if two pieces have one id.
    """
    parts = tuple(corpora)
    if len(parts) == 1:
        return parts[0]
    pieces = tuple(piece for part in parts for piece in part.pieces)
    if len({piece.id for piece in pieces}) < len(pieces):
        raise CorpusError("the same piece twice", where=", ".join(part.name for part in parts))
    return Corpus(
        name=",".join(part.name for part in parts),
        pieces=pieces,
        license="\n".join(f"{part.name}: {part.license}" for part in parts),
        citation="\n".join(dict.fromkeys(part.citation for part in parts)),
        left_out=tuple(row for part in parts for row in part.left_out),
        repaired=tuple(row for part in parts for row in part.repaired),
    )
