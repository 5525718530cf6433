"""String quartets by Haydn, Mozart and Beethoven, in music21.

Haydn's op. 1 and 74, Mozart's K. 80, 155, 156 and 458, Beethoven's op. 18 to 133: 46 pieces with about 223,000 notes;
four tracks each, two violins, viola, cello. A file is a piece: one movement, or all of them. The music is in the public
domain; the files state no rights.
"""

from dataclasses import replace

from componium.corpora import _music21, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

NAMES = ("Violin I", "Violin II", "Viola", "Cello")
PROGRAMS = (40, 40, 41, 42)
COMPOSERS = {"haydn": "Joseph Haydn", "mozart": "Wolfgang Amadeus Mozart", "beethoven": "Ludwig van Beethoven"}
STYLES = ("quartets",)
WITHOUT = (("mozart/k545/*", "a piano sonata"),)
CITATION = "String quartets by J. Haydn, W. A. Mozart and L. van Beethoven."


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the quartets. Raises MissingExtraError if music21 isn't installed."""
    return _music21.load(
        "quartets", COMPOSERS, [".mxl"], prepare, without=WITHOUT, citation=CITATION, titles_name_tunes=False,
        on_progress=on_progress, workers=workers,
    )


def prepare(score: Score, source: str) -> Prepared:
    """Name the four parts, in the order of the file.

    Raises CorpusError if there aren't exactly four.
    """
    if len(score.tracks) != 4:
        raise CorpusError(f"{len(score.tracks)} parts, not 4")
    composer = COMPOSERS[source.partition("/")[0]]
    named = replace(score, info=(*score.info, ("composer", composer)))  # some files say "W. A. Mozart K. 156"
    return _voices.with_voices(named, score.tracks, NAMES, PROGRAMS), STYLES
