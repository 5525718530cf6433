"""Tunes for the fiddle, in music21: three old books as ABC.

They are O'Neill's Music of Ireland (Chicago, 1903), Ryan's Mammoth Collection (Boston, 1883) and Aird's Selection of
Scotch, English, Irish and Foreign Airs (Glasgow, 1778-1801): about 4,130 tunes with 697,000 notes, one track each
(violin), repeats written out; duets are left out. Styles are "fiddle" and, where it is known, the type of tune: from
R:, else from the section of O'Neill's book, the title, or a meter that determines it. The books are in the public
domain; the pieces name their transcribers.
"""

import re
from dataclasses import replace

from componium.analysis.meter import main_meter
from componium.corpora import _music21
from componium.corpora._build import Prepared
from componium.corpora._tune_types import tune_type
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

BOOKS = ("oneills1850", "ryansMammoth", "airdsAirs")
VIOLIN = 40
CITATION = (
    "F. O'Neill: Music of Ireland, 1903; W. B. Ryan: Mammoth Collection, 1883; J. Aird: A Selection of Scotch, "
    "English, Irish and Foreign Airs, 1778-1801; transcribed by the volunteers named in each piece."
)
# The sections of O'Neill's book, by the number of their first tune. Those after 1780 are mixed.
_ONEILL = ((1, "air"), (681, "jig"), (1116, "slip jig"), (1176, "reel"), (1556, "hornpipe"), (1781, ""))


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the tunes. Raises MissingExtraError if music21 isn't installed."""
    return _music21.load(
        "fiddle", BOOKS, [".abc"], prepare, citation=CITATION, on_progress=on_progress, workers=workers,
    )  # fmt: skip


def prepare(score: Score, source: str) -> Prepared:
    """Give the tune to a violin, and its type as a second style.

    Raises CorpusError if it is for several parts.
    """
    if len(score.tracks) > 1:
        raise CorpusError(f"{len(score.tracks)} parts, not one")
    kind = _kind(score, source)
    tracks = tuple(replace(track, program=VIOLIN, name="Violin") for track in score.tracks)
    return replace(score, tracks=tracks), ("fiddle", kind) if kind else ("fiddle",)


def _kind(score: Score, source: str) -> str:
    rhythm = score.about("rhythm")
    if not rhythm and source.startswith("oneills1850/"):
        number = re.match(r"\d+", score.about("number"))
        rhythm = _section(int(number[0])) if number else ""
    return tune_type(rhythm, score.title, str(main_meter(score)))


def _section(number: int) -> str:
    return next(kind for start, kind in reversed(_ONEILL) if number >= start or start == 1)
