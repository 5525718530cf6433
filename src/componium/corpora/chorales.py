"""Bach's four-part chorales: 402 with 108,282 notes, in music21 (bach/*.mxl).

Four tracks each, soprano, alto, tenor, bass, sung (choir aahs). Where instruments are added, the four voices are
taken alone; pieces that aren't for four voices are left out. Music: Johann Sebastian Bach (1685-1750), public domain.
Encodings: mostly Margaret Greentree's (www.jsbchorales.net), whose line "PDF (c) 2004 Margaret Greentree" is kept as
the pieces' rights.
"""

from dataclasses import replace
from pathlib import PurePosixPath

from componium.corpora import _music21, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
STYLES = ("chorales",)
CITATION = "J. S. Bach: four-part chorales, encoded by Margaret Greentree and others."


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the chorales. Raises MissingExtraError if music21 isn't installed."""
    return _music21.load(
        "chorales", ["bach"], [".mxl"], prepare, citation=CITATION, titles_name_tunes=False,
        on_progress=on_progress, workers=workers,
    )


def prepare(score: Score, source: str) -> Prepared:
    """Select the four voices, from the top down, and title the piece by its number.

    Raises CorpusError if there aren't exactly four.
    """
    voices = _voices.find_voices(score, [voice.lower() for voice in VOICES])
    if not voices:
        if len(score.tracks) != 4:
            raise CorpusError(f"{len(score.tracks)} parts, among them not one each of S A T B")
        voices = _voices.by_register(score)
    number = PurePosixPath(source).stem.removeprefix("bwv")
    titled = replace(score, title=f"BWV {number}", info=(*score.info, ("composer", "Johann Sebastian Bach")))
    return _voices.with_voices(titled, voices, VOICES, [_voices.CHOIR] * 4), STYLES
