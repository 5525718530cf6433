"""Polyphony of the Italian trecento (the 14th century), in music21.

81 ballate, madrigals and motets (trecento/*.xml) with about 64,000 notes, for two to five voices, sung (choir aahs), in
the order of the file. Those with a copyright line are left out; the others state no rights.
"""

from dataclasses import replace

from componium.corpora import _music21, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

STYLES = ("trecento",)
CITATION = "Polyphony of the Italian trecento, from music21."


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises MissingExtraError if music21 isn't installed."""
    return _music21.load(
        "trecento", ["trecento"], [".xml", ".mxl"], prepare, citation=CITATION, titles_name_tunes=False,
        on_progress=on_progress, workers=workers,
    )


def prepare(score: Score, source: str) -> Prepared:
    """Give every part to voices.

    Raises CorpusError if any right is reserved.
    """
    if any(sign in score.about("rights").lower() for sign in ("©", "copyright", "reserved")):
        raise CorpusError(f"rights are reserved: {score.about('rights')}")
    return replace(score, tracks=tuple(replace(track, program=_voices.CHOIR) for track in score.tracks)), STYLES
