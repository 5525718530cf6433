"""Composers as further styles of pieces, where there is enough music by them.

>>> composer_style("Schubert, Franz"), composer_style("Clara Schumann"), composer_style("Anonim")
('schubert', 'clara schumann', '')
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from componium.corpora.base import Corpus

# Composers whose surname alone names another one: the surname, then the first name or initials.
NAMESAKES = {("schumann", "clara"): "clara schumann", ("bach", "cpe"): "cpe bach"}
SAME = {"mendelssohn-bartholdy": "mendelssohn"}
_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "’": "'"})


def composer_style(name: str) -> str:
    """Return the style of a composer's music: the surname, in plain lower case.

    name  "Schubert, Franz" or "Franz Schubert"; "" and a name of one word give ""
    """
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\(.*?\)|\d.*", "", plain).strip(" ;,.")
    surname, comma, first = plain.partition(",")
    if not comma:
        *firsts, surname = plain.split() or [""]
        first = " ".join(firsts)
    surname, first = surname.strip(), first.strip(" .")
    if not first or surname.startswith(("anon", "trad")):
        return ""
    return NAMESAKES.get((surname, first), SAME.get(surname, surname))


def with_composers(corpus: Corpus) -> Corpus:
    """Return a corpus in which composers are further styles of their pieces.

    Enough is 10 pieces and 15,000 notes, or 5 pieces and 30,000 notes.
    """
    styles = {piece.id: composer_style(piece.score.about("composer")) for piece in corpus}
    return add_styles(corpus, styles, lambda n_pieces, n_notes: (n_pieces >= 10 and n_notes >= 15_000)
                      or (n_pieces >= 5 and n_notes >= 30_000))  # fmt: skip


def add_styles(corpus: Corpus, styles: Mapping[str, str], is_enough: Callable[[int, int], bool]) -> Corpus:
    """Return a corpus whose pieces have a further style each, where there is enough.

    styles     the style of each piece by its id, "" for none
    is_enough  takes a style's numbers of pieces and of notes
    """
    counts: dict[str, list[int]] = defaultdict(list)
    for piece in corpus:
        counts[styles[piece.id]].append(piece.score.n_notes)
    enough = {style for style, notes in counts.items() if style and is_enough(len(notes), sum(notes))}
    further = {id_: (style,) for id_, style in styles.items() if style in enough}
    return corpus.with_pieces(
        replace(piece, styles=tuple(dict.fromkeys((*piece.styles, *further.get(piece.id, ()))))) for piece in corpus
    )
