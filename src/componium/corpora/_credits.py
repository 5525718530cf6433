"""Credits: whom the licenses of corpora ask to be named."""

from collections import Counter

from componium.corpora.base import Corpus


def list_credits(*corpora: Corpus) -> str:
    r"""Return the credits of corpora: license, citation, rights that pieces state.

    >>> from componium.corpora import Piece
    >>> from componium.music.score import Score
    >>> pieces = (Piece("a", Score(), rights="by me"),)
    >>> print(list_credits(Corpus("mine", pieces, license="CC BY 4.0", citation="A. Me")))
    mine: CC BY 4.0
      A. Me
      by me (1 piece)
    """
    return "\n".join(line for corpus in corpora for line in _lines(corpus))


def _lines(corpus: Corpus) -> list[str]:
    rights = Counter(piece.rights for piece in corpus if piece.rights)
    pieces = [f"{text} ({count:,} piece{'s' * (count > 1)})" for text, count in sorted(rights.items())]
    names = [f"{corpus.name}: {corpus.license}"]
    return names + [f"  {line}" for line in (*corpus.citation.splitlines(), *pieces)]
