"""Madrigals by Claudio Monteverdi (1567-1643), books 3 to 5, in music21.

42 pieces (monteverdi/*.mxl) with about 34,000 notes, for five voices, sung (choir aahs), in the order of the file. Six
of book 5 name a publisher's edition of 2003 on their pages and are left out.
"""

from dataclasses import replace

from componium.corpora import _music21, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

STYLES = ("madrigals",)
WITHOUT = (
    ("monteverdi/madrigal.5.4.mxl", "names an edition: Ut Orpheus 2003"),
    ("monteverdi/madrigal.5.5.mxl", "names an edition: Ut Orpheus 2003"),
    ("monteverdi/*_old.mxl", "an older encoding of the same"),
)
CITATION = "C. Monteverdi: madrigals, books 3 to 5."


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the madrigals. Raises MissingExtraError if music21 isn't installed."""
    return _music21.load(
        "madrigals", ["monteverdi"], [".mxl"], prepare, without=WITHOUT, citation=CITATION, titles_name_tunes=False,
        on_progress=on_progress, workers=workers,
    )


def prepare(score: Score, source: str) -> Prepared:
    """Select every sung part; a continuo only doubles them.

    Raises CorpusError if any right is reserved.
    """
    if any(sign in score.about("rights").lower() for sign in ("©", "rights reserved", "edizioni")):
        raise CorpusError(f"rights are reserved: {score.about('rights')}")
    voices = [track for track in score.tracks if _voices.first_word(track) != "continuo"]
    names = [track.name or f"Voice {place}" for place, track in enumerate(voices, 1)]
    composed = replace(score, info=(*score.info, ("composer", "Claudio Monteverdi")))
    return _voices.with_voices(composed, voices, names, [_voices.CHOIR] * len(voices)), STYLES
